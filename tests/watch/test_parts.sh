#!/bin/sh
# make bench-real: the part `tools`, tiny, needs no package of npm. It is measured once, goes on where it was
# interrupted, and what its verdicts come to is computed. The part `tokenizers` runs where its packages are
# installed already (by `make bench-real ONLY=tokenizers`).
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

root=$HERE/../..
real=$root/scripts/real
build=$(dirname "$BIN")
command -v node >/dev/null || skip "node is not installed"
export TIDEMARK_BUILD="$build" OUTPUT="$PWD/results" MEMORY=any
"$root/scripts/setup.sh" --check >checklist
! grep -Eq '^MISSING +(bench|instructions|time-tools) ' checklist ||
    skip "a program that is timed, or what counts, is missing: $(grep '^MISSING' checklist | head -n 1)"

# What a comparison comes to, in words: every verdict.
report() { # RATIO
    mkdir -p run
    printf '| command | wall s | wall / glibc |\n|---|---|---|\n| glibc | 1.000 [0.990, 1.010] | - |\n| ebb | 1.000 [0.990, 1.010] | %s |\n' "$1" >run/report.md
    printf 'git\tglibc\t1000000\t10\t20\ngit\tebb\t2000000\t11\t21\n' >counts
    expect 0 node "$real/tools.mjs" counts git warm 10 run
}
report '1.01 [0.98, 1.03] same'
says "git, warm start: on all of them no difference larger than 4 %"
says "100.00"
says "2.0"
report '1.20 [1.10, 1.31] worse'
says "takes 20 % more time: ratio 1.20 [1.10, 1.31]"
report '0.80 [0.70, 0.91] better'
says "takes 20 % less time"
report '1.10 [0.95, 1.27] inconclusive'
says "not decided: between 5 % less and 27 % more time"
report '1.10 [1.01, 1.20] worse, not by ranks'
says "which the test by ranks does not confirm"
says_not "takes"
report -
says "too few rounds"
printf 'no table\n' >run/report.md
expect 1 node "$real/tools.mjs" counts git warm 10 run
says "has no table of commands"

# Bad settings.
expect 2 env PROGRAMS=emacs "$real/real.sh" tools
says "there is no program emacs; there are: apt git rg"
expect 2 env PROGRAMS=git VARIANTS=ebb "$real/real.sh" tools
says "begins with glibc"
expect 2 env PROGRAMS=git VARIANTS="glibc nonesuch" "$real/real.sh" tools
says "the allocator nonesuch is not here"

# Interrupted in the middle, it goes on; measured once, it is not measured again.
export PROGRAMS=git VARIANTS="glibc ebb" STARTS=10
REPEAT=3 "$real/real.sh" tools >out 2>&1 &
pid=$!
tries=0
until cat results/real/tools-git-warm-*/latest/cells.jsonl 2>/dev/null | grep -q '"variant"'; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || fail "no measurement after a minute"
    kill -0 $pid 2>/dev/null || fail "it ended before it measured anything"
    sleep 0.1
done
children=$(cat /proc/$pid/task/$pid/children 2>/dev/null) || children=
for child in $children; do
    kill -INT "$child" 2>/dev/null || true
done
kill -TERM $pid 2>/dev/null || true
wait $pid || true
expect 0 env REPEAT=3 "$real/real.sh" tools
says "tools-git-warm goes on where it was interrupted"
says_not "counting git on glibc"
grep -Eq '^  git +ebb +[0-9.]+ +[0-9.]+ \[.* [0-9.]+ +[0-9]+ +[0-9]+$' out || fail "the table lacks a figure"
says "git, warm start"
says "git, cold start"
says "uv, whose developers asked this, is on no registry"
[ "$(cat results/real/tools-git-warm-*/latest/cells.jsonl | grep -c '"status":"ok"')" -eq 6 ] ||
    fail "not every measurement is there"
# A cold start forgets the program, its libraries and the allocator; a warm one nothing.
grep -q "dd if='[^']*libz[^']*' .*dd if='[^']*/git' " results/real/tools-git-cold-*/latest/plan.json || fail "git is not forgotten"
grep -q "dd if='[^']*/stripped/ebb.so'" results/real/tools-git-cold-*/latest/plan.json || fail "ebb is not forgotten"
# Each file is dropped by a process within the measured time, so all starts drop as many.
jq -r '.. | strings | select(contains("dd if="))' results/real/tools-git-cold-*/latest/plan.json |
    awk '{ print gsub(/dd if=/, "") }' >drops
[ "$(uniq -c drops | awk '{ printf "%s ", $1 }')" = "2 " ] || fail "cold starts drop unlike numbers of files: $(cat drops)"
! grep -q 'dd if=' results/real/tools-git-warm-*/latest/plan.json || fail "a warm start forgets something"
expect 0 env REPEAT=3 "$real/real.sh" tools
says "tools-git-warm was measured already"
says "git, warm start"
# What can't be resumed begins again, and so does what is wanted again.
rm results/real/tools-git-warm-*/done
for file in results/real/tools-git-warm-*/latest/plan.json; do echo '{}' >"$file"; done
expect 0 env REPEAT=3 "$real/real.sh" tools
says "it cannot go on (see above): it begins again"
says "tools-git-cold was measured already"
expect 0 env REPEAT=3 AGAIN=1 "$real/real.sh" tools
says_not "measured already"
# Other settings are another measurement.
expect 0 env REPEAT=1 "$real/real.sh" tools
says_not "measured already"
says "too few rounds"

# A program whose malloc cannot be replaced is left out, with the reason.
mkdir bin
ln -s "$BIN/calls-static" bin/git
expect 3 env PATH="$PWD/bin:$PATH" "$real/real.sh" tools
says "git is left out: it does not take its malloc from the C library"

if ! cmp -s "$real/tokenizers/package-lock.json" "$build/real/tokenizers/installed.json"; then
    skip "all but tokenizers, whose packages are not installed; \`make bench-real ONLY=tokenizers\` does that"
fi
expect 0 env BATCHES=1 CHUNKS=3 THREADS=1 REPEAT=1 IDLE=0.2 "$real/real.sh" tokenizers
grep -Eq '^  ebb +[0-9.]+ .* [0-9.]+ +[0-9.]+ +[0-9]+$' out || fail "tokenizers on ebb have no row"
says "published, 1 thread (tokenizers#2073, mimalloc / glibc): throughput 1.56, RSS 2.97"
grep -q '<svg' results/real/tokenizers.svg || fail "no picture was drawn"
