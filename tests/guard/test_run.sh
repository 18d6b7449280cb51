#!/bin/sh
# What is here, against a committed baseline and bounds.
# shellcheck source=lib.sh
. "$HERE/../guard/lib.sh"

repository <<'END'
{"scenarios": [{"name": "dev server", "command": "./serve", "ready": "ready", "idle_s": [0, 0.1]}],
 "fail": {"idle@0s": "5%", "peak": "10%"}}
END
echo 40 >amount

sed 's/"ready": "ready"/"ready": "(", "drive": "false"/; s/"("/"ready"/' tidemark.json >failing.json
guard 3 run --file failing.json
headline '^FAILED: dev server, here, round 1: drive'
says_not "baseline take" # of a run that failed there is nothing to take
guard 3 run
headline '^NOT DECIDED: there is neither a baseline nor a bound$'
says "to have one, run \`tidemark baseline take .tidemark/"
expect 0 "$tidemark" baseline take .tidemark/latest-guard -o tidemark-baseline
guard 0 run
headline '^SAME: all 2 comparisons'
echo 44 >amount
guard 1 run
headline '^WORSE: dev server, end of the work: \+10 % \[\+[0-9]+, \+1[0-9]\] \(4[01]\.[0-9] -> 4[45]\.[0-9] MiB\): anonymous, private \+4 MiB'
says "end anonymous, private  40.1 -> 44.1 MiB"
echo 30 >amount
guard 0 run
headline '^BETTER'

# what is demanded anew is not in the baseline
echo 40 >amount
sed -i 's/"peak"/"idle@0.2s": "5%", "peak"/; s/0\.1\]/0.1, 0.2]/' tidemark.json
guard 3 run
headline '^NOT DECIDED: dev server, idle@0.2s is demanded'
# other work than the baseline's
sed -i 's/"idle@0.2s": "5%", //; s/"ready": "ready"/"ready": "read"/' tidemark.json
guard 3 run
headline '^FAILED: dev server, here, peak: checksum'
# a figure that decides nothing otherwise can be demanded
sed -i 's/"ready": "read"/"ready": "ready"/; s/"fail": {/"fail": {"idle@0.1s-anonymous": "1%", /' tidemark.json
echo 41 >amount
guard 1 run
headline '^WORSE: dev server, 0.1 s idle-anonymous: \+2 %'

# bounds alone
rm -r tidemark-baseline
echo '{"scenarios": [{"name": "dev server", "command": "./serve", "ready": "ready", "idle_s": [0.1]}],
 "bounds": {"dev server": {"idle@0.1s": "0.05 GiB", "idle@0s": "51200 KiB", "peak": "60 MiB"}}}' >tidemark.json
guard 0 run
headline '^WITHIN BOUNDS: all 3 hold; there is no baseline$'
echo 52 >amount
guard 1 run
headline '^OVER ITS BOUND: dev server, 0.1 s idle: 52'

# an allocator inside a file is named as a possible owner of reserved memory, once even if the run is resumed
library=$("$tidemark" list --tsv allocators | awk -F'\t' '$1 == "mimalloc3" && $4 == "ok" { print $3 }')
if [ -n "$library" ]; then
    cp "$library" addon.node
    # shellcheck disable=SC2016 # the guard's shell expands it
    echo '{"scenarios": [{"name": "app", "ready": "ready", "idle_s": [0.1],
        "command": "LD_PRELOAD=$PWD/addon.node exec '"$BIN"'/planted reserved=24"}],
        "bounds": {"app": {"peak": "1 GiB"}}}' >tidemark.json
    guard 0 run
    guard 0 run --resume
    grep -q "may belong to an allocator inside a file: mimalloc 3.* in addon.node" .tidemark/latest-guard/report.md ||
        fail "the report does not name the allocator in addon.node"
    [ "$(grep -c '"kind": "inside"' .tidemark/latest-guard/results.json)" = 1 ] || fail "it is named twice"
fi

# a program that ends by itself has a peak, and no idle period
echo '{"scenarios": [{"name": "build", "command": "exec sleep 0.2", "setup": "echo >>set-up"}],
 "bounds": {"build": {"peak": "9 MiB"}}}' >tidemark.json
guard 0 run --with-setup --markdown
headline '^\*\*WITHIN BOUNDS: all 1 hold'
[ "$(wc -l <set-up)" -eq 1 ] || fail "the set-up did not run once"
