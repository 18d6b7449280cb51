// A headless Chromium, spoken to over two pipes (--remote-debugging-pipe): messages in JSON, a NUL after each.
// It keeps a list of every address that was asked for.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export async function open(program) {
    const profile = mkdtempSync(join(tmpdir(), 'browser-'));
    const child = spawn(program, ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions',
        '--host-resolver-rules=MAP * ~NOTFOUND', `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'],
    {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});
    const waiting = new Map(), requests = [], errors = [];
    let rest = '', next = 1, onLoad = () => {};

    function take(message) {
        if (message.id) {
            const {resolve, reject} = waiting.get(message.id);
            waiting.delete(message.id);
            if (message.error) reject(new Error(message.error.message));
            else resolve(message.result);
        } else if (message.method === 'Network.requestWillBeSent') requests.push(message.params.request.url);
        else if (message.method === 'Page.loadEventFired') onLoad();
        else if (message.method === 'Runtime.exceptionThrown') errors.push(message.params.exceptionDetails.exception?.description || message.params.exceptionDetails.text);
        else if (message.method === 'Log.entryAdded') errors.push(message.params.entry.text);
    }
    child.stdio[4].on('data', chunk => {
        rest += chunk;
        const messages = rest.split('\0');
        rest = messages.pop();
        messages.forEach(message => take(JSON.parse(message)));
    });
    let session;
    const send = (method, params = {}) => new Promise((resolve, reject) => {
        waiting.set(next, {resolve, reject});
        child.stdio[3].write(JSON.stringify({id: next++, method, params, sessionId: session}) + '\0');
    });

    const {targetInfos} = await send('Target.getTargets');
    const {sessionId} = await send('Target.attachToTarget', {targetId: targetInfos.find(t => t.type === 'page').targetId, flatten: true});
    session = sessionId;
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await send(`${domain}.enable`);

    const evaluate = async expression => {
        const {result, exceptionDetails} = await send('Runtime.evaluate', {expression, returnByValue: true, awaitPromise: true});
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
        return result.value;
    };
    return {
        requests, errors, send, evaluate,
        async load(url) {
            const loaded = new Promise(resolve => { onLoad = resolve; });
            await send('Page.navigate', {url});
            await loaded;
        },
        // To another of the page's views: done when it has been drawn.
        async go(hash) {
            await evaluate(`new Promise(done => { if (location.hash === ${JSON.stringify(hash)}) return done();
                addEventListener('hashchange', () => setTimeout(done, 0), {once: true}); location.hash = ${JSON.stringify(hash)}; })`);
        },
        async close() {
            const ended = new Promise(resolve => child.once('exit', resolve));
            session = undefined;
            await send('Browser.close').catch(() => {});
            await ended;
            rmSync(profile, {recursive: true, force: true, maxRetries: 5, retryDelay: 100});
        },
    };
}
