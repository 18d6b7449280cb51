#!/bin/sh
# --sweep, --preload and --command: what changes something is told from what does not, and a
# library that is not loaded is no result.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

# effect ROW WORDS...: the row of the table of effects.
effect() {
    row=$1
    shift
    grep -E "^  $row +$*" out >/dev/null || fail "the effect of \"$row\" is not \"$*\""
}

cat >program <<EOF
#!/bin/sh
exec "$BIN/planted" anonymous="\${AMOUNT:-16}"
EOF
chmod +x program

expect 0 "$tidemark" watch --until ready --idle 0.1 --no-plots --hide-output \
    --sweep AMOUNT=16,8,32 --sweep 'UNUSED=a\,b' -- ./program
effect "AMOUNT=16" "changed nothing"
effect "AMOUNT=8" "less"
effect "AMOUNT=32" "more"
effect "UNUSED=a,b" "changed nothing"
says_not "^ready"
records=$(grep -c '"kind":"watch"' results/latest-watch/cells.jsonl)
[ "$records" -eq $((5 * 6)) ] || fail "$records records instead of 30"

# one round says nothing of noise and decides nothing; two that agree to the page decide
expect 0 "$tidemark" watch --until ready --no-plots --hide-output --rounds 1 \
    --sweep AMOUNT=16,32 -- ./program
effect "AMOUNT=16" "inconclusive"
effect "AMOUNT=32" "inconclusive"
says "too few rounds"
expect 0 "$tidemark" watch --until ready --no-plots --hide-output --rounds 2 \
    --sweep AMOUNT=16,32 -- ./program
effect "AMOUNT=32" "more"

# programs against each other
expect 0 "$tidemark" watch --until ready --no-plots --hide-output \
    --command "small=./program" --command "large=AMOUNT=40 ./program"
effect "large" "more"

# preload: proved to be loaded, with its settings; also where the library is a link to a file of another name,
# as libebb.so is
expect 0 "$tidemark" watch --until ready --idle 0.1 --no-plots --hide-output --rounds 1 --preload ebb \
    -- "$BIN/planted" heap=20
says "preload ebb"
says_not "not-loaded"
if "$tidemark" list --tsv allocators | grep -q '^jemalloc	.*	ok$'; then
    expect 0 "$tidemark" watch --until ready --idle 0.1 --no-plots --hide-output --rounds 1 \
        --preload jemalloc,MALLOC_CONF=narenas:1 -- "$BIN/planted" heap=20
    says "preload jemalloc,MALLOC_CONF=narenas:1"
    expect 3 "$tidemark" watch --until ready --no-plots --hide-output --rounds 1 --preload jemalloc \
        -- "$BIN/planted-static" heap=20
    says "not-loaded: no process was seen with"
fi
