#!/bin/sh
# Every tracked C file is formatted as .clang-format says, by the pinned clang-format 14.
#     ci/check-format.sh [FOLDER]
set -eu
cd "${1:-$(dirname "$0")/..}"

files=$(git ls-files '*.c' '*.h')
if [ -z "$files" ]; then
    echo "check-format: git lists no C files here: nothing would be checked" >&2
    exit 2
fi
command -v clang-format-14 >/dev/null || {
    echo "skipped: there is no clang-format-14, whose formatting this is; newer ones format otherwise"
    exit 77
}
# shellcheck disable=SC2086 # file names here have no spaces
exec clang-format-14 --dry-run --Werror $files
