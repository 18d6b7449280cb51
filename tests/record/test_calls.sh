#!/bin/sh
# What is recorded is what was called: every kind of call, threads, forks and execs.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

# count FILE FIELDS: how many records (of `dump`) have these fields; a field "." is any.
count() {
    awk -v want="$2" 'BEGIN { n = split(want, w, " ") }
        { for (i = 1; i <= n; i++) if (w[i] != "." && w[i] != $i) next; found++ }
        END { print found + 0 }' "$1"
}

# counts FILE FIELDS NUMBER
counts() {
    found=$(count "$1" "$2")
    [ "$found" -eq "$3" ] || fail "$found records \"$2\" instead of $3 in $1: $(head -n 20 "$1")"
}

# Each kind of call in its order, sizes and alignments included, and nothing else.
expect 0 "$tidemark" record -o all.trace -- "$BIN/calls" all
says_not "left out"
"$BIN/dump" all.trace >all
cat >wanted <<END
0 malloc 0 1001 0
0 realloc 0 100002 0
0 realloc 0 3 0
0 free 0 0 0
0 calloc 0 1004 0
0 free 0 0 0
0 aligned 0 1024 64
0 free 0 0 0
0 aligned 0 1005 4096
0 free 0 0 0
0 aligned 0 1006 128
0 free 0 0 0
0 aligned 0 1007 4096
0 free 0 0 0
0 malloc 0 1008 0
0 realloc 0 2018 0
END
diff -u wanted all || fail "the record of one call each differs: see above"
[ ! -e all.trace.raw ] || fail "raw files were left"

# Threads: each has its number; a block that another thread frees is the same object.
expect 0 "$tidemark" record -o threads.trace -- "$BIN/calls" threads 8 5000
says_not "left out"
says_not "not seen"
"$BIN/dump" threads.trace >threads
counts threads ". malloc . 500" 40000
counts threads ". malloc . 600" 40000
counts threads "0 malloc . 500" 0
for thread in 1 2 3 4 5 6 7 8; do
    counts threads "$thread malloc . 500" 5000
    counts threads "$thread free" 5000
done
[ "$(count threads "0 free")" -ge 40000 ] || fail "the main thread's frees are missing"
# the control: a number that is wrong is noticed
(counts threads ". malloc . 500" 39999) 2>/dev/null && fail "a wrong count was accepted"
expect 0 "$tidemark" profile --json threads.trace
says '"allocations"'
expect 0 "$BIN/tidemark-workload" replay --input=./threads.trace --threads=4
says checksum

# A thread's number is free when it has ended, and two that live never share one: more threads
# than there are numbers (65,536), one after another, take one.
expect 0 "$tidemark" record -o births.trace -- "$BIN/calls" births 66000
says_not "left out"
says_not "not seen"
"$BIN/dump" births.trace >births
counts births ". malloc . 400" 66000
[ "$(awk '{ print $1 }' births | sort -u | wc -l)" -eq 3 ] || fail "there are not 3 numbers of threads"
awk '$2 == "malloc" && $4 == 700 { print $1 }' births >resizing
[ "$(sort -u resizing | wc -l)" -eq 2 ] || fail "two threads that live at once have one number"
while read -r thread; do
    [ "$(count births "$thread realloc")" -eq 20000 ] || fail "reallocs of two threads are mixed"
done <resizing
[ "$(count births ". realloc")" -eq 40000 ] || fail "reallocs are missing"

# A fork and an exec: three traces. The child begins with what its parent held.
expect 0 "$tidemark" record --min-calls=0 -o fork.trace -- "$BIN/calls" fork
says "1 objects were inherited"
"$BIN/dump" fork.trace >one # the exec'ed one made the most calls
diff -u wanted one || fail "what was exec'ed is not recorded: see above"
for n in 2 3; do
    "$BIN/dump" fork.trace.$n
done >both
cat >wanted <<END
0 malloc 0 777 0
0 free 0 0 0
0 malloc 0 888 0
0 malloc 0 777 0
0 malloc 1 999 0
0 realloc 0 778 0
END
diff -u wanted both || fail "parent and child of a fork differ from what they did: see above"
[ ! -e fork.trace.4 ] || fail "there are more processes than were"

# What cannot be recorded is said, and is no empty trace.
expect 3 "$tidemark" record -o static.trace -- "$BIN/calls-static" all
says "nothing was recorded"
[ ! -e static.trace ] || fail "a trace without calls was written"
[ ! -e static.trace.raw ] || fail "raw files without calls were left"
expect 2 "$tidemark" record -o none.trace -- ./nonexistent
says "cannot start"
[ ! -e none.trace.raw ] || fail "raw files were left"
