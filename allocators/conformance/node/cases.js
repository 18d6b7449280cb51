// node --expose-gc cases.js CASE ADDON ADDON: an addon with an allocator of its own inside, in a program that has
// never heard of it. Ends with 0 where all is as it should be; a crash is one, too. A line "idle_kib N" says what
// is resident of anonymous memory one second after the work, beyond what there was before.
'use strict';
const assert = require('assert');
const fs = require('fs');
const os = require('os');
const { fork } = require('child_process');
const { Worker, isMainThread, workerData, parentPort } = require('worker_threads');

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// what ebb says of itself; of others there is no such account
const account = (addon) => JSON.parse(addon.stats() || 'null');
const expectServed = (addon) => {
    const wrong = addon.served();
    if (wrong) throw new Error(wrong);
};
const live = (addon) => account(addon)?.live_bytes ?? 0;

function worker(path, task) {
    return new Worker(__filename, { workerData: { path, task } });
}
const ended = (w) => new Promise((resolve, reject) => w.on('exit', resolve).on('error', reject));

async function inWorkers(path, task, rounds) {
    for (let round = 0; round < rounds; round++) {
        const five = Array.from({ length: 5 }, () => worker(path, task));
        for (const code of await Promise.all(five.map(ended))) assert.strictEqual(code, 0);
    }
}

function anonymousKib() {
    return Number(/^RssAnon:\s*(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);
}

async function sayIdle(before) {
    global.gc();
    await sleep(1000);
    console.log('idle_kib', Math.max(0, anonymousKib() - before));
}

// Until V8 has given back all buffers.
async function collectBuffers(addon) {
    for (let i = 0; i < 40 && addon.held() > 0; i++) {
        global.gc();
        await sleep(50);
    }
    assert.strictEqual(addon.held(), 0);
    assert.strictEqual(live(addon), 0);
}

const isLoaded = (path) => fs.readFileSync('/proc/self/maps', 'utf8').includes(fs.realpathSync(path));

// Workers that are ended in the middle of their work.
async function terminateAtWork(path) {
    for (let i = 0; i < 10; i++) {
        const w = worker(path, 'endless');
        await new Promise((resolve) => w.once('message', resolve));
        await sleep(i * 5);
        await w.terminate();
    }
}

const cases = {
    // The main thread's work.
    async main(path) {
        const before = anonymousKib();
        const addon = require(path);
        expectServed(addon);
        addon.work(3);
        await sayIdle(before);
        expectServed(addon);
    },
    // ebb's only: idle, the addon's heap is back at its floor.
    async idle(path) {
        const addon = require(path);
        addon.work(3);
        for (let i = 0; i < 30 && account(addon).reclaimer === 'awake'; i++) await sleep(100);
        const { live_bytes, free_bytes, cached_bytes, resident_slice_bytes, reclaimer } = account(addon);
        assert(['asleep', 'none'].includes(reclaimer)); // none: its threads have all ended, and so has it
        assert.strictEqual(live_bytes, 0);
        assert(free_bytes + cached_bytes + resident_slice_bytes < 1 << 20);
    },
    // Twenty Workers that come and go, five at a time; the main thread has the addon, too.
    async workers(path) {
        const before = anonymousKib();
        const addon = require(path);
        await inWorkers(path, 'work', 4);
        await sayIdle(before);
        assert.strictEqual(live(addon), 0);
        expectServed(addon);
    },
    // Nobody has it but Workers: whenever the last one ends, node closes the addon, whose threads are gone then
    // or, libuv's and the Worker's own, are not.
    async workers_only(path) {
        const before = anonymousKib();
        await inWorkers(path, 'pool', 4);
        console.log('note', isLoaded(path) ? 'stays loaded' : 'is unloaded');
        await sayIdle(before);
    },
    // The same, one after the other, where the addon is never closed: whoever was the first to use it is gone.
    async first_worker(path) {
        const before = anonymousKib();
        for (let i = 0; i < 20; i++) assert.strictEqual(await ended(worker(path, 'stays')), 0);
        assert(isLoaded(path));
        await sayIdle(before);
    },
    async terminate(path) {
        const addon = require(path);
        await terminateAtWork(path);
        addon.work(1);
        expectServed(addon);
    },
    // The same where nobody else has the addon.
    terminate_only: terminateAtWork,
    // Children by the dozen, while the parent works on.
    async fork_storm(path) {
        require(path).start();
        require(path).work(1);
        for (let round = 0; round < 2; round++) {
            const children = Array.from({ length: 12 }, () => fork(__filename, ['child', path]));
            const codes = Promise.all(children.map(ended));
            require(path).work(2);
            for (const code of await codes) assert.strictEqual(code, 0);
        }
        process.exit(0);
    },
    async child(path) {
        require(path).work(1);
        expectServed(require(path));
    },
    // process.exit() while threads are at it, in a dozen processes; their codes say that nothing else ended them.
    async exit(path) {
        for (let i = 0; i < 12; i++)
            assert.strictEqual(await ended(fork(__filename, ['leave', path, String(i)])), 40 + i);
    },
    async leave(path, number) {
        for (let i = 0; i < 3; i++) require(path).start();
        await sleep(20 + 3 * number);
        process.exit(40 + Number(number));
    },
    // Memory of the addon's that V8 frees, in the main thread and in Workers that end.
    async buffers(path) {
        const before = anonymousKib();
        const addon = require(path);
        for (let i = 0; i < 2000; i++) addon.buffer(10000);
        assert(addon.held() > 0);
        await inWorkers(path, 'buffers', 1);
        await collectBuffers(addon);
        await sayIdle(before);
    },
    // And by a thread that has made none of it.
    async buffers_thread(path) {
        const addon = require(path);
        for (let i = 0; i < 5000; i++) addon.handed(1 + (i * 97) % 20000);
        await inWorkers(path, 'handed', 1);
        await collectBuffers(addon);
        expectServed(addon);
    },
    // Two addons with a copy each.
    async two(path, other) {
        assert.notStrictEqual(path, other);
        require(path).work(1);
        require(other).work(1);
        const block = require(path).buffer(5000);
        assert.strictEqual(require(path).held(), 1);
        assert.strictEqual(require(other).held(), 0);
        assert(!require(path).stats() || live(require(path)) >= 5000);
        assert.strictEqual(live(require(other)), 0);
        expectServed(require(path));
        expectServed(require(other));
        assert.strictEqual(block[4999], 5000 % 256);
        await inWorkers(other, 'work', 1);
    },
};

const tasks = {
    work: (addon) => addon.work(1),
    stays: (addon) => addon.work(1),
    pool: (addon) => { for (let i = 0; i < 4; i++) addon.pool(); addon.work(1); },
    buffers: (addon) => { for (let i = 0; i < 2000; i++) addon.buffer(5000); },
    handed: (addon) => { for (let i = 0; i < 2000; i++) addon.handed(1 + (i * 97) % 9000); },
    endless: (addon) => {
        parentPort.postMessage('begun');
        for (;;) addon.work(1);
    },
};

// Loaded like by require(), but for good (RTLD_NODELETE).
function requireForGood(path) {
    const loaded = { exports: {} };
    process.dlopen(loaded, path, os.constants.dlopen.RTLD_LAZY | 0x1000);
    return loaded.exports;
}

if (!isMainThread) {
    const { path, task } = workerData;
    tasks[task]((task === 'stays' ? requireForGood : require)(path));
} else {
    const [, , name, ...rest] = process.argv;
    cases[name](...rest).catch((error) => {
        console.error(`failed: ${error.message.replace(/\s+/g, ' ')}`);
        console.error(error);
        process.exit(1);
    });
}
