#!/bin/sh
# `tidemark time`: commands of one's own against each other, and what a run of them is good for.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

expect 0 "$tidemark" time --rounds=6 --name=naps 'short=sleep 0.02' "long=sleep 0.06; echo it\\'s done"
says "naps, memory warm"
says "worse"
says_not FAILED
[ "$(records results/latest ok)" -eq 12 ] || fail "not every run is recorded"
grep -q '| long ' results/latest/report.md || fail "the report lacks a command"
expect 0 "$tidemark" report
expect 0 "$tidemark" baseline take --output=base.json results/latest
expect 0 "$tidemark" compare base.json results/latest

# gnuplot gets names as text: what looks like its language in one is not run, and plots have such names.
name="x';system('touch ran');y='"
expect 0 "$tidemark" time --memory=any --rounds=6 --output="it's here" --name="$name" "it's=true" b=true
expect 0 "$tidemark" plot "it's here/latest"
[ ! -e ran ] || fail "gnuplot ran a workload's name"
[ -s "it's here/latest/plots/ratios-$name-1.png" ] || fail "no plot of names with quotes: $(ls "it's here/latest/plots")"

# What runs for over a second is made again with a ballast, which its record accounts for.
expect 0 "$tidemark" time --rounds=1 'long=sleep 1.2'
grep -q '"ballast"' results/latest/cells.jsonl || fail "no memory was kept warm for a long command"
grep -q '"attempts":[2-4]' results/latest/cells.jsonl || fail "a long command was not made again with a ballast"
says "a thread kept memory warm"

# One that fails is told with its exit code, and has no figure.
expect 3 "$tidemark" time --rounds=1 'good=true' 'bad=exit 7'
says "FAILED timed/1/commands/bad/1/warm: failed: it exited with 7 while it worked"
expect 3 "$tidemark" time --rounds=1 --timeout=1 'hang=sleep 60'
says "hung: it did not finish its work within 1 s"

# Interrupted, it goes on where it was.
"$tidemark" time --rounds=3 'a=sleep 0.2' 'b=sleep 0.2' >out 2>&1 &
pid=$!
tries=0
until [ -s results/latest/cells.jsonl ] && grep -q '"variant":"[ab]"' results/latest/cells.jsonl; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || fail "no run after half a minute"
    sleep 0.1
done
kill -INT $pid
wait $pid || true
expect 0 "$tidemark" run --resume --no-plots
[ "$(records results/latest ok)" -eq 6 ] || fail "the resumed run is not complete"

expect 2 "$tidemark" time
says "name the commands"
expect 2 "$tidemark" time 'no command'
says 'is not NAME=COMMAND'
expect 2 "$tidemark" time a=true a=false
says "the name a is given twice"
expect 2 "$tidemark" time --memory=tepid a=true
says "--memory takes warm, cold or both"
