#!/bin/sh
# Overlapping idle periods that end early, and ports: what was over is kept, nobody is left behind, and each
# driver visits its own program.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

run=results/latest-watch
watch() { # CODE OPTION...
    code=$1
    shift
    expect "$code" "$tidemark" watch --no-plots --hide-output "$@"
}
# programs_at_once: the most that ran at once, as the records have it; 1 where there is no such figure.
programs_at_once() {
    sed -n 's/.*"overlap":{"programs":\([0-9]*\).*/\1/p' $run/cells.jsonl | sort -n | tail -n 1 | grep . || echo 1
}

# Interrupted: the round that was over is kept, the others say so, and nothing stays behind.
"$tidemark" watch --no-plots --hide-output --until READY --idle 1,5 --rounds 9 -- \
    sh -c 'echo READY; exec sleep 62' >out 2>&1 &
pid=$!
tries=0
until cat $run/cells.jsonl 2>/dev/null | grep -q '"status":"ok"' && [ "$(pgrep -cfx 'sleep 62')" -ge 2 ]; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || fail "no round was over, or nothing overlapped"
    sleep 0.1
done
kill -INT $pid
code=0
wait $pid || code=$?
[ $code -eq 3 ] || fail "exit code $code after an interruption"
grep -q '"status":"ok"' $run/cells.jsonl || fail "the round that was over is lost"
grep -q '"fault":"interrupted"' $run/cells.jsonl || fail "what was interrupted does not say so"
says "interrupted; what was measured until then is kept"
! pgrep -fx 'sleep 62' >/dev/null || fail "a process outlived the watcher"

# Killed: the watchers end what they have started. A watcher that is killed is no silence.
for victim in pool watcher; do
    "$tidemark" watch --no-plots --hide-output --until READY --idle 30 --rounds 2 -- \
        sh -c 'echo READY; exec sleep 63' >out 2>&1 &
    pid=$!
    tries=0
    until [ "$(pgrep -cfx 'sleep 63')" -ge 2 ]; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || fail "nothing overlapped"
        sleep 0.1
    done
    if [ $victim = pool ]; then
        kill -KILL $pid
    else
        kill -KILL "$(tr ' ' '\n' <"/proc/$pid/task/$pid/children" | head -n 1)"
    fi
    code=0
    wait $pid || code=$?
    sleep 1
    ! pgrep -fx 'sleep 63' >/dev/null || fail "$victim killed: a process stays behind"
done
[ $code -eq 3 ] || fail "exit code $code without a watcher"
says "the watcher of round 1 of sh, as is was ended by signal 9"

# A port for each.
command -v node >/dev/null || skip "the rest takes node"
cat >server.mjs <<'JS'
import http from 'node:http';
http.createServer((request, response) => response.end(process.argv[3])).listen(Number(process.argv[2]), '127.0.0.1', () => console.log('LISTENING'));
JS
cat >visit.mjs <<'JS'
const response = await fetch(`http://127.0.0.1:${process.argv[2]}/`);
(await import('node:fs')).appendFileSync('visits', `${await response.text()}\n`);
JS
# shellcheck disable=SC2016 # the watched shell expands it
watch 0 --ready LISTENING --drive 'node visit.mjs $TIDEMARK_PORT' --idle 8 --rounds 2 \
    --command x='exec node server.mjs $TIDEMARK_PORT x' --command y='exec node server.mjs $TIDEMARK_PORT y'
[ "$(programs_at_once)" -ge 2 ] || fail "nothing overlapped"
[ "$(sort visits | tr '\n' ' ')" = "x x y y " ] || fail "a server was not visited by its own driver: $(cat visits)"
# On a fixed port they go one after another by themselves, and are told how not to; where that is not heeded
# the message says what to do.
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
watch 0 --ready LISTENING --drive "node visit.mjs $port" --idle 5 --rounds 2 -- node server.mjs "$port" z
says "idle periods do not overlap, as --drive may go to a fixed port"
[ "$(programs_at_once)" -eq 1 ] || fail "it overlapped"
watch 3 --ready LISTENING --drive "node visit.mjs $port" --idle 8 --rounds 2 --idle-limit 4 -- node server.mjs "$port" z
says "port-in-use: "
# shellcheck disable=SC2016 # as it is printed
says '$TIDEMARK_PORT is a free one for each round'
says "other rounds were idle meanwhile; if they share a port"
