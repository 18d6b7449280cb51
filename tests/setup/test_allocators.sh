#!/bin/sh
# The registry and its manifest: a row for every line; a wrong SHA-256 or a version that is gone
# is passed over visibly, never used, and stops nothing else.
source=$1 build=$2
# shellcheck source=../lib.sh
. "$source/tests/lib.sh"

names() {
    awk '!/^#/ && NF { print $1 }' "$1"
}

# The real one, as set-up has left it.
for name in $(names "$source/allocators/allocators.def"); do
    awk -F'\t' -v name="$name" '$1 == name && NF == 10 { found++ } END { exit found != 1 }' \
        "$build/allocators/manifest.tsv" || fail "$name has no row of its own in the manifest"
done

# Copies with faults: SHA-256 of the first candidate changed, so that the cache cannot help.
line=$(awk '$1 == "mimalloc2.0.9"' "$source/allocators/allocators.def")
good=$(echo "$line" | sed 's/^[^ ]* *[^ ]* *[^ ]* *//')
bad=$(echo "$good" | sed 's/[0-9a-f]\{64\}/0000000000000000000000000000000000000000000000000000000000000000/')
gone=$(echo "$good" | sed 's/=[^ ]*/=0.0.1-1/; s/[0-9a-f]\{64\}/1111111111111111111111111111111111111111111111111111111111111111/')
{
    echo "glibc glibc default system"
    echo "wrong mimalloc default $bad"
    echo "rotated mimalloc extra $gone | $good"
    echo "nothing mimalloc default nonsense x y"
    echo "ours ebb default tree no/such/lib.so"
} >"$scratch/allocators.def"
TIDEMARK_ALLOCATORS=$scratch/allocators.def TIDEMARK_BUILD=$scratch/build \
    sh "$source/scripts/allocators.sh" 2>"$scratch/log" || fail "it stopped: $(cat "$scratch/log")"
manifest=$scratch/build/allocators/manifest.tsv

# row NAME COLUMN PATTERN
row() {
    awk -F'\t' -v name="$1" -v column="$2" -v pattern="$3" \
        '$1 == name && $column ~ pattern { found = 1 } END { exit !found }' "$manifest" ||
        fail "the row of $1 lacks \"$3\" in column $2: $(grep "^$1	" "$manifest")"
}

row glibc 4 '^ok$'
row wrong 4 '^unavailable$'
if grep -q 'does not have the pinned SHA-256' "$manifest"; then
    row wrong 10 'mimalloc_2.0.9.*does not have the pinned SHA-256'
    row rotated 4 '^ok$'
    row rotated 3 '^2.0.9$'
    row rotated 9 '^extra$'
    row rotated 10 '0.0.1-1 is not served'
    grep -q "rotated: using .*2.0.9.* because" "$scratch/log" || fail "the fallback was not told"
else
    row wrong 10 . # without the archive it still says why
fi
row nothing 4 '^unavailable$'
row nothing 10 'no kind of candidate'
row ours 4 '^not-built$'
row ours 10 'not built yet'
