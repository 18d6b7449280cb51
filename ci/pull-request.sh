#!/bin/sh
# Judges a change of ebb's: the libraries of two commits, built side by side, measured interleaved in
# one run on one machine, so that nothing but the change lies between them.
#     ci/pull-request.sh BASE [HEAD] [-- OPTIONS OF tidemark run...]
# Leaves FOLDER/comment.md (FOLDER: results/pull-request, or $TIDEMARK_OUTPUT), whose first line is
# the verdict. Exit code as of `tidemark compare`: 1 if something got worse, 3 if a cell failed or a
# commit's ebb does not build. The driver, the workloads and the other allocators are those of the working tree in both cases.
set -eu
cd "$(dirname "$0")/.."

base=${1:?name the base commit}
shift
head=HEAD
if [ $# -gt 0 ] && [ "$1" != -- ]; then
    head=$1
    shift
fi
[ "${1:-}" != -- ] || shift
for commit in "$base" "$head"; do
    git rev-parse --quiet --verify "$commit^{commit}" >/dev/null || {
        echo "pull-request: $commit is no commit of this repository (a shallow clone lacks the older ones)" >&2
        exit 2
    }
done
build=$(cd "${TIDEMARK_BUILD:-build}" && pwd)
folder=${TIDEMARK_OUTPUT:-results/pull-request}
mkdir -p "$folder"

# library SIDE COMMIT: builds ebb as of a commit, from its sources alone, and prints where it is.
library() {
    place=$build/pull-request/$1
    rm -rf "$place"
    mkdir -p "$place/source"
    { git archive "$2" allocators/ebb | tar -x -C "$place/source" &&
        cmake -S "$place/source/allocators/ebb" -B "$place/build" -G Ninja &&
        cmake --build "$place/build" --target ebb; } >"$place/log" 2>&1 || return 1
    find "$place/build" -name libebb.so | grep . || {
        echo "it builds no libebb.so" >>"$place/log"
        return 1
    }
}

# not_built SIDE COMMIT: the comment that says so, with the end of the build.
not_built() {
    {
        printf '**NOT MEASURED: ebb does not build at %s (%s).** Nothing was compared.\n' "$(git rev-parse --short "$2")" "$1"
        printf '\n<details><summary>The end of its build</summary>\n\n```\n'
        tail -n 40 "$build/pull-request/$1/log"
        printf '```\n\n</details>\n\n<!-- tidemark verdict -->\n'
    } >"$folder/comment.md"
    tail -n 40 "$build/pull-request/$1/log" >&2
    head -n 1 "$folder/comment.md"
    exit 3
}
base_library=$(library base "$base") || not_built base "$base"
head_library=$(library head "$head") || not_built head "$head"

# measure OUTPUT OPTIONS...: both libraries in one run.
measure() {
    output=$1
    shift
    "$build/bin/tidemark" run --profile=quick --allocators=glibc --allocator="ebb.base=$base_library" \
        --allocator="ebb.head=$head_library" --output="$output" "$@"
}

# The workloads of the quick profile, in more rounds: docs/verdicts.md tells what so many can show.
code=0
measure "$folder" --memory-rounds=12 --timed-rounds=24 "$@" || code=$?
[ $code -eq 0 ] || [ $code -eq 3 ] || exit $code
"$build/bin/tidemark" compare "$folder/latest" --between=ebb.base,ebb.head --markdown \
    >"$folder/verdict.md" || code=$?

# What noise cannot hide: instructions, system calls and page faults, head over base.
: >"$folder/counts.md"
if command -v valgrind >/dev/null && command -v strace >/dev/null; then
    if measure "$folder/counts" "$@" --threads=1 --memory-rounds=0 --timed-rounds=0 --instruction-rounds=1 \
        --reference=ebb.base --no-again --no-plots >"$folder/counts.log"; then
        sed -n '/^<details><summary>Counts/,/^<\/details>/p' "$folder/counts/latest/report.md" >"$folder/counts.md"
    elif [ $code -eq 0 ]; then
        code=3
    fi
else
    echo "pull-request: without valgrind and strace there are no counts; \`scripts/setup.sh instructions\` installs them" >&2
fi
sh ci/comment-text.sh "$folder/verdict.md" "$folder/latest/report.md" "$folder/counts.md" >"$folder/comment.md"
head -n 1 "$folder/comment.md"
exit $code
