#!/bin/sh
# What scripts/embedding.sh counts stays within what docs/ebb.md says; the same judge refuses a bound that is not kept.
# Skipped where nothing can be counted. usage: embed_cost.sh BUILD-FOLDER
set -eu

export TIDEMARK_BUILD="$1"
script=$(cd "$(dirname "$0")/../../../scripts" && pwd)/embedding.sh
status=0
"$script" || status=$?
[ "$status" -ne 2 ] || { echo "skipped: nothing could be counted (see above)"; exit 77; }
[ "$status" -eq 0 ] || exit 1
status=0
"$script" 5 >/dev/null || status=$?
[ "$status" -eq 1 ] || { echo "embed_cost: 5 instructions more are said to be kept (status $status)" >&2; exit 1; }
