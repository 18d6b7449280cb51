#!/bin/sh
# Transcripts of the command line: cli.txt holds commands ("$ ..."), what they print, and their
# exit code ("[N]"). All of it is compared. To take over a wanted change:
#     sh tests/driver/test_cli.sh --update (with BIN and HERE set), and read the diff.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

transcript=$HERE/cli.txt
PATH=$BIN:$PATH
export PATH COLUMNS=80
touch plain.txt
grep '^\$ ' "$transcript" | while IFS= read -r line; do
    command=${line#\$ }
    printf '%s\n' "$line"
    code=0
    sh -c "$command" >out 2>&1 </dev/null || code=$?
    # What depends on the machine's load or on where the build is does not belong here.
    grep -v 'warning: the machine is busy' out | sed "s|$scratch|SCRATCH|g; s|$BIN|BIN|g"
    printf '[%d]\n' $code
done >actual
if [ "${1:-}" = --update ]; then
    cp actual "$transcript"
    exit
fi
[ "$(grep -c '^\$ ' actual)" -ge 30 ] || fail "the transcript has lost its commands"
diff -u "$transcript" actual || fail "the command line has changed: see above"
