#!/bin/sh
# watch loses nobody: a tree that forks, execs, orphans, leaves its session and crashes, against
# the list that its processes wrote themselves, and against the kernel's cgroup where there is one.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

# rows RUN: the processes that have a row, one number a line; none has two.
rows() {
    sed -n '/"processes": \[/,/^   \]/s/^     "pid": \([0-9]*\),*$/\1/p' "$1/results.json" | sort >numbers
    [ -z "$(uniq -d numbers)" ] || fail "more than one row: $(uniq -d numbers | tr '\n' ' ')"
    cat numbers
}

# all_have_rows FILE: every process that signed the file is in the newest run.
all_have_rows() {
    rows results/latest-watch >known
    sort -u "$1" >signed
    [ -z "$(comm -23 signed known)" ] || fail "lost: $(comm -23 signed known | tr '\n' ' ')"
}

# end_of LINE: how the process on that line of the list ended: "exit 0", "signal 6", or nothing.
end_of() {
    awk -F'[",: ]+' -v pid="$(sed -n "$1p" list)" '
        /^    {/ { text = ""; is_it = 0 }
        $2 == "pid" && $3 == pid { is_it = 1 }
        $2 == "exit" || $2 == "signal" { text = $2 " " $3 }
        /^    }/ && is_it { print text }' results/latest-watch/results.json
}

mib=24
processes=31 # 1 + 20 + 1 + 1 + 8

expect 0 "$tidemark" watch --until ready --idle 0.5 --no-plots -- "$BIN/planted" tree "$PWD/list" $mib
[ "$(wc -l <list)" -eq $processes ] || fail "the tree is not what this test expects"
if grep -q '"exits": true' results/latest-watch/results.json; then
    all_have_rows list
    says "signal 6"
    says "exit 3"
    # of those that a parent of their own waited for: by which thread they ended
    [ "$(end_of 24)" = "signal 6" ] || fail "crashed, and shown as $(end_of 24)"
    [ "$(end_of 28)" = "exit 4" ] || fail "exited with 4, and shown as $(end_of 28)"
    [ "$(end_of 29)" = "signal 6" ] || fail "crashed after its main thread, and shown as $(end_of 29)"
    [ "$(end_of 30)" = "signal 6" ] || fail "crashed in a thread, and shown as $(end_of 30)"
    [ "$(end_of 31)" = "exit 7" ] || fail "exited in a thread with 7, and shown as $(end_of 31)"
    # the forked children of the root, the orphan's, and /bin/true under its own name
    [ "$(rows results/latest-watch | wc -l)" -eq $processes ] || fail "there are rows of strangers"
    grep -q '"name": "true"' results/latest-watch/results.json || fail "exec gave no new name"
    # the control: one that was never there
    echo 999999999 >>list
    (all_have_rows list) >control 2>&1 && fail "a lost process would not be noticed"
else
    says "could not use the kernel's accounting of exits"
fi
# both that hold memory were there at the end: the sum and the number
footprint=$(sed -n '/"name": "end"/,/"footprint"/s/.*"footprint": \([0-9]*\).*/\1/p' \
    results/latest-watch/results.json | head -n 1)
[ "$footprint" -gt $((2 * mib * 1048576)) ] || fail "the orphan's memory is not counted: $footprint"
[ "$footprint" -lt $((2 * (mib + 8) * 1048576)) ] || fail "memory counted twice: $footprint"
! pgrep -f "$BIN/planted tree $PWD/list" >/dev/null || fail "a process outlived the watcher"

# The report tells who dropped notes of exits: the kernel, or the watcher.
report_dropped() { # LOST FORGOTTEN
    sed -i "s/\"exits\":[a-z]*,\"lost\":[0-9]*,\"forgotten\":[0-9]*/\"exits\":true,\"lost\":$1,\"forgotten\":$2/" \
        results/latest-watch/cells.jsonl
    expect 0 "$tidemark" report results/latest-watch
}
report_dropped 0 0
says_not "very short processes may be missing"
report_dropped 1 0
says "The kernel dropped some of its accounting of exits: very short processes may be missing"
report_dropped 0 1
says "the watcher could not keep all exits: very short processes may be missing"

# Those that end before the first sample, and are zombies then: each has one row.
# shellcheck disable=SC2016 # the watched shell expands it
expect 0 "$tidemark" watch --no-plots -- sh -c \
    'for i in 1 2 3 4 5 6 7 8 9; do (sleep 0.0$i &) ; true & done; exec sleep 0.6'
rows results/latest-watch >known
[ "$(wc -l <known)" -ge 19 ] || fail "processes are missing"

# A driver that is shorter than a sample, and what it leaves behind, are no part of the program.
expect 0 "$tidemark" watch --interval 1000 --ready up --drive 'sleep 33 & exec true' --idle 0.5 --no-plots -- \
    sh -c 'echo up; exec sleep 34'
[ "$(rows results/latest-watch | wc -l)" -eq 1 ] || fail "the driver has a row"
! pgrep -fx 'sleep 3[34]' >/dev/null || fail "the driver's child outlived the watcher"

# So is an orphan of it that has a session of its own. The control: without the driver's mark it would count.
for mark in kept lost; do
    keep="setsid sh -c 'sleep 37 &'; sleep 1"
    [ $mark = kept ] || keep="env -u TIDEMARK_DRIVER_OF $keep"
    expect 0 "$tidemark" watch --ready up --drive "$keep" --idle 0.5 --no-plots -- sh -c 'echo up; exec sleep 38'
    count=$(rows results/latest-watch | wc -l)
    case $mark in
    kept) [ "$count" -eq 1 ] || fail "an orphan of the driver has a row" ;;
    lost) [ "$count" -eq 2 ] || fail "an orphan of nobody's has no row" ;;
    esac
    ! pgrep -fx 'sleep 3[78]' >/dev/null || fail "the driver's orphan outlived the watcher"
done

# What forks faster than a list of it is made, and does not heed SIGTERM, is ended all the same, and
# has no part in the next round.
expect 0 "$tidemark" watch --until ready --no-plots --rounds 2 -- "$BIN/planted" chain
! pgrep -fx "$BIN/planted chain" >/dev/null || fail "a chain of processes outlived the watcher"

# The driver is ended also where the program is not the watcher's to end.
sleep 60 &
pid=$!
expect 3 "$tidemark" watch --pid $pid --drive 'sleep 35 & sleep 36' --timeout 0.5 --no-plots
! pgrep -fx 'sleep 3[56]' >/dev/null || fail "the driver outlived the watcher"
kill $pid || fail "the watcher ended a process that it had not started"

# Without the right to the kernel's accounting, those short ones that other processes waited for
# have no row, and the report says so; all others have theirs.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    rm -f list
    expect 0 setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$tidemark" watch --until ready \
        --no-plots -- "$BIN/planted" tree "$PWD/list" $mib
    says "could not use the kernel's accounting of exits"
    rows results/latest-watch >known
    for line in 1 23; do # the root and the orphan
        grep -qx "$(sed -n ${line}p list)" known || fail "process $line of the list has no row"
    done
fi
