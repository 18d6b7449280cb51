#!/bin/sh
# Allocator libraries that do not take effect fail their cells by name; those that do are
# measured without a rebuild.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

echo "this is no library" >text.so
expect 3 small_run --no-again --allocator=text="$scratch/text.so"
says "memory/1/churn/text/4/dead: not-loaded: malloc comes from"
says "text.so"
says "timed/1/churn/text/4: not-loaded"
[ "$(records results/latest ok)" -eq 2 ] || fail "glibc's own cells should have gone well"

# It loads, but malloc is not in it.
libm=$(ldd "$tidemark" | awk '/libm\.so/ { print $3 }')
expect 3 small_run --no-again --allocator=libm="$libm"
says "not-loaded: malloc comes from"

# Any other library by its path, with settings whose values hold commas.
library=$("$tidemark" list allocators --tsv | awk -F'\t' '$1 != "glibc" && $4 == "ok" { print $3; exit }')
[ -n "$library" ] || skip "no allocator but glibc is there"
expect 0 small_run --no-again --allocator="mine=$library,SOME_SETTING=a,b:c,OTHER=1"
says mine
grep -q '"SOME_SETTING=a,b:c"' results/latest/results.json || fail "the setting is not recorded"
grep -q "Nothing verifies that they took effect" results/latest/report.md || fail "the report does not say that settings are unverified"
sha=$(sha256sum <"$library" | cut -d' ' -f1)
grep -q "$sha" results/latest/report.md || fail "the report lacks the library's SHA-256"

# The user's own environment does not reach the measured process.
expect 0 env LD_PRELOAD="$library" "$tidemark" run --memory=any --workloads=churn --allocators=glibc --no-again \
    --scale=0.02 --rounds=1 --idle=0.1 --no-plots
