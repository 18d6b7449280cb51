#!/bin/sh
# mimalloc's own tests, unchanged, on libebb-mi.a: those of their checks that stay within the API that ebb_mi.h has.
# The source is the one that scripts/setup.sh has obtained; skipped without.
#
#     mimalloc.sh api|fill|stress LIBEBB-MI.A CC
set -eu

test=$1 library=$2 cc=$3
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "mimalloc: $*" >&2
    exit 1
}

# "PACKAGE=VERSION FILE SHA256 FOLDER" of mimalloc v2's first source
source=$(sed -n 's/^mimalloc2 .*\(source .*\)/\1/p' "$root/allocators/allocators.def" | cut -d'|' -f1)
# shellcheck disable=SC2086 # the source is words
set -- $source
if ! archive=$("$root/scripts/fetch.sh" source "$2" "$3" "$4" 2>"$scratch/why"); then
    echo "skipped: mimalloc's source cannot be had: $(cat "$scratch/why")"
    exit 77
fi
tar -xf "$archive" -C "$scratch" --strip-components=1
tests=$scratch/$5/test

build() { # PROGRAM SOURCE [FLAG...]
    program=$1 file=$2
    shift 2
    # NDEBUG as in a release; their warnings are theirs
    "$cc" -O1 -g -w -DNDEBUG -I"$scratch/mimalloc-include" "$@" -c "$file" -o "$program.o"
    "$cc" -O1 -g -Wall -I"$here/.." -c "$here/mi_rest.c" -o "$program-rest.o"
    "$cc" -o "$program" "$program.o" "$program-rest.o" "$library" -pthread -ldl
}
ln -s "$scratch/$5/include" "$scratch/mimalloc-include"

# Checks of what ebb_mi.h lacks.
outside='^(posix_memalign|memalign|malloc-aligned-at|malloc_aligned11|rezalloc_aligned|reallocarray|heap_|realpath|stl_|zeroinit-re[zc]alloc_aligned)'

# checks PROGRAM: says which failed, and how many there were that count
checks() {
    "$1" >"$scratch/out" 2>&1 || true
    grep -q '^succeeded:' "$scratch/out" || fail "$1 did not come to its end: $(tail -n 3 "$scratch/out")"
    sed -n 's/^ *FAILED: \([^:]*\):.*/\1/p' "$scratch/out" | grep -Ev "$outside" >"$scratch/failed" || true
    sed -n 's/^test: \(.*\)\.\.\..*/\1/p' "$scratch/out" | grep -Evc "$outside" >"$scratch/count"
}

case $test in
    stress)
        build "$scratch/stress" "$tests/test-stress.c"
        # corrupted data ends it, with status 1 or by an abort
        "$scratch/stress" 8 25 10 >"$scratch/out" 2>&1 || fail "test-stress ended with $?: $(tail -n 3 "$scratch/out")"
        build "$scratch/control" "$tests/test-stress.c" -Dmi_calloc=mi_control_calloc
        ! "$scratch/control" 8 25 10 >"$scratch/out" 2>&1 || fail "the control has passed"
        exit 0
        ;;
    api) file=$tests/test-api.c least=20 ;;
    fill) file=$tests/test-api-fill.c least=12 ;;
    *) fail "\"$test\" is no test" ;;
esac
build "$scratch/$test" "$file"
checks "$scratch/$test"
[ ! -s "$scratch/failed" ] || fail "failed: $(tr '\n' ' ' <"$scratch/failed")"
count=$(cat "$scratch/count")
[ "$count" -ge $least ] || fail "only $count checks are left: are these mimalloc's tests?"
echo "mimalloc: $count checks of $test passed"

# That a check can fail.
case $test in
    api) build "$scratch/control" "$file" -Dmi_realloc=mi_control_realloc && expected=realloc-sizezero ;;
    fill) build "$scratch/control" "$file" -Dmi_rezalloc=mi_control_rezalloc && expected=zeroinit-rezalloc ;;
esac
checks "$scratch/control"
grep -q "$expected" "$scratch/failed" || fail "the control has passed"
