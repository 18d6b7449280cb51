// Visits the server of server.mjs: one request after the other, each with a few hundred rows.
import { request } from 'node:http';

const VISITS = 500;
const rows = Array.from({ length: 300 }, (_, id) => ({ id, name: `row ${id}`, at: id / 7 }));
const body = JSON.stringify(rows);

// A connection for each: one that is kept could be closed by the server while the next request is on its way.
const options = { socketPath: 'server.sock', method: 'POST', agent: false };

function visit(number) {
  return new Promise((resolve, reject) => {
    const call = request({ ...options, path: `/${number}` }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    call.on('error', reject);
    call.end(body);
  });
}

for (let number = 0; number < VISITS; number++) await visit(number);
