#!/bin/sh
# Scenarios with "overlap" sit idle while the next one works; the others do not. A driver then has to ask for
# its program's port.
# shellcheck source=lib.sh
. "$HERE/../guard/lib.sh"

# scenarios FIRST SECOND: two of them, with these members added.
scenarios() {
    cat <<JSON
{"scenarios": [{"name": "one", "command": "./serve", "ready": "ready", "idle_s": [0, 6]$1},
               {"name": "two", "command": "./serve", "ready": "ready", "idle_s": [0, 6]$2}]}
JSON
}
# most: the most programs at once in the newest run; 1 where no record says it.
most() {
    sed -n 's/.*"overlap":{"programs":\([0-9]*\).*/\1/p' .tidemark/latest-guard/cells.jsonl | sort -n | tail -n 1 | grep . || echo 1
}
scenarios ', "overlap": true' ', "overlap": true' | repository
echo 20 >amount
guard 3 run --budget-minutes=0.01
headline '^NOT DECIDED'
[ "$(most)" -eq 2 ] || fail "$(most) ran at once"
grep -q "Idle periods overlapped: up to 2 programs at once" .tidemark/latest-guard/report.md || fail "the report does not say it"
# the controls: one that does not say so, or none
scenarios ', "overlap": true' '' >tidemark.json
guard 3 run --budget-minutes=0.01
[ "$(most)" -eq 1 ] || fail "$(most) ran at once"
scenarios '' ', "overlap": false' >tidemark.json
guard 3 run --budget-minutes=0.01
[ "$(most)" -eq 1 ] || fail "$(most) ran at once"

# Two commits: base and head of one scenario.
scenarios ', "overlap": true' '' >tidemark.json
commit first
guard 3 compare --budget-minutes=0.01 first HEAD
[ "$(most)" -eq 2 ] || fail "$(most) of base and head ran at once"

# What fails beside another ends the run, and nothing stays behind.
scenarios ', "overlap": true' ', "overlap": true, "timeout_s": 5' | sed 's|\./serve", "ready": "ready", "idle_s": \[0, 6\], "overlap": true, "t|exec sleep 64", "ready": "ready", "idle_s": [0, 6], "overlap": true, "t|' >tidemark.json
guard 3 run
headline '^FAILED: two, here, round 1: silent'
! pgrep -fx 'sleep 64' >/dev/null || fail "a process stays behind"

# bad input
scenarios ', "overlap": 1' '' >tidemark.json
guard 2 run
says '"overlap" takes true or false'
scenarios ', "overlap": true, "drive": "curl localhost:5173"' '' >tidemark.json
guard 2 run
# shellcheck disable=SC2016 # as it is printed
says 'with "overlap" a "drive" has to use $TIDEMARK_PORT'
# shellcheck disable=SC2016 # the drive expands it
scenarios ', "overlap": true, "drive": "test $TIDEMARK_PORT -gt 0"' '' >tidemark.json
guard 3 run --budget-minutes=0.01
headline '^NOT DECIDED'
