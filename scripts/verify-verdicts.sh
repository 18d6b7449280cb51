#!/bin/sh
# What the verdicts of `tidemark compare` are worth, by experiment, at the size of a profile: how often a
# whole run is called worse that is the same, and how often a change of known size in one cell is found.
#     scripts/verify-verdicts.sh [--quick] [--runs=N] [FOLDER]
# N complete runs are measured (10 of the default profile: some 95 minutes; --quick: 4 of the quick one).
# They are kept: a call that was interrupted goes on, and more runs can be added. Then each run's reference
# is compared with the same once more (pairs within rounds), and every pair of runs is compared, with each allocator but the reference on trial in turn and the others as controls, and with
# everything on trial. A change is planted by multiplying one cell's figures in the second run, the cells
# taking turns: what the allocator did is real, and what is added is known.
# Pairs share runs, so they are not independent; the intervals are for as many independent ones.
# Exit code 1: a promise of docs/verdicts.md is not kept.
set -eu

profile=default runs=10
for argument; do
    case $argument in
        --quick) profile=quick runs=4 ;;
        --runs=*) runs=${argument#*=} ;;
        -*)
            echo "verify-verdicts: there is no option $argument" >&2
            exit 2
            ;;
        *) folder=$argument ;;
    esac
done
folder=${folder:-results/verify-verdicts-$profile}
tidemark=${TIDEMARK_BUILD:-build}/bin/tidemark
if ! [ -x "$tidemark" ]; then
    echo "verify-verdicts: there is no $tidemark; \`make build\` builds it" >&2
    exit 2
fi
mkdir -p "$folder"

run=0
while [ $run -lt "$runs" ]; do
    run=$((run + 1))
    [ ! -f "$folder/run-$run.json" ] || continue
    echo "measuring run $run of $runs" >&2
    # A cell fails if memory was not in its condition. Only failed cells are then measured again, twice at most.
    for _ in 1 2 3; do
        set -- --profile="$profile" --output="$folder/run-$run"
        [ ! -e "$folder/run-$run/latest" ] || set -- --resume="$folder/run-$run/latest"
        code=0
        "$tidemark" run "$@" --no-plots >>"$folder/run-$run.log" 2>&1 || code=$?
        [ "$code" -eq 3 ] || break
    done
    [ "$code" -eq 0 ] || {
        tail -n 5 "$folder/run-$run.log" >&2
        exit 3
    }
    "$tidemark" baseline take "$folder/run-$run/latest" -o "$folder/run-$run" >>"$folder/run-$run.log"
    mv "$folder/run-$run/$profile.json" "$folder/run-$run.json"
done

# compare A B [OPTIONS]: leaves the table in $folder/judged; the exit code is compare's.
compare() {
    "$tidemark" compare --markdown "$@" >"$folder/judged" 2>"$folder/complaint" || {
        code=$?
        [ $code -ne 2 ] || { cat "$folder/complaint" >&2; exit 3; }
        return $code
    }
}

# same KIND A B [OPTIONS]: appends "KIND worse", or moved, blind, or quiet.
same() {
    kind=$1 code=0
    shift
    compare "$@" || code=$?
    case $code in
        0) echo "$kind quiet" ;;
        1) echo "$kind worse" ;;
        *) if grep -q '^\*\*THE MACHINE' "$folder/judged"; then echo "$kind moved"; else echo "$kind blind"; fi ;;
    esac >>"$folder/verdicts"
}

# planted KIND MEASURE LABEL PERCENT WORKLOAD SUBJECT A B [OPTIONS]: appends "KIND found", or "KIND blind" where
# the comparison says itself that it could not have seen so little, or "KIND missed"; of ebb, which repeats
# best, once more as KIND:ebb.
planted() {
    kind=$1 measure=$2 label=$3 percent=$4 workload=$5 subject=$6 first=$7 second=$8
    shift 8
    jq --arg m "$measure" --arg w "$workload" --arg v "$subject" --argjson p "$percent" '(.series[]
        | select(.measure == $m and .workload == $w and .variant == $v) | .rounds[] | numbers) *= 1 + $p / 100' \
        "$second" >"$folder/planted.json"
    compare "$first" "$folder/planted.json" --subject="$subject" "$@" || true
    awk -F' *[|] *' -v kind="$kind" -v name="$workload on $subject, " -v label="$label" -v percent="$percent" \
        -v subject="$subject" '
        /Every comparison/ { whole = 1 }
        whole && index($2, name) == 1 && $3 == label {
            rows++
            visible = substr($9, 3) + 0 # "> 13.9 %"; "none" is 0, and nothing is seen then
            what = $6 ~ /^worse/ ? "found" : visible == 0 || visible > percent ? "blind" : "missed"
        }
        END {
            if (rows != 1) what = "lost"
            print kind, what
            if (subject == "ebb") print kind ":ebb", what
        }' "$folder/judged" >>"$folder/verdicts"
}

reference=$(jq -r .facts.reference "$folder/run-1.json")
subjects=$(jq -r --arg r "$reference" '.variants | keys[] | select(. != $r and (contains(":") | not))' "$folder/run-1.json")
# cells MEASURE: its workloads
cells() { jq -r --arg m "$1" '[.series[] | select(.measure == $m) | .workload] | unique[]' "$folder/run-1.json"; }
timed=$(cells "time") idle=$(cells dead)
turn=0
# next LIST...: one of them, in turn
next() {
    shift $((turn % $#))
    echo "$1"
}

: >"$folder/verdicts"
a=0
while [ $a -lt "$runs" ]; do
    a=$((a + 1))
    b=$a
    same A/A-row "$folder/run-$a.json" --between="$reference,$reference:A/A"
    while [ $b -lt "$runs" ]; do
        b=$((b + 1))
        first=$folder/run-$a.json second=$folder/run-$b.json
        same A/A-all "$first" "$second"
        for subject in $subjects; do
            turn=$((turn + 1))
            # shellcheck disable=SC2046,SC2086 # lists of names without spaces
            workload=$(next $timed) left=$(next $idle)
            same A/A-one "$first" "$second" --subject="$subject"
            planted dead+5% dead "dead footprint" 5 "$left" "$subject" "$first" "$second" --memory-tolerance=2
            planted dead+30% dead "dead footprint" 30 "$left" "$subject" "$first" "$second"
            planted time+10% "time" "time" 10 "$workload" "$subject" "$first" "$second" --time-tolerance=5
            planted time+30% "time" "time" 30 "$workload" "$subject" "$first" "$second"
        done
    done
done
awk -v runs="$runs" -f "$(dirname "$0")/verdict-rates.awk" "$folder/verdicts"
