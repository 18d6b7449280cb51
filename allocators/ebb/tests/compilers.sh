#!/bin/sh
# ebb by an older compiler out of a Debian archive, which is unpacked and not installed: no warning, and its archive
# passes what musl.sh asks. gcc 8, the oldest that knows -std=gnu17, is there for bare riscv64 only: it compiles every
# source against glibc's headers, and nothing runs. Skipped where the compiler cannot be had.
#
#     compilers.sh gcc-8|gcc-9|gcc-10|gcc-11|clang-14 FOLDER
set -eu

compiler=$1 folder=$2
here=$(cd "$(dirname "$0")" && pwd)
ebb=$here/.. conformance=$here/../../conformance
fetch=$here/../../../scripts/fetch.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fail() {
    echo "compilers: $compiler: $*" >&2
    exit 1
}

unpack() { # SUITE FOLDER PACKAGE...
    "$fetch" unpacked "$@" 2>why && return
    echo "skipped: $compiler cannot be had: $(cat why)"
    exit 77
}

flags='-std=gnu17 -Wall -Wextra -Werror'
case $compiler in
    gcc-8)
        unpack bullseye "$folder/compiler" gcc-riscv64-unknown-elf
        unpack bookworm "$folder/headers" libc6-dev-riscv64-cross linux-libc-dev-riscv64-cross
        cc=$folder/compiler/usr/bin/riscv64-unknown-elf-gcc
        own=$folder/compiler/usr/lib/gcc/riscv64-unknown-elf/8.3.0
        flags="$flags -B$folder/compiler/usr/lib/riscv64-unknown-elf/bin -D__linux__ -nostdinc -isystem $own/include-fixed -isystem $own/include"
        flags="$flags -isystem $folder/headers/usr/riscv64-linux-gnu/include -DEBB_UNTESTED"
        ;;
    gcc-9 | gcc-10)
        unpack bullseye "$folder/compiler" "$compiler"
        cc=$folder/compiler/usr/bin/$compiler
        ;;
    *)
        unpack bookworm "$folder/compiler" "$compiler"
        cc=$folder/compiler/usr/bin/$compiler
        ;;
esac
libraries=$folder/compiler/usr/lib/$(cc -dumpmachine)

compile() {
    # shellcheck disable=SC2086 # flags are words
    LD_LIBRARY_PATH=$libraries "$cc" $flags -I"$ebb" -I"$here" -I"$conformance" "$@"
}

echo 'constexpr int newer = 1;' >newer.c
! compile -std=gnu2x -c newer.c -o newer.o 2>/dev/null || fail "this compiler is a newer one: it knows constexpr"

. "$here/addons.sh"
if [ "$compiler" = gcc-8 ]; then
    archive libebb-mi.a
    for source in api_cxx api_process; do
        compile -O3 -fPIC -DNDEBUG -c "$ebb/$source.c" -o $source.o || fail "$source.c does not compile"
    done
else
    build_addons
fi
# What made it is written in it.
version=$(echo "$compiler" | tr - ' ' | sed 's/gcc/GCC:.*/; s/clang/clang version/')
readelf -p .comment objects/slab.o | grep -q "$version\\." || fail "the archive was made by another compiler"
[ "$compiler" = gcc-8 ] || run_addons
