#!/bin/sh
# The archives for addons, built for musl and asked what they are asked on glibc: in a program and addons that
# know musl only. Skipped without musl's compiler.
set -eu

if ! command -v musl-gcc >/dev/null; then
    echo "skipped: musl-gcc is not there; \`scripts/setup.sh test\` installs it where it can be"
    exit 77
fi
here=$(cd "$(dirname "$0")" && pwd)
ebb=$here/.. conformance=$here/../../conformance
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "musl: $*" >&2
    exit 1
}

# The kernel's headers are where glibc's are, and come last.
kernel="-idirafter /usr/include -idirafter /usr/include/$(cc -dumpmachine)"
compile() {
    # shellcheck disable=SC2086 # flags are words
    musl-gcc -std=gnu17 -Wall $kernel -I"$ebb" -I"$here" -I"$conformance" "$@"
}

mkdir "$scratch/objects"
for source in "$ebb"/*.c; do
    name=$(basename "$source" .c)
    case $name in api_cxx | api_process) continue ;; esac
    compile -O3 -fPIC -fvisibility=hidden -ftls-model=local-dynamic -DEBB_EMBED -DNDEBUG \
        -c "$source" -o "$scratch/objects/$name.o"
done
ar crs "$scratch/libebb-mi.a" "$scratch"/objects/*.o
cd "$scratch"

for copy in one two; do
    compile -O1 -fPIC -shared -fvisibility=hidden -DALLOC_SHIM='"shims/ebb.h"' "$conformance/addon.c" \
        libebb-mi.a -Wl,--exclude-libs,ALL -o "$copy.so"
done
compile -O1 "$conformance/host.c" -o host
compile -O1 "$conformance/unload.c" -o unload
compile -O1 "$here/mi.c" libebb-mi.a -o mi
readelf -l host | grep -q 'interpreter: .*ld-musl' || fail "the program is not musl's"

# static_tls is not asked: musl opens no object that wants static room, so none can use it up.
for case in blocks two_copies threads thread_ids first_thread fork limit_data limit_as; do
    ./host $case ./one.so ./two.so - - >out 2>&1 || fail "$case: $(cat out)"
done
./unload ./one.so || fail "unload"
./mi || fail "mi"
