// The table of the part `tools`, and what its verdicts come to.
//     node tools.mjs COUNTS.TSV NAME warm|cold STARTS RUN [NAME ...]
import fs from 'node:fs';
import { conclude, printTable, readTimes } from './report.mjs';

const [countsFile, ...runs] = process.argv.slice(2);
if (runs.length === 0) throw new Error('nothing was timed');
const counts = Object.fromEntries(fs.readFileSync(countsFile, 'utf8').trim().split('\n').map((line) => line.split('\t'))
    .map(([name, allocator, ...figures]) => [`${name} ${allocator}`, figures]));
const times = {}; // name -> cache -> allocator -> row
for (let i = 0; i < runs.length; i += 4) {
    const [name, cache, starts, run] = runs.slice(i, i + 4);
    (times[name] ??= {})[cache] = readTimes(run);
    for (const row of Object.values(times[name][cache])) row.starts = Number(starts);
}

const rows = [['program', 'allocator', 'warm ms', 'warm / glibc', 'cold ms', 'cold / glibc', 'instructions, M',
    'system calls', 'page faults']];
const versus = (row) => (row?.ratio ? `${row.ratio.toFixed(2)} [${row.low.toFixed(2)}, ${row.high.toFixed(2)}] ${row.verdict}` : '-');
const ms = (row) => (row ? ((row.median * 1000) / row.starts).toFixed(2) : '-');
for (const [name, caches] of Object.entries(times))
    for (const allocator of Object.keys(caches.warm ?? caches.cold)) {
        const [instructions = '-', calls = '-', faults = '-'] = counts[`${name} ${allocator}`] ?? [];
        const warm = caches.warm?.[allocator], cold = caches.cold?.[allocator];
        rows.push([name, allocator, ms(warm), versus(warm), ms(cold), versus(cold),
            instructions === '-' ? '-' : (Number(instructions) / 1e6).toFixed(1), calls, faults]);
    }
printTable('Programs on each allocator: time of one start', rows);

console.log('Conclusions, against glibc (95 % intervals of pairs within rounds):\n');
for (const [name, caches] of Object.entries(times)) {
    for (const [cache, allocators] of Object.entries(caches)) {
        const others = Object.entries(allocators).filter(([, row]) => row.ratio);
        const same = others.length > 0 && others.every(([, row]) => row.verdict.startsWith('same'));
        if (same) {
            const widest = others.map(([, row]) => row).reduce((a, b) =>
                Math.max(a.high - 1, 1 - a.low) > Math.max(b.high - 1, 1 - b.low) ? a : b);
            console.log(`  ${name}, ${cache} start: on all of them ${conclude(widest)}`);
            continue;
        }
        for (const [allocator, row] of others)
            console.log(`  ${name}, ${cache} start, ${allocator}: ${conclude(row)}`);
        if (others.length === 0) console.log(`  ${name}, ${cache} start: nothing to conclude from; too few rounds`);
    }
}
console.log('\nA cold start begins without the program, its libraries and the allocator in the page cache. What valgrind does');
console.log('not run has no instructions. Instructions and system calls include those of the shell that starts it.\n');
