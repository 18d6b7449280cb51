#!/bin/sh
# Builds an allocator's shared library out of an unpacked source folder.
#
#     scripts/build-library.sh FAMILY VERSION FOLDER OUTPUT.so
#
# All are built with the same flags and otherwise at their defaults. jemalloc's C++ operators
# are left out: the measured programs are C, and they would drag libstdc++ into each.
set -eu

family=$1 version=$2 folder=$3 output=$4
flags='-O3 -DNDEBUG'
jobs=$(getconf _NPROCESSORS_ONLN)

cd "$folder"
case $family in
    mimalloc)
        cmake -S . -B tidemark-build -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_C_FLAGS_RELEASE="$flags" -DMI_BUILD_STATIC=OFF -DMI_BUILD_OBJECT=OFF \
            -DMI_BUILD_TESTS=OFF
        cmake --build tidemark-build -j "$jobs"
        built=$(find tidemark-build -name 'libmimalloc*.so*' -type f | head -n 1)
        ;;
    jemalloc)
        [ -x configure ] || autoconf
        # Without this it would ask git, and say that it has no version.
        ./configure --disable-cxx --with-version="$version-0-g0" CFLAGS="$flags"
        make -j "$jobs" build_lib_shared
        built=lib/libjemalloc.so.2
        ;;
    tcmalloc)
        # The minimal library: the allocator without the profilers.
        cmake -S . -B tidemark-build -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_C_FLAGS_RELEASE="$flags" -DCMAKE_CXX_FLAGS_RELEASE="$flags" \
            -Dgperftools_build_minimal=ON -DGPERFTOOLS_BUILD_STATIC=OFF -DBUILD_TESTING=OFF
        cmake --build tidemark-build -j "$jobs" --target tcmalloc_minimal
        built=tidemark-build/libtcmalloc_minimal.so
        ;;
    *)
        echo "no recipe for the family $family in scripts/build-library.sh" >&2
        exit 1
        ;;
esac
[ -n "$built" ] && cp "$built" "$output"
