#!/bin/sh
# A run that is ended in the middle keeps its finished cells, and --resume completes it.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

start() {
    "$tidemark" run --workloads=churn,sequential --allocators=glibc --scale=0.05 \
        --memory-rounds=3 --timed-rounds=8 --idle=0.5 --seed=7 --no-plots >out 2>&1 &
    pid=$!
}

# wait_for_cells N: until the journal holds at least N.
wait_for_cells() {
    tries=0
    while [ ! -f results/latest/cells.jsonl ] || [ "$(wc -l <results/latest/cells.jsonl)" -lt "$1" ]; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || fail "no cells after a minute"
        kill -0 "$pid" 2>/dev/null || fail "the run ended before it could be interrupted"
        sleep 0.1
    done
}

total=$((2 * 2 * 2 * 3 + 2 * 2 * 8)) # workloads, glibc and A/A, drivers, rounds; timed
for signal in INT TERM KILL; do
    rm -rf results
    start
    wait_for_cells 27 # in the timed part
    kill -$signal $pid
    code=0
    wait $pid || code=$?
    kept=$(grep -c '"status":"ok"' results/latest/cells.jsonl)
    [ "$kept" -ge 26 ] || fail "only $kept cells survived $signal"
    [ "$kept" -lt "$total" ] || fail "the run was over before $signal"
    if [ $signal != KILL ]; then
        [ $code -eq 3 ] || fail "exit code $code after $signal"
        says "interrupted"
        says "--resume="
    fi
    # what there is can be reported, as incomplete
    expect 3 "$tidemark" report
    says "INCOMPLETE"
    before=$(head -n "$kept" results/latest/cells.jsonl | cksum)
    expect 0 "$tidemark" run --resume --no-plots
    [ "$(records results/latest ok)" -eq $total ] || fail "after $signal the resumed run is not complete"
    [ "$before" = "$(head -n "$kept" results/latest/cells.jsonl | cksum)" ] || fail "recorded cells changed"
done
! pgrep -f "$BIN/tidemark-workload churn --threads=4 --scale=0.05" >/dev/null || fail "a workload outlived its run"

# A session that was killed left no time: what is known of the others is no cost of the run.
jq '.wall_s = 0.01' results/latest/results.json >short
expect 0 "$tidemark" report short
says "The runner's own cost is not known: the run's time was not recorded, or only in part."

# results.json is made of the journal and never preferred to it: a stale one hides nothing.
jq '.records = []' results/latest/results.json >stale && cp stale results/latest/results.json
expect 0 "$tidemark" report
says_not "INCOMPLETE"
expect 3 "$tidemark" report stale
says "INCOMPLETE"

# While memory cells are idle.
rm -rf results
"$tidemark" run --workloads=churn --allocators=glibc --scale=0.05 --memory-rounds=2 --timed-rounds=0 \
    --idle=30 --no-plots >out 2>&1 &
pid=$!
sleep 2
kill -INT $pid
code=0
wait $pid || code=$?
[ $code -eq 3 ] || fail "exit code $code"
says "0 of 8 measurements are recorded"

# While a workload that has closed its report still runs.
rm -rf results
printf '#!/bin/sh\nexec 3>&-\nexec sleep 60\n' >mute
chmod +x mute
"$tidemark" run --workload=mute=./mute --allocators=glibc --no-again --memory-rounds=1 --timed-rounds=0 \
    --idle=0.5 --no-plots >out 2>&1 &
pid=$!
sleep 2
kill -INT $pid
sleep 3
! kill -0 $pid 2>/dev/null || fail "the run goes on three seconds after SIGINT"
wait $pid || true
says "0 of 2 measurements are recorded"
# nohup makes a run ignore the end of its terminal.
rm -rf results
(trap '' HUP && exec "$tidemark" run --memory=any --workloads=churn --allocators=glibc --scale=0.02 --rounds=1 \
    --idle=2 --idle-drivers=dead --no-plots) >out 2>&1 &
pid=$!
until [ -e results/latest/cells.jsonl ]; do
    kill -0 "$pid" 2>/dev/null || fail "the run ended before it began to measure"
    sleep 0.1
done
kill -HUP $pid
wait $pid || fail "a signal that is ignored ended the run"

# Going on is refused where it would mix two different things.
rm -rf results
start
wait_for_cells 5
kill -INT $pid
wait $pid || true
sed -i 's/"cores": "[0-9]*"/"cores": "77"/' results/latest/plan.json
expect 2 "$tidemark" run --resume --no-plots
says 'cores was "77" when the run began'
expect 2 "$tidemark" run --resume=/nonexistent
says "cannot resume /nonexistent"
expect 2 "$tidemark" run --resume --scale=2
says "--resume uses the plan of the run"

# While the plots are drawn: all measurements are on disk, so a signal ends the run.
rm -rf results
mkdir tools
cat >tools/gnuplot <<END
#!/bin/sh
[ "\$1" = -e ] || exit 0 # it is only asked for its version
echo \$\$ >"$PWD/drawing"
exec sleep 5
END
chmod +x tools/gnuplot
PATH=$PWD/tools:$PATH "$tidemark" run --memory=any --workloads=churn --allocators=glibc --scale=0.02 --rounds=1 \
    --idle=0.1 --idle-drivers=dead >out 2>&1 &
pid=$!
until [ -s drawing ]; do
    kill -0 "$pid" 2>/dev/null || fail "the run ended before it drew its plots"
    sleep 0.1
done
kill -INT $pid
code=0
wait $pid || code=$?
kill "$(cat drawing)"
[ $code -eq 130 ] || fail "exit code $code of a run that a signal ended while it drew"
expect 0 "$tidemark" report
