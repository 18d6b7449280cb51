#!/bin/sh
# Builds the archives that allocators.def names and writes what came of it, one row for each, into
# BUILD/allocators/conformance/archives.tsv: name, status, archive, source, detail. One that cannot be
# had becomes a row that says why.
#
#     archives.sh        (TIDEMARK_BUILD, TIDEMARK_CACHE)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
scripts=$here/../../scripts
build=${TIDEMARK_BUILD:-$here/../../build}/allocators/conformance
cache=${TIDEMARK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tidemark}/archives
mkdir -p "$build" "$cache"
build=$(cd "$build" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

say() {
    printf 'archives: %s\n' "$*" >&2
}

# The source packages of a line of allocators/allocators.def, "PACKAGE=VERSION FILE SHA256 FOLDER" each.
sources() { # NAME
    sed -n "s/^$1[[:space:]][[:space:]]*[^ ]*[[:space:]]*[^ ]*[[:space:]]*//p" "$here/../allocators.def" |
        tr '|' '\n' | sed -n 's/^ *source //p'
}

# Everything that decides what a built archive is: source, recipe, compiler.
archive_key() { # SHA FOLDER FAMILY BUILD
    {
        echo "$*"
        cc --version | head -n 1
        cat "$here/build-archive.sh"
    } | sha256sum | cut -c1-32
}

# Prints the archive's path, or fails with one line in $scratch/why.
obtain() { # FAMILY BUILD PACKAGE=VERSION FILE SHA FOLDER
    key=$(archive_key "$5" "$6" "$1" "$2")
    kept=$cache/$key.a
    if [ -f "$kept" ]; then
        echo "$kept"
        return
    fi
    archive=$("$scripts/fetch.sh" source "$3" "$4" "$5" 2>"$scratch/why") || return 1
    say "building $1 of $3 ($2)"
    mkdir "$scratch/$key"
    tar -xf "$archive" -C "$scratch/$key" --strip-components=1 2>"$scratch/why" || return 1
    version=${3#*=}
    if ! "$here/build-archive.sh" "$1" "${version%%[+-]*}" "$scratch/$key/$6" "$2" "$scratch/$key.a" \
        >"$scratch/log" 2>&1; then
        cp "$scratch/log" "$build/failed-$key.log"
        echo "$3: the build failed, see $build/failed-$key.log" >"$scratch/why"
        return 1
    fi
    # By a rename, so that a build that was interrupted is never taken for a whole one.
    cp "$scratch/$key.a" "$kept.$$" && mv "$kept.$$" "$kept"
    echo "$kept"
}

# Tries the sources of one allocator in order.
row() { # NAME FAMILY FROM BUILD
    sources "$3" >"$scratch/sources"
    passed_over=
    while read -r package file sha folder; do
        if archive=$(obtain "$2" "$4" "$package" "$file" "$sha" "$folder" </dev/null); then
            mkdir -p "$build/lib"
            cp "$archive" "$build/lib/$1.a.part" && mv "$build/lib/$1.a.part" "$build/lib/$1.a"
            printf '%s\tok\t%s\tDebian source package %s\t%s\n' "$1" "$build/lib/$1.a" "$package" "${passed_over:--}"
            return
        fi
        passed_over="$passed_over${passed_over:+; }$(head -n 1 "$scratch/why" | tr '\t' ' ')"
    done <"$scratch/sources"
    say "$1 cannot be had: $passed_over"
    printf '%s\tunavailable\t-\t-\t%s\n' "$1" "${passed_over:-allocators.def names no source package of $3}"
}

{
    printf 'name\tstatus\tarchive\tsource\tdetail\n'
    while read -r name shim from how _; do
        case $name in '' | '#'*) continue ;; esac
        case $from in target:*) continue ;; esac
        row "$name" "$shim" "$from" "$how"
    done <"$here/allocators.def"
} >"$build/archives.tsv.part"
# Untouched where nothing has changed: CMake configures again when it does.
if cmp -s "$build/archives.tsv.part" "$build/archives.tsv"; then
    rm "$build/archives.tsv.part"
else
    mv "$build/archives.tsv.part" "$build/archives.tsv"
fi
