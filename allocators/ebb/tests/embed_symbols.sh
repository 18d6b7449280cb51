#!/bin/sh
# What the archives for addons show and need: names of their own only, all hidden; no thread-local
# variable where room may be used up; and of the C library nothing that glibc 2.17 had not.
#     embed_symbols.sh LIBEBB-EMBED.A LIBEBB-MI.A ADDON
set -eu
embed=$1 mi=$2 addon=$3
fail() {
    echo "embed_symbols: $*" >&2
    exit 1
}

# defined ARCHIVE: "VISIBILITY NAME" of what it defines for others
defined() { readelf -sW "$1" | awk '($5 == "GLOBAL" || $5 == "WEAK") && $7 != "UND" { print $6, $8 }' | sort -u; }
for archive in "$embed" "$mi"; do
    [ "$(defined "$archive" | wc -l)" -gt 20 ] || fail "$archive: nothing to look at"
    seen=$(defined "$archive" | grep -v '^HIDDEN' || true)
    [ -z "$seen" ] || fail "$archive: not hidden: $seen"
    for name in malloc free calloc realloc _Znwm _ZdlPv unshare malloc_trim mallinfo; do
        ! defined "$archive" | grep -q " $name\$" || fail "$archive defines $name"
    done
    # a program's variable of the same name would take the place of a common one, without a word
    common=$(readelf -sW "$archive" | awk '$7 == "COM" && $8 !~ /^(ebb|mi)_/ { print $8 }')
    [ -z "$common" ] || fail "$archive: common variables without a prefix: $common"
    models=$(readelf -rW "$archive" | grep -oE 'R_[A-Z0-9_]*(TPOFF|GOTTPOFF|TLSIE)[A-Z0-9_]*' | sort -u || true)
    # a local-dynamic access has an offset in its module, and none from the thread's pointer
    [ -z "$(echo "$models" | grep -E 'GOTTPOFF|R_X86_64_TPOFF|TLSIE' || true)" ] ||
        fail "$archive: thread-local variables of the initial-exec model: $models"
done
defined "$embed" | grep -q ' ebb_malloc$' || fail "$embed: no ebb_malloc"
defined "$mi" | grep -q ' mi_malloc$' || fail "$mi: no mi_malloc"
if defined "$embed" | grep -q ' mi_'; then fail "$embed has mimalloc's names"; fi

exported=$(readelf --dyn-syms -W "$addon" | awk '$5 == "GLOBAL" && $7 != "UND" { print $8 }' | grep -v '^addon_' || true)
[ -z "$exported" ] || fail "$addon shows $exported"
if readelf -dW "$addon" | grep -q STATIC_TLS; then fail "$addon asks for static thread-local room"; fi

# younger than glibc 2.17 (weak ones may be there or not)
needs=$(readelf -sW "$embed" | awk '$5 == "GLOBAL" && $7 == "UND" { print $8 }' | sort -u)
for name in mallinfo2 __libc_single_threaded getrandom memfd_create reallocarray explicit_bzero gettid \
    pthread_cond_clockwait process_madvise __isoc23_strtol; do
    ! echo "$needs" | grep -qx "$name" || fail "$embed needs $name, which glibc 2.17 has not"
done
