#!/bin/sh
# What ends the work and sets checkpoints: output, time, quiescence, a driver, the end; and what
# is said where none of them comes.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

# has_checkpoints NAME...: exactly these, in this order.
has_checkpoints() {
    found=$(awk -F'"' '/^     "name":/ { name = $4 } /^     "ms":/ { printf "%s ", name }' \
        results/latest-watch/results.json)
    [ "$found" = "${*:+$* }" ] || fail "checkpoints: $found"
}

watch() {
    code=$1
    shift
    expect "$code" "$tidemark" watch --no-plots "$@"
}

watch 0 --until '^DONE [0-9]+' --checkpoint 'one=^one' --at soon=0.2 --idle 0,0.3,0.6 -- \
    sh -c 'echo one; sleep 1; echo DONE or not; echo DONE 5; sleep 60'
has_checkpoints one soon end idle@0.3s idle@0.6s
says "ended by watch"
grep -q "^one" out || fail "the output was not passed on"
says_not "not reached"
says_not "NOT REACHED"
counted=$(sed -n 's/.*"samples":\([0-9]*\),.*/\1/p' results/latest-watch/cells.jsonl | head -n 1)
listed=$(sed 's/.*"samples":\[\[//; s/\]\].*//; s/\],\[/\n/g' results/latest-watch/cells.jsonl | grep -c '^[0-9.]*,[0-9]*,')
[ "$counted" -eq "$listed" ] || fail "$counted samples are counted, and $listed are listed"

# A report shows the plots that are there, and no others: a program that was not started has none.
linked() { # COUNT: so many plots
    grep -o 'plots/[^)]*' $report >links || true
    [ "$(wc -l <links)" -eq "$1" ] || fail "$(wc -l <links) plots are linked instead of $1"
    while read -r link; do
        [ -s "results/latest-watch/$link" ] || fail "$link is not there"
    done <links
}
report=results/latest-watch/report.md
linked 0
watch 3 --until up --rounds 1 --command some='echo up; sleep 60' -- /nonexistent/program
linked 0
expect 0 "$tidemark" plot results/latest-watch
expect 3 "$tidemark" report results/latest-watch
linked 2

# A checkpoint that never comes is told, and costs only its own figure.
watch 0 --rounds 2 --until DONE --checkpoint typo=twO --at late=100 --at soon=0 -- sh -c 'echo two; echo DONE; sleep 60'
for name in typo late; do
    [ "$(grep -c "the checkpoint \"$name\" was not reached" out)" -eq 2 ] || fail "nobody told that $name was not reached"
    says "NOT REACHED: the checkpoint \"$name\", in 2 of 2 rounds"
done
says_not '"soon"'

# The tables leave out none of many.
set --
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    set -- "$@" --checkpoint "page$i=^page $i\$"
done
# shellcheck disable=SC2016 # the watched shell expands it
watch 0 "$@" --until '^DONE' --idle 0,0.1,0.2 -- \
    sh -c 'for i in $(seq 16); do echo page $i; sleep 0.05; done; echo DONE; sleep 60'
pages=$(seq -f ' *page%.0f' -s ' ' 16)
for table in 'Memory of the process tree' 'Whose memory'; do
    sed -n "/$table/,/footprint, MiB/p" out | grep -Eq "$pages +end +idle@0.1s +idle@0.2s" ||
        fail "a checkpoint has no column in the table '$table'"
done

# busy for a second, then quiet; the work ends only then (on a busy machine it gets little of a core)
# shellcheck disable=SC2016 # the watched shell expands it
watch 0 --until-quiet=3,1 --idle 0.2 -- sh -c \
    'end=$(($(date +%s) + 2)); while [ "$(date +%s)" -lt $end ]; do :; done; sleep 60'
has_checkpoints end idle@0.2s
work=$(sed -n 's/.*"work_s": \([0-9]*\).*/\1/p' results/latest-watch/results.json)
[ "$work" -ge 2 ] || fail "quiet after $work s, in the middle of the work"

watch 0 --ready listening --drive 'sleep 0.4; echo driven >driven' --idle 0.2 -- \
    sh -c 'echo listening; sleep 60'
has_checkpoints end idle@0.2s
[ -f driven ] || fail "the driver did not run"
! grep -q '"name": "driven"' results/latest-watch/results.json || fail "the driver is counted"
rows=$(sed -n '/"processes": \[/,$p' results/latest-watch/results.json | grep -c '"name": "sleep"')
[ "$rows" -ge 1 ] || fail "the program's own sleep has no row"

watch 3 --drive 'exit 5' -- sleep 60
says "drive: the drive command exited with 5"
watch 3 --until never --timeout 0.5 -- sleep 60
says "silent: it printed nothing in 0.5 s (--timeout, timeout_s)"
watch 3 --until never --timeout 0.5 -- sh -c 'echo something else; sleep 60'
says 'hung: its work did not end within 0.5 s (--timeout, timeout_s): no line matched; its last line is "something else"'
watch 3 --drive 'sleep 60' --timeout 0.5 -- sleep 61
says "drive: the drive command did not end within 0.5 s (--timeout, timeout_s)"
watch 3 --until never -- sh -c 'echo "Error: listen EADDRINUSE: address already in use :::80" >&2; exit 1'
says 'port-in-use: a port that it wants is in use: "Error: listen EADDRINUSE: address already in use :::80"; end the process that listens there'
watch 3 --until never -- sh -c 'echo oh no >&2; exit 4'
says "ended: it exited with 4 before the end of its work was seen: oh no"
watch 3 --until up --idle 60 -- sh -c 'echo up; sleep 0.5; kill -9 $$'
says "was ended by signal 9 (Killed)"
says "before its idle period was over"
watch 3 -- sh -c 'exit 9'
says "failed: it exited with 9"
watch 0 -- sh -c 'echo a; echo b >&2'
watch 3 -- /nonexistent/program
says "not-started: cannot start /nonexistent/program: No such file or directory"

# --pid: what runs already, and goes on
sleep 60 &
pid=$!
watch 0 --pid $pid --idle 0.3
has_checkpoints end idle@0.3s
kill -0 $pid || fail "the watcher ended a process that it had not started"
kill $pid
watch 3 --pid $pid
says "cannot read process"

# The time that it used before is not of this round, so another busy process is seen.
sh -c 'for i in 1 2 3; do sh -c "ulimit -t 4; while :; do :; done" & done; wait; : >burnt; exec sleep 60' &
pid=$!
until [ -e burnt ]; do sleep 0.2; done
timeout 60 sh -c 'while :; do :; done' &
busy=$!
watch 0 --pid $pid --until-quiet=5,2 --idle 0.2
kill $pid $busy
says "BUSY: in 1 of 1 rounds something else took up to"

# An unreadable /proc never becomes a number.
mkdir empty
expect 3 env TIDEMARK_PROC="$scratch/empty" "$tidemark" watch --no-plots -- sleep 1
says "FAILED"

# Its last line ends the work, and it has ended before the watcher comes to read its memory (which
# sleeps until then): that is no checkpoint of 0 bytes.
"$tidemark" watch --until X --interval 60000 --no-plots -- sh -c 'echo up; until [ -e go ]; do
    sleep 0.05; done; echo X' >out 2>&1 &
pid=$!
for _ in $(seq 100); do
    ! grep -q '^up' out || break
    sleep 0.1
done
kill -STOP $pid
touch go
sleep 1
kill -CONT $pid
code=0
wait $pid || code=$?
[ $code -eq 3 ] || fail "exit code $code of a program without memory at its end"
says 'before its memory at "end" was read'
has_checkpoints

# A program that cleans up when it is asked to end may start others for that.
rm -f cleaned
watch 0 --until up -- sh -c 'trap "sleep 0.5 && echo yes >cleaned; exit" TERM; echo up; while :; do sleep 0.1; done'
[ -f cleaned ] || fail "what cleans up was ended, too"

# Interrupted: what was measured is kept, and nothing that was started stays behind.
"$tidemark" watch --until up --idle 0.1,60 --no-plots -- sh -c 'echo up; sleep 61; :' >out 2>&1 &
pid=$!
for _ in $(seq 100); do
    ! grep -q '^up' out || break
    sleep 0.1
done
sleep 1.5 # on a busy machine the sample of idle@0.1s may be late
kill -INT $pid
code=0
wait $pid || code=$?
[ $code -eq 3 ] || fail "exit code $code after an interruption"
says "interrupted: the watcher was interrupted"
has_checkpoints end idle@0.1s
! pgrep -fx 'sleep 61' >/dev/null || fail "a process outlived the watcher"
