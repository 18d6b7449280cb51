#!/bin/sh
# A run that is ended in the middle keeps its finished rounds, and --resume goes on after them: by a signal that
# asks, by one that does not, with a work tree for each commit, and where the time was over.
# shellcheck source=lib.sh
. "$HERE/../guard/lib.sh"

repository <<'END'
{"scenarios": [{"name": "app", "command": "./serve", "ready": "ready", "idle_s": [0.3], "interval_ms": 50}],
 "fail": {"idle@0.3s": "5%"}, "bounds": {"app": {"idle@0.3s": "60 MiB"}}}
END
mkdir trees
holds 40
holds 46

# below PID: all processes that it started.
below() {
    tr ' ' '\n' <"/proc/$1/task/$1/children" 2>/dev/null | while read -r child; do
        echo "$child"
        below "$child"
    done
}

# interrupt SIGNAL RECORDS ARGUMENTS...: starts a guard, and ends it once so many records are there.
interrupt() {
    signal=$1 wanted=$2
    shift 2
    rm -rf .tidemark
    "$tidemark" guard "$@" >verdict 2>out &
    guard=$!
    until [ "$(grep -c . .tidemark/latest-guard/cells.jsonl 2>/dev/null)" -ge "$wanted" ] 2>/dev/null; do
        kill -0 $guard 2>/dev/null || fail "it ended before it could be interrupted"
        sleep 0.05
    done
    begun=$(below $guard)
    kill -s "$signal" $guard
    code=0
    wait $guard || code=$?
    cat verdict >>out
}

# first_kept FILE: whether the records that were there are still the first ones.
first_kept() {
    head -n "$(wc -l <"$1")" .tidemark/latest-guard/cells.jsonl | cmp -s - "$1" ||
        fail "the rounds that were finished were measured anew"
}

rounds() {
    jq .plan.memory_rounds .tidemark/latest-guard/plan.json
}

interrupt INT 3 compare --trees trees holds-40 holds-46
[ $code -eq 3 ] || fail "exit code $code after SIGINT"
headline '^INTERRUPTED; of 1 finished rounds: '
says "repeat the command with --resume in place of the commits"
[ -z "$(ls trees)" ] || fail "work trees stay behind"
head -n 2 .tidemark/latest-guard/cells.jsonl >before
guard 1 compare --trees trees --resume
headline '^WORSE: app, 0.3 s idle: \+15 %'
says "resuming after 1 finished rounds"
says_not "round 1: app"
says "round 2: app, head"
first_kept before
[ "$(rounds)" -eq 6 ] || fail "$(rounds) rounds instead of 6"
[ "$(grep -c '"key":"watch/1/' .tidemark/latest-guard/cells.jsonl)" -eq 2 ] || fail "round 1 was measured twice"

# nothing is lost to a signal that cannot be heeded; its program is ended by the test
echo 40 >amount
interrupt KILL 2 run
# shellcheck disable=SC2086 # numbers
[ -z "$begun" ] || kill -KILL $begun 2>/dev/null || :
cp .tidemark/latest-guard/cells.jsonl before
guard 0 run --resume
headline '^WITHIN BOUNDS: all 1 hold'
says "resuming after 2 finished rounds"
first_kept before

# what is settled gets no more rounds; a run whose time was over does
cp .tidemark/latest-guard/cells.jsonl before
guard 0 run --resume=.tidemark/latest-guard
[ "$(grep -c '"key":"watch/' .tidemark/latest-guard/cells.jsonl)" -eq "$(grep -c '"key":"watch/' before)" ] ||
    fail "rounds were added to what was settled"
guard 3 compare --trees trees --budget-minutes 0.01 holds-40 holds-46
headline '^COULD NOT HAVE SEEN IT'
# while it is resumed, it has no verdict, in neither form
"$tidemark" guard compare --trees trees --resume >verdict 2>out &
guard=$!
until grep -q "round [0-9]*: app" out; do
    kill -0 $guard 2>/dev/null || fail "it ended before it measured"
    sleep 0.05
done
left=$(ls .tidemark/latest-guard)
kill -s INT $guard
wait $guard || :
case $left in *comment.md* | *verdict.json*) fail "the verdict of before is still there" ;; esac
[ -e .tidemark/latest-guard/comment.md ] || fail "the control: a run has a comment"
guard 1 compare --trees trees --resume=.tidemark/latest-guard
headline '^WORSE: app'

# other scenarios, another kind of run, no run
guard 2 run --resume
says "it is not a run of \`tidemark guard run\`"
guard 2 compare --trees trees --resume holds-40
says "--resume uses the commits of the run: name none"
guard 2 run --resume=nothing
says "cannot resume $PWD/nothing"
guard 0 run
sed -i 's/"ready": "ready"/"ready": "read"/' tidemark.json
guard 2 run --resume
says "its scenarios differ from those that tidemark.json has now; start a new run"
