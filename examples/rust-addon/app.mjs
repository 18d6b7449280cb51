// Uses the addon, and then stays.
import { createRequire } from 'node:module';

const addon = createRequire(import.meta.url)('./addon.node');
console.log(`worked on ${addon.work(30000)} bytes`);
setInterval(() => {}, 1 << 30);
