#!/bin/sh
# The archive for addons, built by another compiler, in a program and addons of that compiler: what the conformance
# tests and mi.c ask. Sourced, by a script that defines fail() and compile(), has gone to a scratch folder, and says
# in $ebb, $here and $conformance where the sources are.
# shellcheck shell=sh disable=SC2154 # see above

archive() { # ARCHIVE
    mkdir objects
    for source in "$ebb"/*.c; do
        object=$(basename "$source" .c)
        case $object in api_cxx | api_process) continue ;; esac
        compile -O3 -fPIC -fvisibility=hidden -ftls-model=local-dynamic -DEBB_EMBED -DNDEBUG \
            -c "$source" -o "objects/$object.o" || fail "$object.c does not compile"
    done
    ar crs "$1" objects/*.o
}

build_addons() {
    archive libebb-mi.a
    for copy in one two; do
        compile -O1 -fPIC -shared -fvisibility=hidden -DALLOC_SHIM='"shims/ebb.h"' "$conformance/addon.c" \
            libebb-mi.a -Wl,--exclude-libs,ALL -pthread -o "$copy.so"
    done
    compile -O1 "$conformance/host.c" -pthread -ldl -o host
    compile -O1 "$conformance/unload.c" -pthread -ldl -o unload
    compile -O1 "$here/mi.c" libebb-mi.a -pthread -ldl -o mi
}

# static_tls is not asked: it depends on the loader, and musl's opens no object that wants static room.
run_addons() {
    for case in blocks two_copies threads thread_ids first_thread fork limit_data limit_as; do
        ./host $case ./one.so ./two.so - - >out 2>&1 || fail "$case: $(cat out)"
    done
    ./unload ./one.so || fail "unload"
    ./mi || fail "mi"
}
