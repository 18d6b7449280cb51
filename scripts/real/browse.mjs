// Visits a dev server with a real browser: opens the page, which imports the whole application, or one PATH after the
// other, stays so many seconds, and closes the browser:
//     node browse.mjs ADDRESS SECONDS [CHROMIUM [PATH...]]
// A page has been visited when its script sets `data-imported` on its root: so many of its parts are there.
// The browser is Debian's. It resolves no name and looks for no update: it talks to 127.0.0.1 alone.
import puppeteer from 'puppeteer-core';

const [address, secondsText, chromium = '/usr/bin/chromium', ...paths] = process.argv.slice(2);
const seconds = Number(secondsText);
if (!address || !(seconds >= 0)) {
    console.error('usage: node browse.mjs ADDRESS SECONDS [CHROMIUM [PATH...]]');
    process.exit(2);
}
if (new URL(address).hostname !== '127.0.0.1') {
    console.error(`browse: ${address} is not on 127.0.0.1, the only machine that is visited`);
    process.exit(2);
}
const importMs = 1000 * Number(process.env.IMPORT_S ?? 600); // to import all
const args = ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', '--no-proxy-server', '--disable-background-networking',
    '--disable-component-update', '--disable-default-apps', '--disable-domain-reliability', '--disable-sync',
    '--disable-client-side-phishing-detection', '--disable-breakpad', '--disable-crash-reporter', '--no-first-run',
    '--no-pings', '--disable-quic', '--disable-dev-shm-usage', '--disable-gpu',
    '--disable-features=OptimizationHints,MediaRouter,DialMediaRouteProvider,Translate,CertificateTransparencyComponentUpdater'];
if (process.getuid() === 0) args.push('--no-sandbox'); // chromium's sandbox does not work for root

const browser = await puppeteer.launch({ executablePath: chromium, headless: true, pipe: true, args });
let requests = 0, failed = 0, foreign = [], complaint = 'it said nothing';
const page = await browser.newPage();
page.setDefaultTimeout(importMs);
page.on('request', (request) => {
    requests++;
    const url = new URL(request.url());
    if (/^(http|ws)s?:$/.test(url.protocol) && url.hostname !== '127.0.0.1') foreign.push(request.url());
});
page.on('requestfailed', () => failed++);
page.on('pageerror', (error) => complaint = error.message);
let status = 0;
try {
    // a dev server reloads the page when it has found more packages to prepare
    let imported = 0;
    for (const path of paths.length > 0 ? paths : ['?all']) {
        await page.goto(new URL(path, address).href, { waitUntil: 'domcontentloaded' });
        await page.waitForFunction(() => document.documentElement.dataset.imported);
        imported += Number(await page.evaluate(() => document.documentElement.dataset.imported));
    }
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    console.log(`visited ${imported} pages by ${requests} requests, ${failed} of which failed or were given up`);
} catch (error) {
    console.error(`browse: the page did not import the whole application: ${error.message}; its last complaint: ${complaint}`);
    status = 1;
}
if (foreign.length > 0) {
    console.error(`browse: the page asked for something that is not on 127.0.0.1: ${foreign[0]}`);
    status = 1;
}
await browser.close();
process.exit(status);
