#!/bin/sh
# The nightly, on one machine or over several:
#     ci/nightly.sh shard I/N [OPTIONS OF tidemark run...]    measures a part, below results/shard-I
#     ci/nightly.sh judge SHARD-FOLDER...                     merges, judges, and keeps the history
#     ci/nightly.sh [OPTIONS OF tidemark run...]              all of it here, in one part
# Leaves results/nightly/ with report.md (the verdict in its first line), plots and results.json, a row
# in results/history.sqlite, results/trend/, results/site/, and in results/nightly/baseline/ what a baseline would be that
# is made of this run. Exit code 1: worse than the baseline, or over a bound; 3: a cell failed. Without a
# baseline the bounds alone judge.
set -eu
cd "$(dirname "$0")/.."

tidemark=${TIDEMARK_BUILD:-build}/bin/tidemark
results=${TIDEMARK_OUTPUT:-results}
baselines=${TIDEMARK_BASELINES:-results/baseline}
bounds=${TIDEMARK_BOUNDS:-results/bounds.json}
nightly=$results/nightly

# worst OLD NEW: of two exit codes the one that the reader must know: 1 before 3 before 2.
worst() {
    for code in 1 3 2; do
        if [ "$1" -eq $code ] || [ "$2" -eq $code ]; then
            echo $code
            return
        fi
    done
    echo 0
}

shard() {
    part=$1
    shift
    "$tidemark" run --profile=long --shard="$part" --no-plots \
        --output="$results/shard-${part%/*}" "$@"
}

# The bounds below the verdict, and above it what is over one, if nothing worse stands there.
judge_bounds() {
    code=0
    "$tidemark" bounds --bounds="$bounds" "$nightly" >"$nightly/bounds.txt" || code=$?
    {
        if [ $code -eq 1 ] && ! head -n 1 "$nightly/verdict.md" | grep -q 'WORSE'; then
            sed -n '1s/.*/**OVER A BOUND: &**\n/p' "$nightly/bounds.txt"
        fi
        cat "$nightly/verdict.md"
        printf '\nBounds:\n\n```\n'
        cat "$nightly/bounds.txt"
        printf '```\n'
    } >"$nightly/judged.md"
    mv "$nightly/judged.md" "$nightly/verdict.md"
    return $code
}

# The site, with what changed since results/last.json, the night before's figures, which this night's
# replace unless a cell of it has failed. Where it cannot be written that is said, and is no verdict.
publish() {
    set -- "$nightly"
    [ ! -f "$results/last.json" ] || set -- "$results/last.json" "$@"
    [ ! -f "$bounds" ] || set -- --bounds="$bounds" "$@"
    "$tidemark" site -o "$results/site" --history="$results/history.sqlite" "$@" ||
        echo "nightly: there is no site" >&2
    [ ! -f "$nightly/baseline/$profile.json" ] || cp "$nightly/baseline/$profile.json" "$results/last.json"
}

judge() {
    total=0 code=0
    "$tidemark" merge -o "$nightly" "$@" >/dev/null || code=$?
    [ $code -eq 0 ] || [ $code -eq 3 ] || return "$code"
    total=$code
    : >"$nightly/verdict.md"
    profile=$(sed -n 's/^  "profile": "\([a-z]*\)",$/\1/p' "$nightly/results.json")
    if [ -f "$baselines/$profile.json" ]; then
        code=0
        "$tidemark" compare "$baselines" "$nightly" --markdown >"$nightly/verdict.md" || code=$?
        total=$(worst "$total" $code)
    else
        echo "**NO BASELINE for the profile $profile in $baselines: commit $nightly/baseline/$profile.json as one**" \
            >"$nightly/verdict.md"
    fi
    if [ -f "$bounds" ]; then
        judge_bounds || total=$(worst "$total" $?)
    fi
    sh -c 'cat "$1" "$2" >"$2.new" && mv "$2.new" "$2"' sh "$nightly/verdict.md" "$nightly/report.md"
    "$tidemark" history import "$nightly" --database="$results/history.sqlite" || total=$(worst "$total" $?)
    # what could be the next baseline; a run with a failed cell could not
    [ "$total" -eq 3 ] || "$tidemark" baseline take "$nightly" --output="$nightly/baseline" \
        --history="$results/history.sqlite" >/dev/null || total=$(worst "$total" $?)
    "$tidemark" history trend --database="$results/history.sqlite" --plots="$results/trend" \
        >"$nightly/trend.txt" || total=$(worst "$total" $?)
    # What the baseline's tolerance lets through night by night, and the nights together do not.
    "$tidemark" history trend --database="$results/history.sqlite" --last=7 >"$nightly/changed.txt" ||
        total=$(worst "$total" $?)
    if grep -q ' at run ' "$nightly/changed.txt"; then
        {
            echo
            echo "Levels that changed within the last seven nights:"
            echo
            sed 's/^/    /' "$nightly/changed.txt"
        } >>"$nightly/report.md"
    fi
    publish
    head -n 1 "$nightly/report.md"
    return "$total"
}

case ${1:-} in
    shard)
        shift
        shard "$@"
        ;;
    judge)
        shift
        judge "$@"
        ;;
    *)
        code=0
        shard 1/1 "$@" || code=$?
        [ $code -eq 0 ] || [ $code -eq 3 ] || exit $code
        judge "$results/shard-1/latest"
        ;;
esac
