// Visits the server of server.mjs: one request after the other, each with a few hundred rows.
import { request } from 'node:http';

const rows = Array.from({ length: 300 }, (_, id) => ({ id, name: `row ${id}`, at: id / 7 }));
const body = JSON.stringify(rows);

function visit(number) {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: 'server.sock', path: `/${number}`, method: 'POST' }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    call.on('error', reject);
    call.end(body);
  });
}

for (let number = 0; number < 500; number++) await visit(number);
