// The table of the part `tokenizers`: throughput against memory, beside the published points. It reads the runs of
// `tidemark time` and `tidemark watch`, and writes PLOT.dat for tradeoff.gp.
//     node tradeoff.mjs FOLDER CHUNKS TIMED-BATCHES BATCHES IDLE,... PLOT THREADS TIME-RUN WATCH-RUN [THREADS ...]
import fs from 'node:fs';
import { CHUNK_BYTES } from './tokenizers.mjs';
import { readTimes, printTable } from './report.mjs';

// tokenizers#2073: mimalloc in glibc's place, GPT-2, batches; throughput and RSS after 50 batches.
const PUBLISHED = [['published, 1 thread', 1.56, 2.97], ['published, N threads', 1.09, 2.83]];

const [folder, chunks, timed, batches, idle, plot, ...runs] = process.argv.slice(2);
const MIB = 1024 * 1024;
const bytes = chunks * timed * CHUNK_BYTES;
const mib = (value) => (value === undefined ? '-' : (value / MIB).toFixed(1));
const median = (list) => {
    const sorted = [...list].sort((a, b) => a - b), middle = sorted.length >> 1;
    return sorted.length === 0 ? undefined
        : sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const instants = ['end', ...idle.split(',').map((s) => `idle@${s}s`)];

const allocators = Object.fromEntries(fs.readFileSync(`${folder}/allocators.tsv`, 'utf8').trim().split('\n')
    .map((line) => line.split('\t')).map(([name, , library]) => [name, library]));
const statuses = fs.readFileSync(`${folder}/status.jsonl`, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

// The library's size on disk, without symbols.
function diskKib(name) {
    return name === 'glibc' ? '(libc)' : (fs.statSync(`${folder}/../stripped/${name}.so`).size / 1024).toFixed(0);
}

// name -> {checkpoint -> {rss, footprint}}, medians over the rounds that went well.
function readMemory(run) {
    const records = JSON.parse(fs.readFileSync(`${run}/results.json`, 'utf8')).records;
    const figures = {};
    for (const record of records.filter((one) => one.status === 'ok')) {
        const name = record.variant === 'as is' ? 'glibc' : record.variant.replace(/^preload /, '');
        for (const { name: at, memory } of record.checkpoints)
            ((figures[name] ??= {})[at] ??= []).push(memory);
    }
    return Object.fromEntries(Object.entries(figures).map(([name, checkpoints]) => [name, Object.fromEntries(
        Object.entries(checkpoints).map(([at, list]) => [at, {
            rss: median(list.map((memory) => memory.rss)),
            footprint: median(list.map((memory) => memory.footprint)) }]))]));
}

const points = [];
for (let i = 0; i < runs.length; i += 3) {
    const threads = Number(runs[i]), times = readTimes(runs[i + 1]), memory = readMemory(runs[i + 2]);
    const on = threads === 1 ? '1 thread' : `${threads} threads`;
    const label = `${on}, ${batches} batches of ${chunks}`;
    const rows = [['allocator', 'MiB/s', 'throughput / glibc', ...instants.map((at) => `RSS ${at}`), 'RSS / glibc',
        ...instants.map((at) => `footprint ${at}`), 'VmPeak', 'library KiB']];
    for (const name of Object.keys(times)) {
        const time = times[name], at = memory[name] ?? {};
        const preload = name === 'glibc' ? '' : allocators[name];
        const peaks = statuses.filter((one) => one.run === label && one.preload === preload).map((one) => one.vm_peak);
        const ratio = time.ratio ? [1 / time.ratio, 1 / time.high, 1 / time.low] : undefined;
        const rss = at.end && memory.glibc?.end ? at.end.rss / memory.glibc.end.rss : undefined;
        if (ratio && rss) points.push([name, ratio[0], rss, threads]);
        rows.push([name, time.median ? (bytes / MIB / time.median).toFixed(1) : '-',
            ratio ? `${ratio[0].toFixed(2)} [${ratio[1].toFixed(2)}, ${ratio[2].toFixed(2)}] ${time.verdict}` : '-',
            ...instants.map((one) => mib(at[one]?.rss)), rss ? rss.toFixed(2) : '-',
            ...instants.map((one) => mib(at[one]?.footprint)), mib(median(peaks)), diskKib(name)]);
    }
    printTable(`tokenizers on ${on}: batches of ${chunks} texts, ${timed} timed, MiB after ${batches}`, rows);
}
for (const [name, throughput, rss] of PUBLISHED)
    console.log(`  ${name} (tokenizers#2073, mimalloc / glibc): throughput ${throughput}, RSS ${rss}`);
console.log('\nThroughput above 1 is better. It is of whole processes, loading included; the verdict is of the time.\n');
const block = (list) => list.map(([name, x, y]) => `"${name}"\t${x}\t${y}`).join('\n') + '\n';
fs.writeFileSync(`${plot}.dat`, `${block(points.filter((p) => p[3] === 1))}\n\n${block(points.filter((p) => p[3] !== 1))}\n\n${block(PUBLISHED)}`);
