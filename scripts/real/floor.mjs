// Says of a run of `tidemark watch` which program is back at its floor: at the checkpoint AT it has at most ROOM
// MiB more than at "loaded", in every round. Status 1 where one of REQUIRED is not.
//     node floor.mjs RESULTS.JSON AT ROOM REQUIRED...
import fs from 'node:fs';

const [file, at, room, ...required] = process.argv.slice(2);
const run = JSON.parse(fs.readFileSync(file, 'utf8'));
const mib = (record, name) =>
    record.checkpoints.find((checkpoint) => checkpoint.name === name).memory.footprint / 1024 / 1024;
const row = (...cells) => console.log('  ' + cells[0].padEnd(12) + cells.slice(1).map((cell) => cell.padStart(16)).join(''));

console.log(`Back at the floor at ${at}: at most ${room} MiB above what it was when loaded, in every round\n`);
row('', 'rounds', 'loaded, MiB', `${at}, MiB`, 'most above', 'at the floor');
let status = 0;
for (const label of new Set(run.records.map((record) => record.variant))) {
    const records = run.records.filter((record) => record.variant === label);
    const good = records.filter((record) => record.status === 'ok');
    const loaded = good.map((record) => mib(record, 'loaded')), then = good.map((record) => mib(record, at));
    const above = then.map((value, i) => value - loaded[i]);
    const back = good.length > 0 && good.length === records.length && above.every((value) => value <= Number(room));
    const middle = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]?.toFixed(1) ?? '-';
    row(label, `${good.length} of ${records.length}`, middle(loaded), middle(then),
        good.length > 0 ? Math.max(...above).toFixed(1) : '-', back ? 'yes' : 'NO');
    if (!back && required.includes(label)) status = 1;
}
for (const label of required)
    if (!run.records.some((record) => record.variant === label)) {
        console.error(`floor: ${file} has no run of ${label}`);
        status = 1;
    }
process.exit(status);
