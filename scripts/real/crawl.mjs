// Fetches an application from its dev server like a browser that visits every page: the HTML, its
// module scripts, and all that they import, statically or not; or, one after the other, only what PATHs name.
//     node crawl.mjs ADDRESS [PATH...]
const start = new URL(process.argv[2]).href;
const AT_ONCE = 16;
const patterns = [/\bfrom\s*["']([^"']+)["']/g, /\bimport\s*["']([^"']+)["']/g, /\bimport\(\s*["']([^"']+)["']/g,
    /<script[^>]*\bsrc=["']([^"']+)["']/g];
const paths = process.argv.slice(3);
const seen = new Set([start]), queue = paths.length > 0 ? [] : [start];
let running = 0, fetched = 0, bytes = 0, failed = 0;

async function visit(url, follow = patterns) {
    const response = await fetch(url, { headers: { accept: '*/*' } });
    const text = await response.text();
    fetched++;
    bytes += text.length;
    if (!response.ok) {
        failed++;
        return;
    }
    for (const pattern of follow)
        for (const [, found] of text.matchAll(pattern)) {
            if (!/^[./]/.test(found)) continue; // a word in a string, not a path
            const next = new URL(found, url);
            if (next.origin !== new URL(start).origin || seen.has(next.href)) continue;
            seen.add(next.href);
            queue.push(next.href);
        }
}

for (const path of paths) await visit(new URL(path, start), []);
await new Promise((resolve) => {
    const pump = () => {
        if (queue.length === 0 && running === 0) resolve();
        while (queue.length > 0 && running < AT_ONCE) {
            running++;
            visit(queue.shift()).catch(() => failed++).finally(() => {
                running--;
                pump();
            });
        }
    };
    pump();
});
console.log(`crawled ${fetched} modules, ${bytes} bytes, ${failed} failed`);
process.exit(fetched > 1 && failed * 20 < fetched ? 0 : 1);
