#!/bin/sh
# A policy's settings are read back from the allocator: one that does nothing fails its cells by
# name, the others are measured, and every registered policy takes effect where it can.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

# A setting that does nothing, and one that does.
cat >policies.def <<END
dud     glibc  NO_SUCH_SETTING=1                            arenas=1      does nothing
alone   glibc  GLIBC_TUNABLES=glibc.malloc.arena_max=1      arenas=1      one arena
strange glibc  NO_SUCH_SETTING=1                            colour=red    asks for what there is not
END
export TIDEMARK_POLICIES="$scratch/policies.def"
expect 3 small_run --no-again --allocators=glibc+dud,glibc+alone,glibc+strange
says "memory/1/churn/glibc+dud/4/dead: setting: the setting arenas of glibc+dud did not take effect: asked for 1, but the allocator says 7"
says "timed/1/churn/glibc+dud/4: setting"
says "setting colour of glibc+strange did not take effect: asked for red, but the allocator knows no setting of that name"
[ "$(records results/latest ok)" -eq 2 ] || fail "glibc+alone's cells should have gone well"
[ "$(records results/latest failed)" -eq 4 ] || fail "the cells of the others should have failed"
grep -q '"took_effect": true' results/latest/results.json || fail "what was read back is not recorded"
# shellcheck disable=SC2016 # the report is Markdown
grep -q 'glibc+alone: each cell asked the allocator for its settings. They had to be `arenas=1`; otherwise' results/latest/report.md ||
    fail "the report does not say what was read back"

# Asked again in another session: what failed stays failed.
expect 3 "$tidemark" run --resume --no-plots
says "setting arenas of glibc+dud did not take effect"

# The report has all of a long setting.
tunables=GLIBC_TUNABLES=glibc.malloc.arena_max=2:glibc.malloc.mmap_threshold=131072:glibc.malloc.trim_threshold=131072
expect 0 small_run --no-again --allocators=glibc "--allocator=tuned=glibc,$tunables"
grep -qF "setting of tuned: \`$tunables\`" results/latest/report.md || fail "the report lacks the setting"

expect 2 small_run --allocators=glibc+nonesuch
says 'there is no policy "nonesuch" for glibc'
expect 2 small_run --allocator=nonesuch+dud
says 'there is no allocator "nonesuch"'

# The real ones, with every allocator that is there. ebb's are its own tests' business.
unset TIDEMARK_POLICIES
expect 0 "$tidemark" doctor
sed -n '/^Policies/,/^Machine/p' out >policies
[ "$(grep -c '^  ok ' policies)" -ge 2 ] || fail "hardly any policy was looked at"
! grep -v ebb policies | grep 'did not take effect' || fail "a policy does nothing"
