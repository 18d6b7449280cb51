#!/bin/sh
# ebb as its users get it: installed into a folder of its own, found there by CMake and by pkg-config, used from C
# and C++, shared and static; what the library shows, and under which name.
#     packaging.sh EBB'S-BUILD-FOLDER CC CXX
set -eu

build=$1 cc=$2 cxx=$3
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "packaging: $*" >&2
    [ ! -f "$scratch/log" ] || tail -n 20 "$scratch/log" >&2
    exit 1
}

if ! command -v "$cxx" >/dev/null; then
    echo "skipped: there is no C++ compiler"
    exit 77
fi
cmake --install "$build" --prefix "$scratch/installed" >"$scratch/log" 2>&1 || fail "it is not installed"
# Nothing may know where it was installed first.
mv "$scratch/installed" "$scratch/prefix"
prefix=$scratch/prefix
library=$(find "$prefix" -name libebb.so)
folder=$(dirname "$library")
header=$prefix/include/ebb.h
[ -f "$header" ] || fail "there is no ebb.h"
version=$(sed -n 's/^#define EBB_VERSION "\(.*\)"/\1/p' "$header")

[ "$(readlink -f "$library")" = "$folder/libebb.so.$version" ] || fail "libebb.so is not version $version"
readelf -d "$library" | grep -q 'SONAME.*\[libebb\.so\.0\]' || fail "another SONAME than libebb.so.0"
nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | LC_ALL=C sort >"$scratch/shown"
grep -v '^#' "$here/../packaging/libebb.symbols" | LC_ALL=C sort >"$scratch/listed"
diff "$scratch/listed" "$scratch/shown" >"$scratch/log" || fail "libebb.so does not show what packaging/libebb.symbols lists"

cmake -S "$here/consumer" -B "$scratch/consumer" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_CXX_COMPILER="$cxx" >"$scratch/log" 2>&1 || fail "find_package(ebb) fails"
cmake --build "$scratch/consumer" >"$scratch/log" 2>&1 || fail "a consumer does not build by CMake"
ctest --test-dir "$scratch/consumer" --output-on-failure >"$scratch/log" 2>&1 || fail "a consumer by CMake fails"
export PKG_CONFIG_PATH="$folder/pkgconfig"
[ "$(pkg-config --modversion ebb)" = "$version" ] || fail "pkg-config does not know version $version of ebb"
[ "$(pkg-config --modversion ebb-embed)" = "$version" ] || fail "pkg-config does not know version $version of ebb-embed"
cd "$scratch"
cp "$here/consumer/consumer.c" consumer.cpp
use() { # WHAT COMPILER SOURCE FLAG...
    what=$1
    shift
    "$@" -fno-builtin -o program >"$scratch/log" 2>&1 || fail "$what does not build"
    LD_LIBRARY_PATH=$folder ./program >"$scratch/log" 2>&1 || fail "$what fails"
}
# shellcheck disable=SC2046 # flags are words
{
    use "C by pkg-config" "$cc" "$here/consumer/consumer.c" $(pkg-config --cflags --libs ebb)
    readelf -d program | grep -q 'NEEDED.*\[libebb\.so\.0\]' || fail "a program does not ask for libebb.so.0"
    use "C++ by pkg-config" "$cxx" consumer.cpp $(pkg-config --cflags --libs ebb)
    use "an addon's by pkg-config" "$cc" -DWITH_EMBED "$here/consumer/consumer.c" $(pkg-config --cflags --libs ebb-embed)
    use "a static program by pkg-config" "$cc" -static "$here/consumer/consumer.c" $(pkg-config --static --cflags --libs ebb)
    case $(pkg-config --static --libs ebb) in
        *-pthread*-ldl*) ;;
        *) fail "Libs.private does not say what the archive needs" ;;
    esac
    use "a static program" "$cc" -static "$here/consumer/consumer.c" $(pkg-config --cflags ebb) "$folder/libebb.a" -pthread
}
# By its SONAME's name too, which is what a package without the development files has.
LD_PRELOAD=$folder/libebb.so.0 sh -c 'grep -q libebb /proc/self/maps' || fail "it cannot be preloaded"
