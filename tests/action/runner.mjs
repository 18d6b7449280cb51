// Runs a job of a workflow as GitHub's runner would, as far as the tests need it: its steps one after another, each in
// a shell of its own, and the steps of this repository's actions AS WRITTEN. Of the actions of others it plays
// checkout, upload-artifact and download-artifact, and records them. What it does not know it refuses.
//     node runner.mjs JOB.json
// JOB.json: { workflow: FILE, job (default: the first), modules: FOLDER with the npm package yaml, tidemark: FOLDER of
//   this repository, repository: FOLDER to check out, sha, event: {name, payload}, fork, work: FOLDER, add: {inputs for
//   the action}, environment, foreign: somebody else owns the check-out, noArtifacts: their service is down, cancelAt:
//   a text of the log, service: {see service.mjs} }
// Prints what came of it as JSON. The folder `work` then has log and summary.md; beside it are artifacts/ and the
// service's comments.json, which the next job finds again.
import { spawn, execFileSync } from 'child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'fs';
import { createRequire } from 'module';
import { join, resolve } from 'path';
import { fill, holds, text } from './expression.mjs';
import { serve } from './service.mjs';

const setup = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { parse } = createRequire(resolve(setup.modules) + '/')('yaml');
const work = resolve(setup.work);
const [workspace, temporary, log] = ['workspace', 'temp', 'log'].map((name) => join(work, name));
const artifacts = join(work, '..', 'artifacts');
for (const folder of [workspace, temporary, artifacts]) mkdirSync(folder, { recursive: true });

const workflow = parse(readFileSync(setup.workflow, 'utf8'));
const jobName = setup.job ?? Object.keys(workflow.jobs)[0];
const job = workflow.jobs[jobName];
const permissions = job.permissions ?? workflow.permissions ?? {};
const token = 'token-of-the-job';
const service = await serve({
    ...setup.service, token, comments: join(work, '..', 'comments.json'),
    mayWrite: permissions['pull-requests'] === 'write' && !setup.fork,
});

const result = { conclusion: 'success', steps: [], uses: [], commands: [], outputs: {}, requests: service.requests };
const github = {
    event: setup.event.payload, event_name: setup.event.name, repository: 'owner/repository', sha: setup.sha, token,
    ref: setup.event.payload.ref, head_ref: setup.event.payload.pull_request?.head?.ref, run_id: '4711',
    server_url: service.address,
};
const eventFile = join(work, 'event.json');
writeFileSync(eventFile, JSON.stringify(setup.event.payload));
const environment = {
    PATH: process.env.PATH, HOME: work, LC_ALL: 'C.UTF-8', ...setup.environment,
    CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_API_URL: `${service.address}/api`, GITHUB_SERVER_URL: service.address,
    GITHUB_EVENT_NAME: setup.event.name, GITHUB_EVENT_PATH: eventFile, GITHUB_REPOSITORY: github.repository,
    GITHUB_RUN_ID: github.run_id, GITHUB_SHA: setup.sha, GITHUB_HEAD_REF: text(github.head_ref),
    GITHUB_WORKSPACE: workspace, RUNNER_TEMP: temporary,
};

let state = 'success'; // of the job; or failure, cancelled
const functions = {
    always: () => true, success: () => state === 'success', failure: () => state === 'failure',
    cancelled: () => state === 'cancelled',
};

// The log, and the commands to the runner that lines of it are, unless these are stopped.
let stopped = null;
let rest = '';
function hear(piece) {
    appendFileSync(log, piece);
    const lines = (rest + piece).split('\n');
    rest = lines.pop();
    for (const line of lines) {
        const match = /^\s*::([\w-]+)([^:]*)::(.*)$/.exec(line);
        if (stopped && match?.[1] === stopped) stopped = null;
        else if (!stopped && match?.[1] === 'stop-commands') stopped = match[3];
        else if (!stopped && match) result.commands.push({ command: match[1], text: match[3].replaceAll('%25', '%') });
    }
}

// NAME=VALUE, or NAME<<END and the lines before END.
function readOutputs(file) {
    const outputs = {};
    const lines = readFileSync(file, 'utf8').split('\n');
    while (lines.length) {
        const line = lines.shift();
        const many = /^([\w-]+)<<(.*)$/.exec(line);
        const one = /^([\w-]+)=(.*)$/.exec(line);
        if (many) outputs[many[1]] = lines.splice(0, lines.indexOf(many[2])).join('\n');
        if (many) lines.shift();
        else if (one) outputs[one[1]] = one[2];
    }
    return outputs;
}

// A cancelled run: SIGINT to the step's own process, after 7.5 s SIGTERM, after 2.5 s the end of all.
function cancel(child) {
    state = 'cancelled';
    child.kill('SIGINT');
    const later = [setTimeout(() => child.kill('SIGTERM'), 7500), setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 10000)];
    child.on('close', () => later.forEach(clearTimeout));
}

async function runShell(step, contexts, extra) {
    if (step.shell && step.shell !== 'sh') throw new Error(`the runner does not know the shell ${step.shell}`);
    const folder = mkdtempSync(join(temporary, 'step-'));
    const script = join(folder, 'script.sh');
    writeFileSync(script, fill(step.run, contexts, functions));
    const files = {};
    for (const name of ['OUTPUT', 'ENV', 'PATH', 'STEP_SUMMARY', 'STATE']) {
        files[`GITHUB_${name}`] = join(folder, name);
        writeFileSync(files[`GITHUB_${name}`], '');
    }
    const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, fill(value, contexts, functions)]));
    const child = spawn('sh', ['-e', script], {
        cwd: workspace, env: { ...environment, ...extra, ...files, ...own }, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    });
    let waited = setup.cancelAt;
    let all = '';
    const listen = (piece) => {
        hear(String(piece));
        all += piece;
        if (waited && all.includes(waited)) {
            waited = null;
            setup.cancelAt = null;
            cancel(child);
        }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    const code = await new Promise((done) => child.on('close', (exit, signal) => done(signal ? 128 : exit)));
    appendFileSync(join(work, 'summary.md'), readFileSync(files.GITHUB_STEP_SUMMARY));
    for (const name of ['GITHUB_ENV', 'GITHUB_PATH'])
        if (readFileSync(files[name], 'utf8')) throw new Error(`a step wrote ${name}: the runner does not know it`);
    return { outcome: code === 0 ? 'success' : 'failure', outputs: readOutputs(files.GITHUB_OUTPUT) };
}

function playCheckout(inputs) {
    const depth = text(inputs['fetch-depth'] ?? 1);
    const git = (...words) => execFileSync('git', ['-C', workspace, '-c', 'advice.detachedHead=false', ...words], { stdio: 'pipe' });
    git('init', '-q');
    git('remote', 'add', 'origin', `file://${resolve(setup.repository)}`);
    git('fetch', '-q', ...(depth === '0' ? [] : ['--depth', depth]), 'origin',
        ...(depth === '0' ? ['+refs/*:refs/remotes/origin/*'] : []), setup.sha);
    git('checkout', '-q', setup.sha);
    if (setup.foreign) execFileSync('chown', ['-R', '65534', workspace]); // as in a job's container
}

function playArtifact(name, inputs) {
    const kept = join(artifacts, text(inputs.name));
    if (name === 'download-artifact') {
        cpSync(kept, resolve(workspace, text(inputs.path)), { recursive: true });
    } else {
        if (setup.noArtifacts) throw new Error('the service for artifacts is not there');
        cpSync(text(inputs.path), kept, { recursive: true });
    }
}

async function runUses(step, contexts) {
    const inputs = Object.fromEntries(Object.entries(step.with ?? {}).map(([name, value]) => [name, fill(value, contexts, functions)]));
    const [, owner, name, path, ref] = /^([^/]+)\/([^/@]+)(\/[^@]*)?@(\S+)$/.exec(step.uses);
    if (name === 'tidemark') return runAction(`${owner}/${name}/${ref}`, text(path), { ...inputs, ...setup.add });
    result.uses.push({ name, inputs });
    try {
        if (owner !== 'actions') throw new Error(`the runner does not know ${step.uses}`);
        if (name === 'checkout') playCheckout(inputs);
        else if (name === 'upload-artifact' || name === 'download-artifact') playArtifact(name, inputs);
        else throw new Error(`the runner does not know ${step.uses}`);
    } catch (error) {
        hear(`${error.message}\n`);
        return { outcome: 'failure', outputs: {} };
    }
    return { outcome: 'success', outputs: {} };
}

async function runSteps(list, contexts, extra) {
    const steps = {};
    const within = { ...contexts, steps };
    let worst = 'success';
    for (const step of list) {
        const title = step.name ?? step.id ?? step.uses ?? step.run.split(' ').pop();
        let came = { outcome: 'skipped', outputs: {} };
        if (holds(step.if, within, functions))
            came = step.uses ? await runUses(step, within) : await runShell(step, within, extra);
        result.steps.push({ title, outcome: came.outcome });
        if (step.id) steps[step.id] = came;
        if (came.outcome === 'failure' && !step['continue-on-error']) {
            worst = 'failure';
            if (state === 'success') state = 'failure';
        }
    }
    return { outcome: worst, within };
}

async function runAction(place, path, given) {
    const root = join(work, '_actions', place);
    if (!existsSync(root)) {
        mkdirSync(join(root, '..'), { recursive: true });
        symlinkSync(resolve(setup.tidemark), root);
    }
    const action = parse(readFileSync(join(root, path, 'action.yml'), 'utf8'));
    for (const name of Object.keys(given))
        if (!(name in (action.inputs ?? {}))) throw new Error(`the action has no input ${name}`);
    const inputs = {};
    for (const [name, input] of Object.entries(action.inputs ?? {}))
        inputs[name] = text(given[name] ?? fill(input.default, { github }, functions));
    for (const step of action.runs.steps)
        if (step.run && !step.shell) throw new Error('a composite step that runs something must name its shell');
    const { outcome, within } = await runSteps(action.runs.steps, { github, inputs, runner: { temp: temporary } },
        { GITHUB_ACTION_PATH: join(root, path) });
    const outputs = Object.fromEntries(Object.entries(action.outputs ?? {}).map(([name, { value }]) => [name, fill(value, within, functions)]));
    Object.assign(result.outputs, outputs);
    return { outcome, outputs };
}

if (!holds(job.if, { github, needs: {} }, functions)) {
    result.conclusion = 'skipped';
} else {
    await runSteps(job.steps, { github, runner: { temp: temporary }, env: {} }, {});
    result.conclusion = state;
}
service.close();
console.log(JSON.stringify(result, null, 1));
