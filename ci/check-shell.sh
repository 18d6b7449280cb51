#!/bin/sh
# Every tracked shell script passes shellcheck.
#     ci/check-shell.sh [FOLDER]
set -eu
cd "${1:-$(dirname "$0")/..}"

scripts=$(git grep -lE '^#!/bin/(ba)?sh' || true)
if [ -z "$scripts" ]; then
    echo "check-shell: git lists no shell scripts here: nothing would be checked" >&2
    exit 2
fi
# shellcheck disable=SC2086 # file names here have no spaces
exec shellcheck $scripts
