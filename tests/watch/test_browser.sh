#!/bin/sh
# The browser of make bench-real: it imports the whole page and says so if it can't, is counted as nobody's
# memory, and talks to the loopback alone. Each check has a control. It runs where the browser and what drives
# it are installed already (by `make bench-real ONLY=vite`).
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

real=$HERE/../../scripts/real
build=$(dirname "$BIN")
chromium=$(command -v chromium) || skip "chromium is not there"
command -v node >/dev/null || skip "node is not installed"
export TIDEMARK_BUILD="$build" TMPDIR="$scratch" # where the browser's profile is, too

# what is pinned is what is checked, and nothing of it runs while it is installed
node -e 'const lock = require(process.argv[1]).packages, bad = Object.keys(lock).filter((name) => name && !lock[name].integrity);
         process.exit(bad.length === 0 && Object.keys(lock).length > 1 ? 0 : 1)' "$real/browser/package-lock.json" ||
    fail "the lock file has a package without its hash"
expect 2 env VISIT=curl "$real/real.sh" vite
says 'VISIT takes browser or crawl, not "curl"'
expect 2 env STAY=long "$real/real.sh" vite
says 'STAY takes whole seconds, not "long"'

cmp -s "$real/browser/package-lock.json" "$build/real/browser/installed.json" ||
    skip "what drives the browser is not installed; \`make bench-real ONLY=vite\` does that"
cp "$real/browse.mjs" .
ln -s "$build/real/browser/node_modules" node_modules

# A server of three pages, of which one is broken and one asks for something that is elsewhere.
cat >server.mjs <<'JS'
import http from 'node:http';
const pages = {
    '/': `import('/one.js').then(() => import('/two.js')).then(() => { document.documentElement.dataset.imported = 2; });`,
    '/broken': `import('/one.js').then(() => import('/missing.js')).then(() => { document.documentElement.dataset.imported = 2; });`,
    '/first': 'document.documentElement.dataset.imported = 4;', '/second': 'document.documentElement.dataset.imported = 1;',
    '/elsewhere': `const image = new Image(); image.onerror = () => { document.documentElement.dataset.imported = 1; };
        image.src = 'http://elsewhere.invalid/picture.png';`,
};
http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://here');
    const script = pages[pathname];
    response.writeHead(script || /one|two/.test(pathname) ? 200 : 404, { 'content-type': script ? 'text/html' : 'text/javascript' });
    response.end(script ? `<!doctype html><script>${script}</script>` : 'export const one = 1;');
}).listen(Number(process.env.TIDEMARK_PORT), '127.0.0.1', () => console.log('LISTENING'));
JS
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
TIDEMARK_PORT=$port node server.mjs >listening &
server=$!
cleanup() { kill $server 2>/dev/null || true; rm -rf "$scratch"; }
for _ in $(seq 100); do
    ! grep -q LISTENING listening || break
    sleep 0.1
done

address=http://127.0.0.1:$port
expect 0 node browse.mjs "$address/" 0 "$chromium"
says "visited 2 pages"
expect 0 node browse.mjs "$address/" 0 "$chromium" second first
says "visited 5 pages"
expect 1 env IMPORT_S=5 node browse.mjs "$address/" 0 "$chromium" first broken
says "the page did not import the whole application"
expect 1 env IMPORT_S=5 node browse.mjs "$address/broken" 0 "$chromium"
says "the page did not import the whole application"
expect 1 node browse.mjs "$address/elsewhere" 0 "$chromium"
says "the page asked for something that is not on 127.0.0.1: http://elsewhere.invalid/picture.png"
expect 2 node browse.mjs http://192.0.2.1/ 0 "$chromium"
says "is not on 127.0.0.1"

# What it connects to and sends. (Of IPv6 it only asks the kernel for a route, by connect() on a UDP socket: that
# sends nothing.)
is_local() { # FILE
    awk '/connect\([0-9]+<TCP/ { seen++; if (!/inet_addr\("127\.|"::1"/) bad = 1 }
        /send(to|msg|mmsg)\([0-9]+<UDP/ && !/->127\.|->\[::1\]|inet_addr\("127\./ { bad = 1 }
        END { exit bad || !seen }' "$1"
}
if command -v strace >/dev/null && strace -o trace true 2>/dev/null; then
    expect 1 strace -f -qq -yy -e trace=connect,sendto,sendmsg,sendmmsg -o trace node browse.mjs "$address/elsewhere" 2 "$chromium"
    is_local trace || fail "it talked to another machine: $(grep -E 'TCP|UDP' trace | head -n 20)"
    for line in '1 connect(9<TCP:[5]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}, 16) = 0' \
        '1 sendto(9<UDP:[10.0.0.1:5->192.0.2.1:53]>, "x", 1, 0, NULL, 0) = 1' \
        '1 sendmsg(9<UDP:[5]>, {msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}}, 0) = 1'; do
        (cat trace && echo "$line") >planted
        ! is_local planted || fail "this would not be seen: $line"
    done
    ! is_local /dev/null || fail "a browser that connects to nothing would not be seen"
fi

# It is nobody's memory: only the server's process has a row. The control: a server that starts it itself.
rows() {
    sed 's/.*"processes":\[//' results/latest-watch/cells.jsonl | grep -o '"name":"[^"]*"' | sort | uniq -c | tr -s ' \n' ' '
}
# shellcheck disable=SC2016 # the watched shell expands it
visit="exec node browse.mjs http://127.0.0.1:\$TIDEMARK_PORT/ 1 $chromium"
expect 0 "$tidemark" watch --no-plots --ready LISTENING --drive "$visit" --idle 0.5 -- node server.mjs
says "visited 2 pages"
[ "$(rows)" = ' 1 "name":"node" ' ] || fail "the browser is counted: $(rows)"
! pgrep -f "user-data-dir=$scratch" >/dev/null || fail "the browser outlived its visit"
expect 0 "$tidemark" watch --no-plots --until 'visited 2' --idle 0.5 -- \
    sh -c "node server.mjs & sleep 1; node browse.mjs http://127.0.0.1:\$TIDEMARK_PORT/ 1 $chromium; sleep 60"
rows | grep -q chrom || fail "the program's own browser would not be counted: $(rows)"

# A dev server of vite, where its packages are installed, too.
cmp -s "$real/package-lock.json" "$build/real/installed.json" ||
    skip "all but the dev servers, whose packages are not installed; \`make bench-real ONLY=vite\` does that"
expect 0 env SIZE=40 IDLE=0.5 STAY=1 SERVERS="vite7 vite8-v3+ebb" OUTPUT="$PWD/results" "$real/real.sh" vite
says "visited 2 pages"
grep -q '^  vite 7' out || fail "vite 7 has no row"
grep -q '^  rolldown 1.0.1 on ebb ' out || fail "the transplanted one has no row"

# Next.js, where its packages are installed, too: as shipped, on ebb, and with a setting.
cmp -s "$real/next/package-lock.json" "$build/real/next/installed.json" ||
    skip "Next.js, whose packages are not installed; \`make bench-real ONLY=next\` does that"
expect 0 env SIZE=60 ROUTES=2 IDLE=0.5 STAY=1 SERVERS="shipped ebb EVICTION=full" OUTPUT="$PWD/results" "$real/real.sh" next
says "visited 3 pages"
for row in "as shipped" "on ebb" "turbopackMemoryEviction full"; do
    grep -q "^  $row  *1 " out || fail "$row has no row"
done
grep -q 'libebb.* allocator: arenas' out || fail "Turbopack's memory is not ebb's"
