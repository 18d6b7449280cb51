#!/bin/sh
# bundle is still what docs/calibration.md says: no share of more than 5 % differs by more than a
# quarter from the recorded build. The controls are the same program, perturbed: each must differ.
set -eu
program=$1
bin=$(dirname "$program")
trace=$(mktemp)
trap 'rm -f "$trace"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# differing WORKLOAD OPTION...: the lines of its own recording that are marked.
differing() {
    "$program" "$@" --builds=1 --record="$trace" >/dev/null
    "$bin"/tidemark profile "$bin"/../share/rolldown-build.trace "$trace" >"$trace.txt"
    grep -q '^[0-9]* shares of more than 5 % differ' "$trace.txt" || fail "no comparison with $*"
    grep ' differs$' "$trace.txt" || true
    rm -f "$trace.txt"
}

lines=$(differing bundle --threads=5)
[ -z "$lines" ] || fail "bundle has drifted from the recorded build (make calibration):
$lines"
for control in --threads=1 --threads=2 --survivors=14 --survivors=6; do
    [ -n "$(differing bundle --threads=5 "$control")" ] || fail "bundle with $control was not told apart"
done
lines=$(differing churn --threads=5)
for figure in '<= 64 B' '<= 2 KiB' '< 16 allocations' 'reallocs' 'remote' 'after 80 %' 'live share of pinned 4 KiB pages'; do
    case $lines in
    *"$figure"*) ;;
    *) fail "churn was not told apart by $figure" ;;
    esac
done
