// An addon parses MODULES modules, twice, then the process stays idle:
//     node --expose-gc addon.mjs ADDON MODULES
// What it has at "LOADED" is the floor: its threads are there, and JavaScript's garbage is collected. With ENDS=1
// in the environment it ends instead of staying.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const [file, modulesText] = process.argv.slice(2);
const addon = createRequire(import.meta.url)(file);
const build = () => addon.work(Number(modulesText));

addon.work(1);
globalThis.gc();
if (!process.env.ENDS) {
    await sleep(1000);
    console.log('LOADED');
    await sleep(1000); // for whoever looks at it
}
const first = build();
if (build() !== first) throw new Error('two builds of the same modules differ');
console.log(`WORK DONE, checksum ${first}`);
if (!process.env.ENDS) setInterval(() => {}, 1 << 30);
