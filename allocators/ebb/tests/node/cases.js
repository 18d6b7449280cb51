// node --expose-gc cases.js CASE ADDON [ADDON]: an addon with ebb inside, in a program that has never heard of
// it. Ends with 0 where all is as it should be; a crash is one, too.
'use strict';
const assert = require('assert');
const { fork } = require('child_process');
const { Worker, isMainThread, workerData, parentPort } = require('worker_threads');

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const live = (addon) => JSON.parse(addon.stats()).live_bytes;

function worker(path, task) {
    return new Worker(__filename, { workerData: { path, task } });
}
const ended = (w) => new Promise((resolve, reject) => w.on('exit', resolve).on('error', reject));

const cases = {
    // The main thread's work; idle, the addon's heap is back at its floor.
    async idle(path) {
        const addon = require(path);
        addon.work(3);
        const account = () => JSON.parse(addon.stats());
        for (let i = 0; i < 30 && account().reclaimer === 'awake'; i++) await sleep(100);
        const { live_bytes, free_bytes, cached_bytes, resident_slice_bytes, reclaimer } = account();
        assert(['asleep', 'none'].includes(reclaimer)); // none: its threads have all ended, and so has it
        assert.strictEqual(live_bytes, 0);
        assert(free_bytes + cached_bytes + resident_slice_bytes < 1 << 20);
    },
    // Twenty Workers that come and go, five at a time.
    async workers(path) {
        require(path);
        for (let round = 0; round < 4; round++) {
            const five = Array.from({ length: 5 }, () => worker(path, 'work'));
            for (const code of await Promise.all(five.map(ended))) assert.strictEqual(code, 0);
        }
        assert.strictEqual(live(require(path)), 0);
    },
    // Workers that are ended in the middle of their work.
    async killed(path) {
        require(path);
        for (let i = 0; i < 10; i++) {
            const w = worker(path, 'endless');
            await new Promise((resolve) => w.once('message', resolve));
            await w.terminate();
        }
        require(path).work(1);
    },
    // Children by the dozen, while the parent works on.
    async fork(path) {
        require(path).work(1);
        const children = Array.from({ length: 12 }, () => fork(__filename, ['child', path]));
        const codes = Promise.all(children.map(ended));
        require(path).work(2);
        for (const code of await codes) assert.strictEqual(code, 0);
    },
    async child(path) {
        require(path).work(1);
    },
    // process.exit() while a thread is at it.
    async exit(path) {
        require(path).start();
        await sleep(50);
        process.exit(0);
    },
    // Memory of the addon's that V8 frees, in the main thread and in Workers that end.
    async buffers(path) {
        const addon = require(path);
        const make = () => { for (let i = 0; i < 2000; i++) addon.buffer(10000); };
        make();
        await ended(worker(path, 'buffers'));
        for (let i = 0; i < 20 && live(addon) > 0; i++) {
            global.gc();
            await sleep(50);
        }
        assert.strictEqual(live(addon), 0);
    },
    // Two addons with a copy each.
    async two(path, other) {
        assert.notStrictEqual(path, other);
        require(path).work(1);
        require(other).work(1);
        const block = require(path).buffer(5000);
        assert(live(require(path)) >= 5000);
        assert.strictEqual(live(require(other)), 0);
        assert.strictEqual(block[4999], 0);
    },
};

const tasks = {
    work: (addon) => addon.work(1),
    buffers: (addon) => { for (let i = 0; i < 2000; i++) addon.buffer(5000); },
    endless: (addon) => {
        parentPort.postMessage('begun');
        for (;;) addon.work(1);
    },
};

if (!isMainThread) {
    tasks[workerData.task](require(workerData.path));
} else {
    const [, , name, ...paths] = process.argv;
    cases[name](...paths).catch((error) => {
        console.error(error);
        process.exit(1);
    });
}
