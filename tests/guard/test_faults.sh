#!/bin/sh
# Each thing that goes wrong has its name, and none is a verdict; what was measured before is kept.
# shellcheck source=lib.sh disable=SC2016 # the commands of the file expand what is in them
. "$HERE/../guard/lib.sh"

# scenario MEMBERS: a file with that one.
scenario() {
    printf '{"scenarios": [{"name": "app", %s}], "bounds": {"app": {"peak": "1 GiB"}}}\n' "$1" >tidemark.json
}

# the control: one that nothing is wrong with
scenario '"command": "echo up; exec sleep 60", "ready": "up", "idle_s": [0], "timeout_s": 20'
guard 0 run

scenario '"command": "exec sleep 60", "ready": "up", "timeout_s": 0.5'
guard 3 run
headline '^FAILED: app, here, round 1: silent: it printed nothing in 0.5 s'
scenario '"command": "echo starting; exec sleep 60", "ready": "up", "timeout_s": 0.5'
guard 3 run
headline '^FAILED: app, here, round 1: hung: .* no line matched; its last line is "starting"$'
scenario '"command": "echo no memory left >&2; kill -SEGV $$", "ready": "up"'
guard 3 run
headline '^FAILED: app, here, round 1: ended: it was ended by signal 11 .* before the end of its work was seen: no memory left'
scenario '"command": "kill -SEGV $$"'
guard 3 run
headline '^FAILED: app, here, round 1: crashed: it was ended by signal 11'
scenario '"command": "exit 7"'
guard 3 run
headline '^FAILED: app, here, round 1: failed: it exited with 7'
scenario '"command": "echo up; sleep 0.3; exit 1", "ready": "up", "idle_s": [0, 5]'
guard 3 run
headline '^FAILED: app, here, round 1: ended: it exited with 1 before its idle period was over'
scenario '"command": "exec sleep 60", "drive": "exit 4"'
guard 3 run
headline '^FAILED: app, here, round 1: drive: the drive command exited with 4'
# a port in use: where the program ends, and where it takes another one
scenario '"command": "echo Error: listen EADDRINUSE: address already in use 127.0.0.1:5173; exit 1", "ready": "up"'
guard 3 run
headline '^FAILED: app, here, round 1: port-in-use: a port that it wants is in use: "Error: listen EADDRINUSE'
scenario '"command": "echo Port 5173 is in use, trying another one...; echo up; exec sleep 60", "ready": "up", "drive": "touch drove"'
guard 3 run
headline '^FAILED: app, here, round 1: port-in-use'
[ ! -e drove ] || fail "another program's port was driven"
# all that a failed set-up said is shown: the cause may be far above its last words
scenario '"command": "sleep 1", "setup": "echo the cause; seq 400; echo no such package >&2; exit 5"'
guard 3 run --with-setup
headline '^FAILED: setup of what is here: "echo the cause; .*" exited with 5: .* no such package$'
grep -q '^the cause$' out || fail "the output of the set-up is not shown"
scenario '"command": "sleep 1", "setup": "echo the cause"'
guard 0 run --with-setup
! grep -q '^the cause$' out || fail "the output of a set-up that went well is shown"

# the first rounds go well, a later one does not: no verdict of the good ones
scenario '"command": "echo >>count; test $(wc -l <count) -lt 3 || exit 1; echo up; exec sleep 60", "ready": "up", "idle_s": [0]'
guard 3 run
headline '^FAILED: app, here, round 3: ended'

# interrupted: the rounds that were over are kept, and can be compared
scenario '"command": "echo up; exec sleep 67", "ready": "up", "idle_s": [0.3]'
rm out
"$tidemark" guard run >verdict 2>out &
pid=$!
for _ in $(seq 200); do
    ! grep -q "round 3" out 2>/dev/null || break
    sleep 0.1
done
kill -INT $pid
code=0
wait $pid || code=$?
[ $code -eq 3 ] || fail "exit code $code after an interruption"
headline '^INTERRUPTED; of 2 finished rounds: WITHIN BOUNDS'
! pgrep -fx 'sleep 67' >/dev/null || fail "a process outlived the guard"
expect 0 "$tidemark" report .tidemark/latest-guard
grep -qE '^  app +2 ' out || fail "the two rounds are not kept"

# two commits: which one it is, and the trees are gone
git init -q .
mkdir trees
scenario '"command": "cat crash 2>/dev/null && kill -SEGV $$; echo up; exec sleep 60", "ready": "up", "idle_s": [0]'
commit good
echo oh >crash
commit bad
guard 3 compare --trees trees good bad
headline '^FAILED: app, head, round 1: ended: it was ended by signal 11'
guard 3 compare --trees trees bad good
headline '^FAILED: app, base, round 1: ended: it was ended by signal 11'
[ -z "$(ls trees)" ] || fail "work trees stay behind"
# interrupted, while it is set up and while it is measured
scenario '"command": "echo up; exec sleep 67", "ready": "up", "idle_s": [60]'
commit idle
scenario '"command": "true", "setup": "sleep 67"'
commit slow
for try in "slow:setting up" "idle:round 1"; do
    rm out
    "$tidemark" guard compare --trees trees good "${try%:*}" >verdict 2>out &
    pid=$!
    for _ in $(seq 200); do
        ! grep -q "${try#*:}" out 2>/dev/null || break
        sleep 0.1
    done
    sleep 0.3
    kill -INT $pid
    code=0
    wait $pid || code=$?
    [ $code -eq 3 ] || fail "exit code $code after an interruption"
    headline '^INTERRUPTED'
    [ -z "$(ls trees)" ] || fail "work trees stay behind an interruption"
    ! pgrep -fx 'sleep 67' >/dev/null || fail "a process outlived the guard"
done
guard 2 compare --trees /dev/null/none good bad
says "cannot make a folder in"
