#!/bin/sh
# How often `tidemark guard compare` finds a growth by 5 %, and how often it finds one where there is none.
#     scripts/guard-verify.sh [N]
# N (40) times each: two commits that hold the same, and two of which the head holds 5 % more JavaScript objects.
# The program is examples/server with more and larger requests kept, about 100 MiB, looked at after 30 s of idling. It
# is a comparison as a pull request has it: check-out, rounds, verdict; ten minutes at most. What is finished stays in
# $OUTPUT: start the script again to go on; one that failed is made again. N of 0 prints the table alone. It ends with a
# table, and status 1 if a figure misses what is demanded: of the growths at least 90 % found, and each found one named
# as V8's; of the others at most 5 % called worse.
# Settings, by environment:
#     OUTPUT   where the state is (default results/guard-verify)
#     JOBS     comparisons at once (default 1)
#     BINARY   the tidemark to use (default build/bin/tidemark)
#     KEPT, MORE   requests that the server keeps, and how many more in the head (default 800 and 49)
#     IDLE     seconds (default 30)
set -eu

here=$(CDPATH='' cd -- "$(dirname "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/.." && pwd)
count=${1:-40}
output=${OUTPUT:-$root/results/guard-verify}
tidemark=${BINARY:-$root/build/bin/tidemark}
kept=${KEPT:-800}
more=${MORE:-49}
idle=${IDLE:-30}

die() {
    echo "guard-verify: $1" >&2
    exit "${2:-2}"
}

commit() {
    git -C "$1" add -A
    git -C "$1" -c user.name=t -c user.email=t@t commit -qm "$2"
    git -C "$1" tag "$2"
}

# replace FILE OLD NEW: fails where the example is no longer what this script knows.
replace() {
    grep -qF -- "$2" "$1" || die "$1 has no \"$2\""
    sed "s/$2/$3/" "$1" >"$1.new"
    mv "$1.new" "$1"
}

# repository FOLDER: the commits good, same and grown.
repository() {
    cp -r "$root/examples/server" "$1"
    rm -rf "$1/.tidemark"
    replace "$1/requests.mjs" "KEPT = 20" "KEPT = $kept"
    replace "$1/visit.mjs" "length: 300" "length: 1500"
    replace "$1/visit.mjs" "VISITS = 500" "VISITS = $((kept + kept / 4))"
    cat >"$1/tidemark.json" <<END
{"scenarios": [{"name": "server", "command": "exec node server.mjs", "ready": "ready", "drive": "node visit.mjs",
                "collect": "node", "idle_s": [$idle], "timeout_s": 300}],
 "fail": {"idle@${idle}s": "2.5%"}}
END
    git init -q "$1"
    commit "$1" good
    echo "// of no matter" >>"$1/requests.mjs"
    commit "$1" same
    replace "$1/requests.mjs" "KEPT = $kept" "KEPT = $((kept + more))"
    commit "$1" grown
}

# trial NAME, "07-grown": a comparison of good and that commit.
trial() {
    folder=$output/trials/$1
    [ ! -e "$folder/seconds" ] || return 0
    rm -rf "$folder"
    mkdir -p "$folder/trees"
    repository "$folder/repository"
    begun=$(date +%s) code=0
    (cd "$folder/repository" && exec "$tidemark" guard compare --budget-minutes 10 --trees "$folder/trees" \
        --output "$folder/runs" good "${1#*-}") >"$folder/verdict" 2>"$folder/log" || code=$?
    ! grep -q '^INTERRUPTED' "$folder/verdict" || die "interrupted; start the script again to go on" 3
    echo "$code" >"$folder/code"
    # without its time it is made again at the next start
    grep -q '^FAILED' "$folder/verdict" || echo $(($(date +%s) - begun)) >"$folder/seconds"
    rm -rf "$folder/repository" "$folder/trees"
    echo "guard-verify: $1: exit code $code: $(head -n 1 "$folder/verdict")" >&2
}

# counts KIND: trials, of code 0, 1 and 3, failed ones, headlines that name V8, and the longest in seconds.
counts() {
    n=0 fine=0 worse=0 open=0 other=0 named=0 longest=0
    for folder in "$output"/trials/*-"$1"; do
        if ! [ -e "$folder/seconds" ]; then
            [ ! -e "$folder/code" ] || other=$((other + 1))
            continue
        fi
        n=$((n + 1))
        case $(cat "$folder/code") in
        0) fine=$((fine + 1)) ;;
        1) worse=$((worse + 1)) ;;
        3) open=$((open + 1)) ;;
        *) other=$((other + 1)) ;;
        esac
        if head -n 1 "$folder/verdict" | grep -q "^WORSE: server, $idle s idle: .*: JavaScript heap (V8) +"; then
            named=$((named + 1))
        fi
        seconds=$(cat "$folder/seconds")
        [ "$seconds" -le "$longest" ] || longest=$seconds
    done
}

table() {
    missed=0
    printf '%-22s %6s %6s %6s %10s %9s %10s %9s\n' "what the head holds" trials red green undecided failed "named V8" "longest"
    for kind in same grown; do
        counts $kind
        title="as much as the base"
        [ $kind = same ] || title="5 % more"
        printf '%-22s %6d %6d %6d %10d %9d %10d %7d s\n' "$title" $n $worse $fine $open $other $named "$longest"
        [ $n -gt 0 ] || missed=1
        [ "$longest" -le 660 ] || missed=1 # the budget, and what a check-out takes
        if [ $kind = same ]; then
            [ $((worse * 100)) -le $((n * 5)) ] || missed=1
        else
            [ $((worse * 100)) -ge $((n * 90)) ] || missed=1
            [ $named -eq $worse ] || missed=1
        fi
        [ $other -eq 0 ] || missed=1
    done
    return $missed
}

case $count in
'' | *[!0-9]*)
    if [ "$count" = --trial ]; then
        trial "$2"
        exit 0
    fi
    die "usage: scripts/guard-verify.sh [N], not \"$count\""
    ;;
esac
command -v node >/dev/null || die "node is needed; install Node.js 18 or newer" 3
[ -x "$tidemark" ] || die "there is no $tidemark; build it, or set \$BINARY" 3
mkdir -p "$output/trials"
output=$(CDPATH='' cd -- "$output" && pwd)
export OUTPUT="$output" BINARY="$tidemark"
[ "$count" -gt 0 ] || {
    table
    exit
}
number=1
while [ "$number" -le "$count" ]; do
    printf '%02d-grown\n%02d-same\n' "$number" "$number"
    number=$((number + 1))
done | xargs -P "${JOBS:-1}" -n 1 "$0" --trial || die "a comparison could not be made; see above" 3
table || die "what is demanded is missed" 1
