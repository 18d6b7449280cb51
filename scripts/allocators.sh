#!/bin/sh
# Obtains every allocator of allocators/allocators.def and writes what came of it, one row for
# each line, into BUILD/allocators/manifest.tsv. One that cannot be had becomes a row that
# says why; it never disappears and never stops the others.
#
#     scripts/allocators.sh             (TIDEMARK_BUILD, TIDEMARK_CACHE, TIDEMARK_ALLOCATORS)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=${TIDEMARK_BUILD:-$here/../build}
cache=${TIDEMARK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tidemark}
registry=${TIDEMARK_ALLOCATORS:-$here/../allocators/allocators.def}
mkdir -p "$build/allocators" "$cache/libraries"
build=$(cd "$build" && pwd)
manifest=$build/allocators/manifest.tsv
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

say() {
    printf 'allocators: %s\n' "$*" >&2
}

# Everything that decides what a built library is: source, recipe, compiler.
library_key() { # SHA FOLDER FAMILY
    {
        echo "$1 $2 $3" # source, folder, family
        cc --version | head -n 1
        cat "$here/build-library.sh"
    } | sha256sum | cut -c1-32
}

# Each obtain_* prints the library's path, or fails with one line in $scratch/why.
obtain_source() { # FAMILY PACKAGE=VERSION FILE SHA FOLDER
    key=$(library_key "$4" "$5" "$1")
    kept=$cache/libraries/$key.so
    if [ -f "$kept" ]; then
        echo "$kept"
        return
    fi
    archive=$("$here/fetch.sh" source "$2" "$3" "$4" 2>"$scratch/why") || return 1
    say "building $2 ($1)"
    work=$scratch/$key
    mkdir "$work"
    tar -xf "$archive" -C "$work" --strip-components=1 2>"$scratch/why" || return 1
    version=${2#*=}
    if ! "$here/build-library.sh" "$1" "${version%%[+-]*}" "$work/$5" "$scratch/$key.so" >"$scratch/log" 2>&1; then
        log=$build/allocators/failed-$key.log
        cp "$scratch/log" "$log"
        echo "$2: the build failed ($(tail -n 1 "$log" | cut -c1-200)), see $log" >"$scratch/why"
        return 1
    fi
    # By a rename, so that a build that was interrupted is never taken for a whole one.
    cp "$scratch/$key.so" "$kept.$$" && mv "$kept.$$" "$kept"
    echo "$kept"
}

obtain_binary() { # PACKAGE=VERSION SHA [FILE]
    kept=$cache/libraries/$2.so
    if [ -f "$kept" ]; then
        echo "$kept"
        return
    fi
    archive=$("$here/fetch.sh" binary "$1" "$2" 2>"$scratch/why") || return 1
    dpkg-deb -x "$archive" "$scratch/$2" 2>"$scratch/why" || return 1
    found=$(find "$scratch/$2" -name "${3:-lib*.so*}" -type f | head -n 1)
    if [ -z "$found" ]; then
        echo "$1 holds no ${3:-shared library}" >"$scratch/why"
        return 1
    fi
    cp "$found" "$kept.$$" && mv "$kept.$$" "$kept"
    echo "$kept"
}

obtain() { # FAMILY CANDIDATE...
    family=$1
    shift
    case $1 in
        source) obtain_source "$family" "$2" "$3" "$4" "$5" ;;
        binary) obtain_binary "$2" "$3" "${4:-}" ;;
        *)
            echo "\"$1\" is no kind of candidate" >"$scratch/why"
            return 1
            ;;
    esac
}

# Runs the probe under the library: prints its version, fails where it does not load.
probe() { # LIBRARY
    if ! LD_PRELOAD=$1 "$scratch/probe" >"$scratch/out" 2>"$scratch/err" || [ -s "$scratch/err" ]; then
        echo "it does not load: $(tr '\t\n' '  ' <"$scratch/err")" >"$scratch/why"
        return 1
    fi
    if [ "$(cut -f1 "$scratch/out")" != "$1" ]; then
        echo "malloc does not come from it but from $(cut -f1 "$scratch/out")" >"$scratch/why"
        return 1
    fi
    cut -f2 "$scratch/out" | sed 's/-.*//'
}

# The set is $set: every kind of row has one.
row() { # NAME FAMILY VERSION STATUS LIBRARY SOURCE DETAIL
    sha=- bytes=-
    if [ -f "$5" ]; then
        sha=$(sha256sum <"$5" | cut -d' ' -f1)
        bytes=$(wc -c <"$5")
    fi
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$sha" "$bytes" \
        "$6" "$set" "${7:--}"
}

# Of PACKAGE=[EPOCH:]VERSION[-REVISION]: for an allocator that cannot tell its own.
upstream_version() {
    echo "${1#*=}" | sed 's/^[0-9]*://; s/-.*//'
}

row_system() { # NAME FAMILY
    libc=$("$scratch/probe" | cut -f1)
    row "$1" "$2" "$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)" ok "$(readlink -f "$libc")" \
        "the system's C library"
}

# Tries the candidates of one packaged allocator in order.
row_packaged() { # NAME FAMILY CANDIDATES
    name=$1 family=$2 rest=$3 passed_over=
    while [ -n "$rest" ]; do
        candidate=${rest%%|*}
        case $rest in *'|'*) rest=${rest#*|} ;; *) rest= ;; esac
        : >"$scratch/why"
        # shellcheck disable=SC2086 # a candidate is words
        if library=$(obtain "$family" $candidate); then
            mkdir -p "$build/allocators/lib/$name"
            used=$build/allocators/lib/$name/lib$family.so
            cp "$library" "$used.part" && mv "$used.part" "$used"
            if version=$(probe "$used"); then
                # shellcheck disable=SC2086
                set -- $candidate
                [ -n "$version" ] || version=$(upstream_version "$2")
                [ -z "$passed_over" ] || say "$name: using $2, because $passed_over"
                row "$name" "$family" "$version" ok "$used" "Debian $1 package $2" "$passed_over"
                return
            fi
        fi
        passed_over="$passed_over${passed_over:+; }$(head -n 1 "$scratch/why" | tr '\t' ' ')"
    done
    say "$name cannot be had: $passed_over"
    row "$name" "$family" - unavailable - - "$passed_over"
}

# Ours is built after this; its version is that of its CMake project.
row_tree() { # NAME FAMILY PATH
    version=$(sed -n "s/^project($1 VERSION \([0-9.]*\).*/\1/p" "$here/../allocators/$1/CMakeLists.txt" 2>/dev/null) || version=
    if [ -f "$build/$3" ]; then
        row "$1" "$2" "${version:--}" ok "$build/$3" "built here"
    else
        row "$1" "$2" "${version:--}" not-built "$build/$3" "built here" "not built yet"
    fi
}

# A scratch folder of its own keeps a path with spaces out of LD_PRELOAD.
cc -O1 -o "$scratch/probe" "$here/probe.c" -ldl -pthread
{
    printf 'name\tfamily\tversion\tstatus\tlibrary\tsha256\tbytes\tsource\tset\tdetail\n'
    while read -r name family set candidates; do
        case $name in '' | '#'*) continue ;; esac
        case $candidates in
            system*) row_system "$name" "$family" ;;
            tree*) row_tree "$name" "$family" "${candidates#tree }" ;;
            *) row_packaged "$name" "$family" "$candidates" ;;
        esac
    done <"$registry"
} >"$manifest.part"
mv "$manifest.part" "$manifest"
