#!/bin/sh
# Builds an allocator's static library, for linking into a shared object, under a prefix.
#
#     build-archive.sh FAMILY VERSION FOLDER BUILD OUTPUT.a
#
# BUILD is "dlopen" or "defaults": see allocators.def. Either leaves malloc alone.
set -eu

family=$1 version=$2 folder=$3 build=$4 output=$5
flags='-O3 -DNDEBUG'
jobs=$(getconf _NPROCESSORS_ONLN)
case $build in
    dlopen) mimalloc=ON jemalloc=--disable-initial-exec-tls ;;
    defaults) mimalloc=OFF jemalloc='' ;;
    *)
        echo "\"$build\" is no build of build-archive.sh" >&2
        exit 1
        ;;
esac

cd "$folder"
case $family in
    mimalloc)
        cmake -S . -B conformance-build -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="$flags" \
            -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DMI_OVERRIDE=OFF -DMI_BUILD_SHARED=OFF \
            -DMI_BUILD_OBJECT=OFF -DMI_BUILD_TESTS=OFF -DMI_LOCAL_DYNAMIC_TLS=$mimalloc
        cmake --build conformance-build -j "$jobs"
        built=$(find conformance-build -name 'libmimalloc*.a' -type f | head -n 1)
        ;;
    jemalloc)
        [ -x configure ] || autoconf
        # shellcheck disable=SC2086 # an option, or none
        ./configure --disable-cxx --with-version="$version-0-g0" --with-jemalloc-prefix=je_ $jemalloc \
            CFLAGS="$flags"
        make -j "$jobs" build_lib_static
        built=lib/libjemalloc_pic.a
        ;;
    *)
        echo "no recipe for the family $family in build-archive.sh" >&2
        exit 1
        ;;
esac
[ -n "$built" ] && cp "$built" "$output"
