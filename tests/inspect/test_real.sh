#!/bin/sh
# The real addons, where `make bench-real ONLY=addons` has installed them: what is inside, and what the table of
# docs/inspect.md says is what is printed.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
files=$BIN/../real/addons/files
lock=$HERE/../../scripts/real/addons/package-lock.json
{ [ -d "$files" ] && cmp -s "$lock" "$BIN/../real/addons/installed.json"; } ||
    skip "the addons of npm are not here; \`make bench-real ONLY=addons\` installs them"

expect 0 "$tidemark" inspect --table "$files"/*
[ "$(wc -l <out)" -eq 13 ] || fail "there are not twelve addons"
# Both as "NAME VERSION INSIDE VERSION OPTIONS CERTAINTY CALLS MOVED", in one form: separated by one space.
sed '1d; s/@/ /; s/, /,/; s/  */ /g; s/^ //; s/ - / /g; s/ - / /g' out | sort >printed
grep '^| [@a-z].* [0-9][0-9.]* | ' "$HERE/../../docs/inspect.md" |
    sed 's/^| //; s/^@//; s|/|-|; s/`//g; s/, /,/; s/|/ /g; s/  */ /g; s/ $//' | sort >documented
[ -s documented ] || fail "docs/inspect.md has no table of addons"
diff -u documented printed || fail "docs/inspect.md says otherwise"

for file in "$files"/*; do
    code=0
    "$tidemark" transplant --check "$file" >/dev/null 2>&1 || code=$?
    "$tidemark" inspect --table "$file" >out
    if [ $code -eq 0 ]; then says "  transplant"; else says_not "  transplant"; fi
done
