// Times commands as whole processes, unsampled, one at a time, by hyperfine, in rounds of random order:
//     node times.mjs ROUNDS NAME=COMMAND...
// Prints medians with lowest and highest, and the median ratio to the first, pair by pair within a round.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const [roundsText, ...list] = process.argv.slice(2);
const commands = list.map((text) => {
    const at = text.indexOf('=');
    return { name: text.slice(0, at), command: text.slice(at + 1), wall: [], user: [], system: [] };
});
const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'times-')), 'result.json');

function shuffled(items) {
    const all = [...items];
    for (let i = all.length - 1; i > 0; i--) {
        const k = Math.floor(Math.random() * (i + 1));
        [all[i], all[k]] = [all[k], all[i]];
    }
    return all;
}

function measure(it) {
    const run = spawnSync('hyperfine', ['--runs', '1', '--style', 'none', '--export-json', file, it.command],
        { stdio: ['ignore', 'ignore', 'inherit'] });
    if (run.status !== 0) {
        console.error(`times.mjs: ${it.name} failed (${run.error ?? `exit code ${run.status}`}): ${it.command}`);
        process.exit(3);
    }
    const result = JSON.parse(fs.readFileSync(file, 'utf8')).results[0];
    it.wall.push(result.times[0]);
    it.user.push(result.user);
    it.system.push(result.system);
}

for (let round = 1; round <= Number(roundsText); round++)
    for (const it of shuffled(commands)) {
        console.error(`round ${round} of ${roundsText}: ${it.name}`);
        measure(it);
    }
fs.rmSync(path.dirname(file), { recursive: true });

function median(values) {
    const sorted = [...values].sort((a, b) => a - b), n = sorted.length;
    return (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2;
}
const range = (values) => `${median(values).toFixed(2)} [${Math.min(...values).toFixed(2)}, ${Math.max(...values).toFixed(2)}]`;
console.log(`\n| | wall s | user s | system s | wall / ${commands[0].name} |\n|---|---|---|---|---|`);
for (const it of commands) {
    const ratios = it.wall.map((wall, round) => wall / commands[0].wall[round]);
    console.log(`| ${it.name} | ${range(it.wall)} | ${range(it.user)} | ${range(it.system)} | ${range(ratios)} |`);
}
