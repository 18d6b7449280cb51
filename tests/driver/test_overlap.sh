#!/bin/sh
# A/A of the method: that idle periods overlap does not change the footprints.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

other=$("$tidemark" list allocators --tsv | awk -F'\t' '$1 != "glibc" && $4 == "ok" { print $1; exit }')

idle_of() { # OPTION: the dead footprint of each allocator
    expect 0 "$tidemark" run --workloads=churn,interleave --scale=0.3 --memory-rounds=2 \
        --timed-rounds=0 --idle=1 --idle-drivers=dead --threads=1 --no-again --no-plots --seed=5 \
        --allocators="glibc${other:+,$other}" "$@"
    awk -v other="$other" '$1 == "glibc" || $1 == other { print $1, $7 }' out
}

alone=$(idle_of --idle-limit=1)
together=$(idle_of --idle-limit=16)
printf '%s\n%s\n' "$alone" "$together" |
    awk '{ seen[NR] = $2; name[NR] = $1 }
        END {
            if (NR < 2 || NR % 2) { print "only " NR " figures"; exit 1 }
            for (i = 1; i <= NR / 2; i++) {
                ratio = seen[i + NR / 2] / seen[i]
                printf "%s alone %s MiB, overlapping %s MiB\n", name[i], seen[i], seen[i + NR / 2]
                if (ratio < 0.97 || ratio > 1.03) exit 1
            }
        }' >ratios || { cat ratios; fail "overlapping changed a footprint by more than 3 %"; }
cat ratios
