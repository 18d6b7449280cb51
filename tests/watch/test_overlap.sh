#!/bin/sh
# Idle periods overlap, and work never does: by a log that the programs write themselves, with controls that
# must fail. Whose process is whose stays exact; every instant is looked at when it is due; what is not idle,
# or has no room, is waited for.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

run=results/latest-watch
watch() { # CODE OPTION...
    code=$1
    shift
    rm -f log
    expect "$code" "$tidemark" watch --no-plots --hide-output "$@"
}
# programs_at_once: the most that ran at once, as the records have it; 1 where there is no such figure.
programs_at_once() {
    sed -n 's/.*"overlap":{"programs":\([0-9]*\).*/\1/p' $run/cells.jsonl | sort -n | tail -n 1 | grep . || echo 1
}
at_once() { # NUMBER
    [ "$(programs_at_once)" -eq "$1" ] || fail "$(programs_at_once) programs ran at once instead of $1"
}
# alternates COUNT: the log has so many stretches of work, and none begins before the last one has ended.
alternates() {
    awk -v count="$1" '$1 != (NR % 2 ? "begin" : "end") { exit bad = 1 } END { exit bad || NR != 2 * count }' log
}

# Work of a second each, then idle: three programs, two rounds.
# shellcheck disable=SC2089 # the watched shell takes the quotes away
work="echo begin >>log; sleep 1; echo end >>log; echo READY; exec"
watch 0 --until READY --idle 1,10 --rounds 2 --idle-limit 3 --command a="$work $BIN/planted anonymous=20" \
    --command b="$work $BIN/planted anonymous=30" --command c="$work $BIN/planted anonymous=40"
alternates 6 || fail "work overlapped: $(tr '\n' ' ' <log)"
says "Idle periods overlapped: up to 3 programs at once"
at_once 3
says "Every idle instant was looked at when it was due"
[ "$(grep -o '"late_ms"' $run/cells.jsonl | wc -l)" -eq 12 ] || fail "not every instant says how late it was"
# what each holds is what it holds alone
for row in 'a .* 20\.[0-9]' 'b .* 30\.[0-9]' 'c .* 40\.[0-9]'; do
    grep -qE "^  $row" out || fail "the figures are others than alone"
done
# what else the machine did is told from a fifth of a processor on
grep -q '"others_work":[0-9]' $run/cells.jsonl || fail "no round says what else the machine did"
for others in 0.19 0.21; do
    sed -i "s/\"others_work\":[0-9.e-]*/\"others_work\":$others/; s/\"others_idle\":[0-9.e-]*/\"others_idle\":0.1/" $run/cells.jsonl
    expect 0 "$tidemark" report $run
    says_not "processors while the program was idle"
    case $others in
    0.19) says_not BUSY ;;
    0.21) says "BUSY: in 6 of 6 rounds something else took up to 0.2 of" ;;
    esac
done
# the controls
printf 'begin\nbegin\nend\nend\n' >log
! alternates 2 || fail "overlapping work would not be seen"
printf 'begin\nend\n' >log
! alternates 2 || fail "missing work would not be seen"
rm log
watch 0 --until READY --idle 5 --rounds 2 --idle-limit 1 -- sh -c "$work sleep 60"
alternates 2 || fail "work overlapped"
at_once 1
says_not "Idle periods overlapped"

# Two trees at once, with orphans: each process has its row in its own tree, and in no other.
watch 0 --until ready --idle 6 --rounds 1 --command one="exec $BIN/planted tree $PWD/one 8" \
    --command two="exec $BIN/planted tree $PWD/two 8"
at_once 2
rows_of() { # VARIANT: the numbers of its processes
    grep "\"variant\":\"$1\"" $run/cells.jsonl | sed 's/.*"processes":\[//' | grep -o '"pid":[0-9]*' | cut -d : -f 2 | sort
}
is_whole() { # VARIANT: every process that signed its list has one row there
    [ "$(rows_of "$1" | uniq -d | wc -l)" -eq 0 ] && [ "$(sort -u "$2" | comm -23 - rows | wc -l)" -eq 0 ]
}
if grep -q '"exits":true' $run/cells.jsonl; then
    for name in one two; do
        rows_of $name >rows
        is_whole $name $name || fail "a process of $name has no row, or two"
        [ "$(wc -l <rows)" -eq "$(sort -u $name | wc -l)" ] || fail "$name has rows of strangers"
    done
    ! is_whole two one || fail "the other's processes would be taken for its own"
fi

# One that is busy after its work is not overlapped, nor one of which a checkpoint is still to come. The
# control: without that checkpoint the second begins too early.
watch 0 --until READY --idle 6 --rounds 2 -- sh -c 'echo READY; while :; do :; done'
at_once 1
later="echo begin >>log; echo READY; sleep 7; echo end >>log; echo LATER; exec sleep 60"
watch 0 --until READY --checkpoint 'later=^LATER' --idle 14 --rounds 2 -- sh -c "$later"
alternates 2 || fail "it overlapped before its last checkpoint"
at_once 2
watch 0 --until READY --idle 14 --rounds 2 -- sh -c "$later"
! alternates 2 || fail "a checkpoint makes no difference"
# Without memory for another one it waits.
watch 0 --until READY --idle 6 --rounds 2 --reserve 100000000 -- sh -c "$work sleep 60"
at_once 1
alternates 2 || fail "work overlapped"

# A watcher that is held up looks too late, and says so.
"$tidemark" watch --no-plots --hide-output --until READY --idle 5,8 --rounds 2 -- \
    sh -c 'echo READY; exec sleep 60' >out 2>&1 &
pid=$!
sleep 4
held=$(tr ' ' '\n' <"/proc/$pid/task/$pid/children" | head -n 1)
kill -STOP "$held"
sleep 3
kill -CONT "$held"
wait $pid || fail "exit code $?"
says "LATE: 1 of 4 idle instants were looked at more than 1000 ms late"
says "idle@5s"
