// A history of nights that never were: COUNT baselines, FOLDER/1.json and so on, made of one real baseline with
// noise of some percent. From night 200 on ebb's dead footprint of `churn` is 12 % higher.
//     node nights.mjs BASELINE COUNT FOLDER
import {readFileSync, writeFileSync, mkdirSync} from 'node:fs';

const [, , baseline, count, folder] = process.argv;
const text = readFileSync(baseline, 'utf8');
let state = 1;
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
const noise = share => Math.exp(share * (random() + random() + random() - 1.5));

mkdirSync(folder, {recursive: true});
for (let night = 1; night <= Number(count); night++) {
    const run = JSON.parse(text);
    run.run.seed = String(night);
    run.run.commit = (0x100000 + Math.floor(night / 3) * 7919).toString(16) + 'abcdef';
    for (const series of run.series) {
        const isReference = series.unit === 'ratio' && series.variant === run.facts.reference;
        const planted = night >= 200 && series.measure === 'dead' && series.workload === 'churn' && series.variant === 'ebb';
        const factor = isReference ? 1 : noise(series.unit === 'bytes' ? 0.02 : 0.06) * (planted ? 1.12 : 1);
        series.rounds = series.rounds.map(value => value === null ? null : value * factor);
    }
    writeFileSync(`${folder}/${night}.json`, JSON.stringify(run));
}
