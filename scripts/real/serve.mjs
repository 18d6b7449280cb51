// Starts a Vite dev server on the port of the loopback that `tidemark watch` has found for it:
//     TIDEMARK_PORT=NUMBER node serve.mjs VITE APP CACHE
import fs from 'node:fs';
import path from 'node:path';

const [name, app, cache] = process.argv.slice(2);
const port = Number(process.env.TIDEMARK_PORT);
if (!(port > 0)) {
    console.error('serve: TIDEMARK_PORT has to be the port to listen on');
    process.exit(2);
}
fs.rmSync(cache, { recursive: true, force: true });
const { createServer } = await import(name);
const server = await createServer({
    root: path.resolve(app), cacheDir: path.resolve(cache), configFile: false, logLevel: 'error',
    clearScreen: false, server: { host: '127.0.0.1', port, strictPort: true },
});
await server.listen();
console.log('LISTENING');
