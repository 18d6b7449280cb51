// Starts a Vite dev server on a free port of the loopback, and writes its address to a file:
//     node serve.mjs VITE APP CACHE ADDRESS
import fs from 'node:fs';
import path from 'node:path';

const [name, app, cache, address] = process.argv.slice(2);
fs.rmSync(cache, { recursive: true, force: true });
const { createServer } = await import(name);
const server = await createServer({
    root: path.resolve(app), cacheDir: path.resolve(cache), configFile: false, logLevel: 'error',
    clearScreen: false, server: { host: '127.0.0.1', port: 20000 + (process.pid % 20000), strictPort: false },
});
await server.listen();
fs.writeFileSync(address, server.resolvedUrls.local[0]);
console.log('LISTENING');
