// Runs the job of GitLab's template as its runner would: the commands of before_script and script in one shell, which
// ends at the first that fails. What installs packages is left out.
//     node gitlab.mjs JOB.json
// JOB.json: { template: FILE, modules, folder: the clone, variables: {...}, forbidden: [of variables, those that the
//   service's token is], service: {see service.mjs}, comments: FILE }
import { spawn } from 'child_process';
import { readFileSync } from 'fs';
import { createRequire } from 'module';
import { resolve } from 'path';
import { serve } from './service.mjs';

const setup = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { parse } = createRequire(resolve(setup.modules) + '/')('yaml');
const job = parse(readFileSync(setup.template, 'utf8')).memory;
const service = await serve({ ...setup.service, comments: setup.comments, token: 'token-of-the-project' });
const commands = [...job.before_script.filter((line) => !line.startsWith('apt-get ')), ...job.script];
const child = spawn('sh', ['-c', ['set -e', ...commands].join('\n')], {
    cwd: setup.folder,
    env: {
        PATH: process.env.PATH, ...job.variables, CI_API_V4_URL: `${service.address}/api`,
        ...setup.variables, ...(setup.release && { RELEASE: `${service.address}/releases/download/${setup.release}` }),
    },
    stdio: 'inherit',
});
const code = await new Promise((done) => child.on('close', done));
service.close();
console.log(service.requests.join('\n'));
process.exit(code);
