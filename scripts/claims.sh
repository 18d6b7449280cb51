#!/bin/sh
# claims.sh BUILD [OPTION...]: measures what the claims of harness/verdicts/claims.def need, a run for each
# workload and number of threads, and prints the table; it is kept as results/claims/claims.md.
# Options go to `tidemark run`, such as --rounds=6 --idle=5 for a first look.
set -eu
build=$1
shift
folder=results/claims
mkdir -p "$folder"
cells=$folder/cells.tsv
"$build"/bin/tidemark claims --cells >"$cells"

runs=
while IFS='	' read -r workload allocators threads drivers kind; do
    timed=0
    [ "$kind" != timed ] || timed=12
    output=$folder/$workload-$threads
    # A cell that failed is "not measured" in the table; the run itself says why.
    "$build"/bin/tidemark run --no-again --no-plots --memory-rounds=6 --timed-rounds=$timed \
        --workloads="$workload" --allocators="$allocators" --threads="$threads" \
        --idle-drivers="$drivers" --output="$output" "$@" </dev/null ||
        echo "claims.sh: not all of $workload was measured" >&2
    runs="$runs $output/latest"
done <"$cells"

# The list is of paths without spaces.
# shellcheck disable=SC2086
"$build"/bin/tidemark claims --markdown $runs >"$folder/claims.md"
# shellcheck disable=SC2086
"$build"/bin/tidemark claims $runs
echo "claims: $folder/claims.md"
