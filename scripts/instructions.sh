#!/bin/sh
# Instructions per pair of malloc and free, for each case of `micro` under each allocator of the
# manifest, as a table: counted by callgrind, which the machine's load does not disturb. Not every
# case repeats (docs/running.md).
#
#     scripts/instructions.sh [ALLOCATOR...]     (default: all that are there)
#
# Each allocator runs twice, the second time with twice the pairs; the difference of a case's
# inclusive counts is free of start-up and of filling its tables. The same loops with a stand-in
# instead of the allocator are counted once, and subtracted. What callgrind does not see is the
# kernel's part: page faults and system calls count nothing here.
#
# An allocator that does not run under valgrind is named, with its last words. Exit status: 0
# fine, 1 some allocator could not be counted, 2 nothing could be.
set -eu

build=${TIDEMARK_BUILD:-build}
manifest=$build/allocators/manifest.tsv
program=$build/bin/tidemark-workload
scales="0.25 0.5" # the larger is twice the smaller

say() {
    printf 'instructions: %s\n' "$*" >&2
}

command -v valgrind >/dev/null || {
    say "valgrind is missing; install the package valgrind"
    exit 2
}
if [ ! -r "$manifest" ] || [ ! -x "$program" ]; then
    say "$manifest or $program is missing; make them with \`make build\`"
    exit 2
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# count LIBRARY SCALE PART: the program's lines and callgrind's inclusive counts, as files; fails
# where it does not end well under valgrind.
count() {
    preload=
    [ "$1" = - ] || preload=LD_PRELOAD=$1
    rm -f "$scratch/out"
    # shellcheck disable=SC2086 # nothing, or one word
    env $preload valgrind --tool=callgrind --callgrind-out-file="$scratch/out" -q \
        "$program" micro --threads=1 --scale="$2" --part="$3" >"$scratch/lines" \
        2>"$scratch/errors" </dev/null || return 1
    grep -q '^done' "$scratch/lines" || return 1
    callgrind_annotate --inclusive=yes --threshold=100 "$scratch/out" >"$scratch/annotated"
}

# Joins what count() left: "NAME PAIRS INSTRUCTIONS" a case. What another thread does for
# cross-thread (free_batches) belongs to it.
join() {
    awk '
        FILENAME == ARGV[1] {
            for (i = 2; i <= NF; i++) {
                split($i, pair, "=")
                value[pair[1]] = pair[2]
            }
            if ($1 == "case") { names[++n] = value["name"]; pairs[n] = value["pairs"] }
            next
        }
        match($0, /wl_micro\.c:(case_[a-z0-9_]*|free_batches) \[/) {
            name = substr($0, RSTART + 11, RLENGTH - 13)
            sub(/^case_/, "", name)
            gsub(/_/, "-", name)
            if (name == "free-batches") name = "cross-thread"
            count = $1
            gsub(/,/, "", count)
            sum[name] += count
        }
        END { for (i = 1; i <= n; i++) print names[i], pairs[i], sum[names[i]] + 0 }
    ' "$scratch/lines" "$scratch/annotated"
}

# measure LIBRARY PART FILE: "NAME PAIRS INSTRUCTIONS" a case, the smaller run subtracted.
measure() {
    for scale in $scales; do
        count "$1" "$scale" "$2" || return 1
        join >"$scratch/at-$scale"
    done
    # shellcheck disable=SC2086 # the scales are words
    set -- "$3" $scales
    awk 'FNR == NR { pairs[$1] = $2; sum[$1] = $3; next }
         { printf "%s %d %d\n", $1, $2 - pairs[$1], $3 - sum[$1] }' \
        "$scratch/at-$2" "$scratch/at-$3" >"$1"
}

# allocators: "NAME STATUS LIBRARY" of the manifest, the C library's own without a preload.
allocators() {
    awk -F '\t' 'NR > 1 { print $1, $4, $2 == "glibc" ? "-" : $5 }' "$manifest"
}

is_wanted() { # NAME WANTED...
    [ $# -gt 1 ] || return 0
    name=$1
    shift
    case " $* " in *" $name "*) return 0 ;; *) return 1 ;; esac
}

say "counting the loops themselves"
measure - 2 "$scratch/loops" || {
    say "the program does not run under valgrind: $(tail -n 1 "$scratch/errors")"
    exit 2
}
failed=0 counted=0
cut -d ' ' -f 1 "$scratch/loops" >"$scratch/table"
printf 'case' >"$scratch/header"
allocators >"$scratch/allocators"
while read -r name status library; do
    is_wanted "$name" "$@" || continue
    if [ "$status" != ok ] && [ ! -f "$library" ]; then
        say "not counted: $name is $status"
        failed=1
        continue
    fi
    say "counting $name"
    if ! measure "$library" 1 "$scratch/calls"; then
        say "not counted: $name does not run under valgrind: $(tail -n 1 "$scratch/errors")"
        failed=1
        continue
    fi
    counted=$((counted + 1))
    printf ' %s' "$name" >>"$scratch/header"
    awk 'FNR == NR { loop[$1] = $3 / $2; next } { printf "%.1f\n", $3 / $2 - loop[$1] }' \
        "$scratch/loops" "$scratch/calls" | paste -d ' ' "$scratch/table" - >"$scratch/wider"
    mv "$scratch/wider" "$scratch/table"
done <"$scratch/allocators"
[ "$counted" -gt 0 ] || {
    say "no allocator was counted"
    exit 2
}
echo "Instructions per pair of malloc and free, the loop's own subtracted (callgrind)"
{
    cat "$scratch/header"
    echo
    cat "$scratch/table"
} | awk '{ for (i = 1; i <= NF; i++) printf i == 1 ? "%-16s" : "%16s", $i; print "" }'
exit $failed
