#!/bin/sh
# What scripts/embedding.sh counts stays within its bounds; the same judge refuses a bound that is not kept. With the
# compiler of docs/ebb.md it prints that document's table again; a changed table is refused.
# Skipped where nothing can be counted. usage: embed_cost.sh BUILD-FOLDER
set -eu

export TIDEMARK_BUILD="$1"
root=$(cd "$(dirname "$0")/../../.." && pwd)
script=$root/scripts/embedding.sh
document=$root/docs/ebb.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
    echo "embed_cost: $*" >&2
    exit 1
}

status=0
"$script" >"$scratch/printed" || status=$?
cat "$scratch/printed"
[ "$status" -ne 2 ] || { echo "skipped: nothing could be counted (see above)"; exit 77; }
[ "$status" -eq 0 ] || exit 1
status=0
"$script" 5 >/dev/null || status=$?
[ "$status" -eq 1 ] || fail "5 instructions more are said to be kept (status $status)"

# says FILE: its table has every row that was printed, within two instructions and two KiB.
says() {
    awk -F ' *[|] *' '
        !/^\| [a-z][a-z0-9]* \| [0-9]+ \| [0-9]+ \| [0-9]+ \|$/ { next }
        FILENAME == ARGV[1] { for (i = 3; i <= 5; i++) said[$2, i] = $i; next }
        {
            rows++
            for (i = 3; i <= 5; i++)
                if (said[$2, i] == "" || said[$2, i] - $i > 2 || $i - said[$2, i] > 2) {
                    print "embed_cost: docs/ebb.md has \"" said[$2, i] "\" for " $2 ", and " $i " was counted" >"/dev/stderr"
                    wrong = 1
                }
        }
        END { exit wrong || !rows }' "$1" "$scratch/printed"
}
case $(cc -dumpfullversion) in
    12.2.*) ;;
    *)
        echo "docs/ebb.md is not compared: its compiler is gcc 12.2"
        exit
        ;;
esac
says "$document" || fail "docs/ebb.md has another table than scripts/embedding.sh prints"
sed 's/^| ebb | \([0-9]*\)/| ebb | 1\1/' "$document" >"$scratch/changed"
! says "$scratch/changed" 2>/dev/null || fail "a changed figure was not found"
sed '/^| ebb | [0-9]/d' "$document" >"$scratch/changed"
! says "$scratch/changed" 2>/dev/null || fail "a row that is gone was not found"
