#!/bin/sh
# Checks the models of ebb's protocols with SPIN: each sound one by an exhaustive search, and
# that each control, which leaves one step out, is refuted by the error it is meant to show.
# usage: run.sh [MODEL...]     e.g. run.sh gate sleep; without a name all in models.tsv
# status: 0, 1 (a sound model failed or a control was not refuted), 2 (usage), 77 (no SPIN)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
for tool in spin cc; do
    if ! command -v "$tool" >/dev/null; then
        echo "skipped: no $tool; install it (scripts/requirements.tsv names the package)"
        exit 77
    fi
done
for name in "$@"; do
    if ! cut -f 1 "$here/models.tsv" | grep -qx "$name"; then
        echo "run.sh: no model \"$name\" in $here/models.tsv" >&2
        exit 2
    fi
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

now() {
    date +%s.%N
}

# check MODEL KIND: searches all states; the outcome is in ./out
#   safety: assertions and invalid end states; progress: cycles without progress besides
check() {
    # a folder of its own each time, so that no trail is left from the one before
    rm -rf work
    mkdir work
    (
        cd work
        # shellcheck disable=SC2086 # a list of -D options
        spin -a $defines "$here/$1.pml" >../out 2>&1 || exit 0
        case $2 in
        safety) compile=-DSAFETY run=-n ;; # -n: no list of unreached lines
        progress) compile=-DNP run=-l ;;
        esac
        # an optimiser costs more than it saves
        cc -O0 -w -DMEMLIM=2000 -DNOFAIR "$compile" -o pan pan.c
        ./pan -m500000 "$run" >../out 2>&1 || true
    )
}

# Whether the search saw everything and found nothing.
is_verified() {
    grep -q 'errors: 0$' out && grep -q '^Full statespace search' out &&
        ! grep -qE 'not completed|depth too small|error:|out of memory|bit statespace' out
}

failures=0
tab=$(printf '\t')
while IFS=$tab read -r model variant kind expected defines; do
    case $model in '#'* | '') continue ;; esac
    if [ $# -gt 0 ]; then
        wanted=false
        for name in "$@"; do
            [ "$name" != "$model" ] || wanted=true
        done
        $wanted || continue
    fi
    start=$(now)
    check "$model" "$kind"
    seconds=$(echo "$start $(now)" | awk '{ printf "%.1f", $2 - $1 }')
    states=$(awk '/ states, stored/ { n = $1 } END { print n + 0 }' out)
    found=$(sed -n 's/^pan:[0-9]*: \(.*\) (at depth.*/\1/p' out | head -n 1)
    if [ "$expected" = verified ]; then
        if is_verified; then verdict=verified; else verdict="NOT VERIFIED: ${found:-see below}"; fi
    elif [ -n "$found" ] && echo "$found" | grep -qF -e "$expected"; then
        verdict="refuted as it must be: $found"
    else
        verdict="NOT REFUTED by \"$expected\": ${found:-no error}"
    fi
    printf '%-7s %-16s %9s states %5s s  %s\n' "$model" "$variant" "$states" "$seconds" "$verdict"
    case $verdict in
    NOT*)
        failures=$((failures + 1))
        echo "$model $variant" >>failed
        [ -n "$found" ] || tail -n 3 out
        ;;
    esac
done <"$here/models.tsv"

if [ "$failures" -gt 0 ]; then
    echo "run.sh: $failures not as expected: $(paste -sd, failed)" >&2
    exit 1
fi
