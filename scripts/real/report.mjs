// What the parts of real.sh have in common that make tables of several runs.
import fs from 'node:fs';

// The rows of a `tidemark time` run, in order: name -> {median, low, high, ratio, verdict}. They are read from its
// report.md, so that the verdict is the judge's.
export function readTimes(run) {
    const rows = {};
    for (const line of fs.readFileSync(`${run}/report.md`, 'utf8').split('\n')) {
        const cells = line.split('|').map((cell) => cell.trim());
        const wall = /^([0-9.]+) \[([0-9.]+), ([0-9.]+)\]$/.exec(cells[2] ?? '');
        if (!wall || cells[1] in rows) continue;
        const versus = /^([0-9.]+) \[([0-9.]+), ([0-9.]+)\] (\S.*)$/.exec(cells[3]);
        rows[cells[1]] = { median: Number(wall[1]),
            ...(versus && { ratio: Number(versus[1]), low: Number(versus[2]), high: Number(versus[3]), verdict: versus[4] }) };
    }
    if (Object.keys(rows).length === 0) throw new Error(`${run}/report.md has no table of commands`);
    return rows;
}

// rows[0] is the header; the first column is aligned left, the others right.
export function printTable(title, rows) {
    const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
    console.log(`\n${title}\n`);
    for (const row of rows)
        console.log('  ' + row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  '));
    console.log('');
}

// What a comparison of times says about the two, in words. The report has two decimals, so a bound is rounded up.
export function conclude({ ratio, low, high, verdict }) {
    const percent = (value) => `${Math.round(Math.abs(value) * 100)} %`;
    const bound = `${Math.round(Math.max(high - 1, 1 - low) * 100) + 1} %`;
    const interval = `ratio ${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
    if (verdict.startsWith('same')) return `no difference larger than ${bound}`;
    if (verdict.includes('not by ranks')) return `not decided: ${interval}, which the test by ranks does not confirm`;
    if (verdict.startsWith('better')) return `takes ${percent(1 - ratio)} less time: ${interval}`;
    if (verdict.startsWith('worse')) return `takes ${percent(ratio - 1)} more time: ${interval}`;
    return `not decided: between ${percent(1 - low)} less and ${percent(high - 1)} more time`;
}
