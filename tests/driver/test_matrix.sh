#!/bin/sh
# Every registered workload under every allocator that is there: all cells go well, checksums
# agree (a differing one fails its cell), every plot and the report are there.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

expect 0 "$tidemark" run --memory=any --workloads=all --scale=0.05 --rounds=1 --idle=0.3
cells=$(records results/latest ok)
workloads=$("$tidemark" list workloads --tsv | wc -l)
allocators=$("$tidemark" list allocators --tsv | awk -F'\t' '$4 == "ok" && $5 == "default"' | wc -l)
# the A/A row is one more; a memory cell for each of two idle drivers, and a timed one
wanted=$((workloads * (allocators + 1) * 3))
[ "$allocators" -ge 2 ] || fail "only $allocators allocators are there"
[ "$cells" -eq "$wanted" ] || fail "$cells cells went well, not $wanted"
[ "$(records results/latest failed)" -eq 0 ] || fail "a cell failed"
says "micro, 4 threads: ns of CPU time per pair"
says "survivors, 4 threads: left after each idle gap"
grep -q "micro, 4 threads: ns of CPU time per pair" results/latest/report.md || fail "the report lacks micro's table"
for workload in $("$tidemark" list workloads --tsv | cut -f1); do
    for kind in return decomposition tradeoff drivers; do
        plot=results/latest/plots/$kind-$workload-4
        [ "$(head -c 4 "$plot.png" | tail -c 3)" = PNG ] || fail "$plot.png is no PNG"
        grep -q '</svg>' "$plot.svg" || fail "$plot.svg is not whole"
    done
done
# What the report shows is there.
grep -o 'plots/[^)]*' results/latest/report.md >links
# Four for each, and more for those with idle gaps between their builds.
[ "$(wc -l <links)" -ge $((workloads * 4)) ] || fail "the report shows $(wc -l <links) plots"
grep -q 'plots/builds-rebuild' links || fail "the report shows no plot of rebuild's gaps"
while read -r link; do
    [ -s "results/latest/$link" ] || fail "the report shows $link, which is not there"
done <links
for library in $("$tidemark" list allocators --tsv |
    awk -F'\t' '$4 == "ok" && $5 == "default" { print $3 }'); do
    sha=$(sha256sum <"$library" | cut -d' ' -f1)
    grep -q "$sha" results/latest/report.md || fail "the report lacks the SHA-256 of $library"
done

# Those that are measured only where they are named.
extras=$("$tidemark" list allocators --tsv | awk -F'\t' '$4 == "ok" && $5 == "extra" { print $1 }' | paste -sd, -)
if [ -n "$extras" ]; then
    expect 0 small_run --output=extra --no-again --allocators="$extras" --idle-drivers=dead,collect
    [ "$(records extra/latest ok)" -eq $((3 * $(echo "$extras" | tr ',' '\n' | wc -l))) ] ||
        fail "not every cell of $extras went well"
fi

# The same figures again from what is on disk, and in the other form.
expect 0 "$tidemark" report
says "In short"
expect 0 "$tidemark" report --markdown
says "<details>"
expect 0 "$tidemark" plot
rm results/latest/results.json
expect 0 "$tidemark" report
says "In short"

# Without a list the extra workloads are left out.
expect 0 "$tidemark" run --memory=any --allocators=glibc --no-again --scale=0.02 --memory-rounds=0 \
    --timed-rounds=1 --no-plots
regular=$("$tidemark" list workloads | grep -cv '(extra)$')
[ "$regular" -lt "$workloads" ] || fail "no workload is marked as extra"
[ "$(records results/latest ok)" -eq "$regular" ] || fail "not the $regular regular workloads"
