#!/bin/sh
# A missing tool is named, with its remedy, and what was measured is kept.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

# A PATH with all but one tool.
path_without() {
    rm -rf bin
    mkdir bin
    for tool in hyperfine gnuplot sha256sum git env pkg-config; do
        [ "$tool" = "$1" ] || ln -s "$(command -v $tool)" "bin/$tool"
    done
}

path_without hyperfine
expect 3 env PATH="$scratch/bin" "$tidemark" run --workloads=churn --allocators=glibc --scale=0.02 \
    --rounds=1 --idle=0.1 --no-plots
says "cannot start hyperfine: No such file or directory"
says "4 of 6 measurements are recorded"
expect 3 env PATH="$scratch/bin" "$tidemark" doctor
says "MISSING"
says "hyperfine"
expect 2 "$tidemark" run --resume # the hyperfine of the plan was "unknown"
says 'hyperfine was "unknown" when the run began'

path_without gnuplot
expect 3 env PATH="$scratch/bin" "$tidemark" run --workloads=churn --allocators=glibc --scale=0.02 \
    --rounds=1 --idle=0.1
says "gnuplot is not installed"
[ "$(records results/latest ok)" -eq 6 ] || fail "the measurements are not kept"
[ -s results/latest/report.md ] || fail "the report should be there without its plots"
expect 0 "$tidemark" plot
