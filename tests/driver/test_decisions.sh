#!/bin/sh
# The committed pages on switching (docs/decisions) say what the committed baseline says, and those of real programs are
# made of the runs that scripts/real/real.sh leaves.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

root=$HERE/../..
TIDEMARK_BUILD=$(cd "$BIN/.." && pwd) PAGES=$PWD/pages RESULTS=$PWD/results
export TIDEMARK_BUILD PAGES RESULTS

expect 0 "$root/scripts/decisions.sh" mimalloc2-ebb mimalloc2-mimalloc3
for page in mimalloc2-ebb mimalloc2-mimalloc3; do
    diff -u "$root/docs/decisions/$page.md" pages/$page.md ||
        fail "docs/decisions/$page.md is not what results/baseline/default.json says: run scripts/decisions.sh"
    [ -s "$root/docs/decisions/$page.svg" ] || fail "$page has no picture"
    sed 's/[0-9]/&1/' pages/$page.md | cmp -s - "$root/docs/decisions/$page.md" && fail "other figures pass"
done

# What real.sh leaves, planted: times and memory of the two, in its names, as runs of naps.
leave() { # STEP LINK NAMES...: the run of a step
    step=$1 link=$2
    shift 2
    case $link in
    latest) "$tidemark" time --rounds=2 --memory=any --name="$step" "$@" --output="results/real/$step-1" ;;
    *) "$tidemark" watch --hide-output --no-plots --rounds=2 --interval=20 --until=DONE --idle=0,0.1 \
        --output="results/real/$step-1" "$@" ;;
    esac >/dev/null 2>&1 || fail "no run of $step"
    : >"results/real/$step-1/done"
}
nap="echo DONE; exec sleep 9"
leave times latest 'shipped=sleep 0.01' 'mimalloc2=sleep 0.01' 'mimalloc3=sleep 0.01' 'ebb=sleep 0.01'
expect 2 "$root/scripts/decisions.sh" rolldown-ebb
says "its runs are not in $RESULTS"
leave variants latest-watch --command "as shipped=$nap" --command "mimalloc2=$nap" --command "mimalloc3=$nap" --command "ebb=$nap"
for threads in 1 "$(nproc)"; do
    leave "tokenizers-$threads-time" latest 'glibc=sleep 0.01' 'ebb=sleep 0.01' 'mimalloc3=sleep 0.01'
    leave "tokenizers-$threads-memory" latest-watch --preload ebb --preload mimalloc3 -- sh -c "$nap"
done
leave tools-git-warm latest 'glibc=sleep 0.01' 'ebb=sleep 0.01'
for page in rolldown-ebb rolldown-mimalloc3 tokenizers-ebb tokenizers-mimalloc3 git-ebb; do
    "$root/scripts/decisions.sh" $page >out 2>&1 || [ $? -eq 3 ] || fail "no page $page" # two rounds decide little
    grep -q "^# Switch ${page%%-*}.* from .* to ${page#*-}?" pages/$page.md || fail "another title: $(head -n 1 pages/$page.md)"
    grep -q '^| time ' pages/$page.md || fail "$page has no time"
    [ $page = git-ebb ] || grep -q '^| idle@0.1s footprint ' pages/$page.md || fail "$page has no idle footprint"
done
# of two runs the newer one
mkdir -p results/real/times-2
cp -rL results/real/times-1/latest results/real/times-2/latest
sed -i 's/"name": *"times"/"name": "newer"/; s/"workload": *"times"/"workload": "newer"/' results/real/times-2/latest/plan.json
sed -i 's/"workload": *"times"/"workload": "newer"/; s|/times/|/newer/|' results/real/times-2/latest/cells.jsonl
touch -d '+1 minute' results/real/times-2/done
"$root/scripts/decisions.sh" rolldown-ebb >out 2>&1 || [ $? -eq 3 ] || fail "no page of the newer run"
grep -q '^| time  *|  *newer |' pages/rolldown-ebb.md || fail "the older run is taken"

expect 2 "$root/scripts/decisions.sh" nobody-ebb
says "there is no page nobody-ebb"
