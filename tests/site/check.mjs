// Looks at the site's page as a reader does, in a browser without a window. Exit code 1 where something is wrong, with
// a line for each fault.
//     node check.mjs BROWSER INDEX.HTML CHECK [FIGURES.JSON]
// CHECK: links, values, front, lacks, reference, runs, narrow, requests, names, keys, time
import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
import {open} from './browser.mjs';

const [, , program, file, check, figures] = process.argv;
const page = pathToFileURL(file).href;
const browser = await open(program);
const faults = [];
const fault = text => faults.push(text);
const links = () => browser.evaluate('[...document.querySelectorAll("a[href]")].map(a => a.getAttribute("href"))');
const heading = () => browser.evaluate('document.querySelector("h1")?.textContent || ""');
const isCompare = link => link.startsWith('#/compare/');

// Every page that a link leads to, and a sample of the many that compare two nights.
const checks = {
    async links() {
        const seen = new Set(), waiting = ['#/'];
        let compared = 0;
        while (waiting.length) {
            const link = waiting.shift();
            if (seen.has(link)) continue;
            seen.add(link);
            if (link === '#main') continue; // the way past the head
            if (!link.startsWith('#/')) {
                fault(`a link leaves the page: ${link}`);
                continue;
            }
            if (isCompare(link) && compared++ > 5) continue;
            await browser.go(link);
            const text = await heading();
            if (text === '' || text === 'Not found') fault(`${link} leads nowhere`);
            waiting.push(...await links());
        }
        console.log(`${seen.size} links`);
        if (![...seen].some(link => link.startsWith('#/run/'))) fault('no link leads to a run');
    },

    // figures: [NAME], the variant to which the overview's ratios are.
    async reference() {
        const [name] = JSON.parse(readFileSync(figures));
        await browser.go('#/');
        const text = await browser.evaluate('document.querySelector("main").innerText');
        if (!text.includes(`relative to ${name};`)) fault(`the front is not relative to ${name}`);
        const others = [...text.matchAll(/× ([^\t\n]+)/g)].map(found => found[1].trim()).filter(other => other !== name);
        if (others.length) fault(`${others.length} ratios are to ${others[0]}`);
    },

    // figures: [{measure, workload, threads, variant, night, value, most}] in the page's units; a value is shown to a
    // thousandth of the series' largest.
    async values() {
        const rows = JSON.parse(readFileSync(figures)), bySeries = new Map();
        for (const row of rows) {
            const link = `#/series/${row.measure}/${row.workload}/${row.threads}`;
            if (!bySeries.has(link)) bySeries.set(link, []);
            bySeries.get(link).push(row);
        }
        let compared = 0;
        for (const [link, own] of bySeries) {
            await browser.go(link);
            const table = await browser.evaluate(`(async () => {
                const folded = [...document.querySelectorAll('details')].find(d => d.textContent.startsWith('All values'));
                if (!folded) return null;
                folded.open = true;
                await new Promise(done => setTimeout(done, 0));
                return [...folded.querySelectorAll('tr')].map(tr => [...tr.cells].map(cell => cell.textContent));
            })()`);
            if (!table) {
                fault(`${link} has no table of its values`);
                continue;
            }
            for (const row of own) {
                const line = table.find(cells => cells[0].startsWith(`night ${row.night},`));
                const shown = line && Number(line[table[0].indexOf(row.variant)]);
                compared++;
                if (!(Math.abs(shown - row.value) <= 0.00101 * row.most))
                    fault(`${link}, ${row.variant}, night ${row.night}: the page says ${shown}, the history ${row.value}`);
            }
        }
        console.log(`${compared} values`);
        if (compared < 100) fault('hardly anything was compared');
    },

    // figures: [{measure, variant, values: [ratio, low, high]}], what the front has to say of a baseline.
    async front() {
        const rows = JSON.parse(readFileSync(figures));
        const table = await browser.evaluate(`[...document.querySelector('main table').rows].map(tr => [...tr.cells].map(cell => cell.textContent))`);
        for (const row of rows) {
            const line = table.find(cells => cells[0] === row.variant || cells[0] === `${row.variant} (noise)`);
            const shown = line && line[table[0].indexOf(row.measure)] || '', numbers = shown.match(/[0-9.]+/g) || [];
            if (!row.values.every((value, i) => Math.abs(numbers[i] - value) < 0.0056)) // both were rounded
                fault(`${row.variant}, ${row.measure}: the front says ${shown}, compare ${row.values}`);
        }
        console.log(`${rows.length} figures`);
        if (rows.length < 8 || await browser.evaluate('document.querySelectorAll(".cards li").length') < 4) fault('the front has hardly anything');
    },

    // A run without totals: the front says so, and leads to what there is.
    async lacks() {
        const [text, cards, leads] = await browser.evaluate(`[document.querySelector('main').innerText, document.querySelectorAll('.cards li').length,
            [...document.querySelectorAll('main a')].map(a => a.getAttribute('href'))]`);
        if (!/^There is no front: the run of .* has no figures of all workloads together; it is of a watched program\./m.test(text)) fault(`it does not say that there is no front: ${text}`);
        if (cards || !leads.includes('#/run/0')) fault('it does not lead to the run');
    },

    // A run is named by what it is; the path that was given is a tooltip. Two that measured otherwise are not compared.
    async runs() {
        const paths = JSON.parse(readFileSync(figures));
        for (const link of ['#/', '#/run/0', '#/run/1', '#/compare/r0/r1']) {
            await browser.go(link);
            const [text, tips] = await browser.evaluate('[document.body.innerText, [...document.querySelectorAll("[title]")].map(e => e.title)]');
            for (const path of paths) {
                if (text.includes(path)) fault(`${link} names a run by its path, ${path}`);
                if (!tips.includes(path)) fault(`${link} has no tooltip with ${path}`);
            }
            const is = link === '#/run/0' ? /^Baseline, (\d{4}-\d\d-\d\d \d\d:\d\d, )?commit [0-9a-f]{8}, default$/m : /\d{4}-\d\d-\d\d \d\d:\d\d, commit [0-9a-f]{4,8}[^ ]*, quick/;
            if (!is.test(text)) fault(`${link} does not name the run by date, commit and profile`);
        }
        if (!/did not measure the same: they have scale [0-9.]+ and [0-9.]+/.test(await browser.evaluate('document.body.innerText')))
            fault('two runs of another scale are compared without a word');
    },

    // Nothing but tables is wider than a telephone.
    async narrow() {
        await browser.send('Emulation.setDeviceMetricsOverride', {width: 400, height: 800, deviceScaleFactor: 1, mobile: false});
        for (const link of ['#/', (await links()).find(l => l.startsWith('#/series/')), '#/nights', '#/run/0', '#/run/1', '#/compare/r0/r1', '#/compare/n1/n2']) {
            await browser.go(link);
            const [is, small] = await browser.evaluate(`[document.documentElement.scrollWidth, [...document.querySelectorAll('svg text')]
                .filter(e => e.getBoundingClientRect().height > 0 && e.getBoundingClientRect().height < 10 && !e.getAttribute('transform')).length]`);
            if (is > 400) fault(`${link} is ${is} pixels wide`);
            if (small) fault(`${link} has letters that nobody can read`);
        }
    },

    async requests() {
        for (const link of ['#/', '#/nights', (await links()).find(l => l.startsWith('#/series/')), '#/run/0']) await browser.go(link);
        const others = browser.requests.filter(url => url !== page && !url.startsWith('data:'));
        others.forEach(url => fault(`the page asks for ${url}`));
        if (!browser.requests.includes(page)) fault('not even the page was asked for');
    },

    // What can be reached by a key has a name, and each chart a table.
    async names() {
        for (const link of ['#/', (await links()).find(l => l.startsWith('#/series/')), '#/run/1', '#/compare/n1/n2']) {
            await browser.go(link);
            const nameless = await browser.evaluate(`[...document.querySelectorAll('a[href], button, select, summary, [tabindex="0"]')]
                .filter(e => !(e.textContent.trim() || e.getAttribute('aria-label'))
                    || (e.tagName === 'SELECT' && !e.closest('label')) || (e.className === 'chart' && !e.getAttribute('aria-label')))
                .map(e => e.outerHTML.slice(0, 80))`);
            nameless.forEach(html => fault(`${link} has something without a name: ${html}`));
            const [charts, tables] = await browser.evaluate(`[document.querySelectorAll('.chart, svg[role=img]').length,
                [...document.querySelectorAll('details')].filter(d => d.textContent.endsWith('as a table')).length]`);
            if (charts > tables) fault(`${link}: ${charts} charts, ${tables} tables`);
            if (link.startsWith('#/series') && charts !== 1) fault(`${link} has no chart`);
        }
    },

    // By keys alone: to the chart, along it, and two nights picked are compared. Then by clicks.
    async keys() {
        const key = async name => {
            for (const type of ['keyDown', 'keyUp']) await browser.send('Input.dispatchKeyEvent', {type, key: name, code: name,
                ...(name === 'Tab' ? {windowsVirtualKeyCode: 9} : {})});
        };
        const series = (await links()).find(l => l.startsWith('#/series/'));
        const readout = () => browser.evaluate('document.querySelector(".readout").textContent');
        await browser.go(series);
        for (let i = 0; i < 60 && !await browser.evaluate('document.activeElement.className === "chart"'); i++) await key('Tab');
        if (!await browser.evaluate('document.activeElement.className === "chart"')) return fault('Tab does not reach the chart');
        await key('ArrowRight');
        await key('ArrowRight');
        const told = await readout();
        if (!/^Night 2, .* commit /.test(told)) fault(`the arrows do not move along the nights: ${told}`);
        const values = await browser.evaluate('[...document.querySelectorAll(".key .value")].map(v => v.textContent)');
        if (!values.length || !values.every(v => Number(v) > 0)) fault(`no values are told: ${values}`);
        await key('Enter');
        await key('ArrowRight');
        await key('Enter');
        await browser.evaluate('new Promise(done => setTimeout(done, 100))');
        if (await browser.evaluate('location.hash') !== '#/compare/n2/n3') fault(`two nights picked by keys lead to ${await browser.evaluate('location.hash')}`);

        await browser.go(series);
        const place = await browser.evaluate('(r => [r.left, r.top, r.width, r.height])(document.querySelector(".u-over").getBoundingClientRect())');
        for (const share of [0.25, 0.75])
            for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased'])
                await browser.send('Input.dispatchMouseEvent', {type, x: place[0] + share * place[2], y: place[1] + place[3] / 2,
                    button: type === 'mouseMoved' ? 'none' : 'left', clickCount: 1});
        await browser.evaluate('new Promise(done => setTimeout(done, 100))');
        const [, from, to] = /^#\/compare\/n(\d+)\/n(\d+)$/.exec(await browser.evaluate('location.hash')) || [];
        if (!(Number(to) > Number(from))) fault(`two nights clicked lead to ${await browser.evaluate('location.hash')}`);

        const ground = async scheme => {
            await browser.send('Emulation.setEmulatedMedia', {features: [{name: 'prefers-color-scheme', value: scheme}]});
            return browser.evaluate('getComputedStyle(document.body).backgroundColor');
        };
        if (await ground('light') === await ground('dark')) fault('dark and light are the same');
    },

    // The best of three, since other programs run beside it.
    async time() {
        const times = [];
        for (let i = 0; i < 3; i++) {
            await browser.load(page);
            times.push(Number(await browser.evaluate('document.documentElement.dataset.ready')));
        }
        console.log(`ready after ${times.join(', ')} ms`);
        if (!(Math.min(...times) < 1000)) fault('the page takes more than a second');
    },
};

try {
    await browser.load(page);
    await checks[check]();
    browser.errors.forEach(text => fault(`an error: ${text}`));
} finally {
    await browser.close();
}
faults.slice(0, 20).forEach(text => console.log(text));
process.exitCode = faults.length ? 1 : 0;
