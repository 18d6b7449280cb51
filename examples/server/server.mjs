// A server for a first try of `tidemark guard`, at ./server.sock; it needs no packages.
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { remember } from './requests.mjs';

const socket = 'server.sock';
rmSync(socket, { force: true });
createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  remember({ url: request.url, rows: JSON.parse(body) });
  response.end('ok');
}).listen(socket, () => console.log('ready'));
