#!/bin/sh
# What it costs to have an allocator inside an addon, as a table: instructions for a pair of malloc and free under the
# allocator's own names, beside the same allocator preloaded, and what it adds to the stripped addon. Counted by
# callgrind, so the machine's load does not matter. The stand-in's loop, and its object, are subtracted.
#
#     scripts/embedding.sh [MORE-MAX]       (40; TIDEMARK_BUILD)
#
# Exit status: 1 where ebb's own names take more than MORE-MAX instructions above its drop-in, or ebb adds more to an
# addon than mimalloc v3; 2 where something that is needed is missing.
set -eu

most=${1:-40}
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${TIDEMARK_BUILD:-$here/../build}" && pwd)
conformance=$here/../allocators/conformance
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

missing() {
    echo "embedding: $*" >&2
    exit 2
}
command -v valgrind >/dev/null || missing "valgrind is missing; install the package valgrind"
[ -f "$build/allocators/ebb/libebb-embed.a" ] || missing "ebb is not built; run \`make build\`"

# object NAME FLAG...: $scratch/NAME/libpairs.so, stripped, and the program that calls it
object() {
    mkdir "$scratch/$1"
    out=$scratch/$1
    shift
    cc -O2 -fPIC -shared -fno-builtin -fvisibility=hidden -I"$conformance" -I"$here/../allocators/ebb" \
        "$here/embedding.c" "$@" -Wl,--exclude-libs,ALL -pthread -ldl -o "$out/libpairs.so"
    strip "$out/libpairs.so"
    cc -O2 -DMAIN "$here/embedding.c" -L"$out" -lpairs -Wl,-rpath,"$out" -o "$out/pairs"
}

# instructions NAME [PRELOADED]: of a million pairs, the second million of two
instructions() {
    for count in 1000000 2000000; do
        env ${2:+"LD_PRELOAD=$2"} EBB_RECLAIM=manual valgrind --tool=callgrind --callgrind-out-file=/dev/null \
            "$scratch/$1/pairs" $count 2>&1 | sed -n 's/.*Collected : //p'
    done | awk '{ i = $1 - i } END { if (NR != 2) exit 1; print i }'
}
per_pair() { # INSTRUCTIONS
    awk -v all="$1" -v loop="$loop" 'BEGIN { printf "%.0f", (all - loop) / 1e6 }'
}
bytes() { # NAME
    wc -c <"$scratch/$1/libpairs.so"
}

object stand-in
object program -DPROGRAMS
loop=$(instructions stand-in) || missing "nothing can be counted under valgrind here"

echo "| | inside, instructions a pair | preloaded | added to a stripped addon, KiB |"
echo "|---|---|---|---|"
sed -n 's/^\([a-z][a-z0-9]*\)[[:space:]][[:space:]]*\([a-z]*\)[[:space:]].*/\1 \2/p' "$conformance/allocators.def" |
    while read -r name shim; do
        archive=$build/allocators/conformance/lib/$name.a
        library=$(awk -F '\t' -v name="$name" '$1 == name && $5 != "-" { print $5 }' "$build/allocators/manifest.tsv")
        [ "$name" != ebb ] || archive=$build/allocators/ebb/libebb-embed.a
        if ! [ -f "$archive" ] || ! [ -f "$library" ]; then
            echo "embedding: $name is left out: its archive or its library is not there" >&2
            continue
        fi
        object "$name" "-DALLOC_SHIM=\"shims/$shim.h\"" "$archive"
        inside=$(per_pair "$(instructions "$name")")
        preloaded=$(per_pair "$(instructions program "$library")")
        added=$(($(bytes "$name") - $(bytes stand-in)))
        echo "| $name | $inside | $preloaded | $((added / 1024)) |"
        echo "$name $inside $preloaded $added" >>"$scratch/rows"
    done
awk -v most="$most" '
    $1 == "ebb" { more = $2 - $3; size = $4; there = 1 }
    $1 == "mimalloc3" { other = $4 }
    END {
        if (!there) { print "embedding: ebb was not counted" >"/dev/stderr"; exit 2 }
        if (more > most) {
            print "embedding: inside an addon a pair takes " more " instructions more, and may take " most >"/dev/stderr"
            status = 1
        }
        if (other && size > other) {
            print "embedding: ebb adds more to an addon than mimalloc v3" >"/dev/stderr"
            status = 1
        }
        exit status
    }' "$scratch/rows"
