#!/bin/sh
# What threads do to each other inside ebb, per thousand calls of malloc, free and the like: locks
# taken, locks waited for, atomic read-modify-writes, and cache lines fetched from another processor.
# One row for each workload and number of threads.
#
#     scripts/contention.sh [--threads=N,N...] [WORKLOAD...]
#
# The build of ebb that counts plays a machine with a processor for each thread, and caches that
# forget nothing (allocators/ebb/tests/counting/counting.c). `waited` depends on this machine's processors.
# The others depend on the order of calls and on when the reclaimer comes: other work on the machine can
# double them. Exit code 2: a program cannot run.
set -eu

build=${TIDEMARK_BUILD:-build}
library=$build/allocators/ebb/tests/counting/libebb-counting.so
program=$build/bin/tidemark-workload
threads="1 4 16 64"
case ${1:-} in
    --threads=*)
        threads=$(echo "${1#*=}" | tr , ' ')
        shift
        ;;
    -*)
        echo "contention: there is no option $1" >&2
        exit 2
        ;;
esac
[ $# -gt 0 ] || set -- bundle churn encode handoff imbalance interleave phased replay
for file in "$library" "$program"; do
    [ -e "$file" ] || {
        echo "contention: $file is missing; \`make contention\` builds it" >&2
        exit 2
    }
done
library=$(realpath "$library")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "workload    threads   locks  waited     rmw  remote  of which words  sets  descriptors  classes  others"
for workload; do
    for n in $threads; do
        EBB_COUNTING_FILE="$scratch/counts" LD_PRELOAD="$library" "$program" "$workload" --threads="$n" \
            >"$scratch/lines" 2>"$scratch/errors" </dev/null || {
            echo "contention: $workload with $n threads: $(tail -n 1 "$scratch/errors")" >&2
            exit 2
        }
        awk -v name="$workload" -v n="$n" '
            $1 == "lock" { locks += $3; waited += $4 }
            $1 == "memory" { rmw += $3; remote += $4; of[$2] = $4 }
            END {
                others = of["overview"] + of["locks-and-hints"]
                printf "%-11s %7d %7.1f %7.2f %7.1f %7.1f %15.1f %5.1f %12.1f %8.1f %7.1f\n", name, n, locks,
                    waited, rmw, remote, of["words"], of["partial-sets"], of["descriptors"], of["classes"], others
            }' "$scratch/counts"
    done
done
