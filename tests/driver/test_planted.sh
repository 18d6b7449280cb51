#!/bin/sh
# Faults planted between a run and the next: each turns the right row red, by its right name, and
# nothing else. The controls are the same runs without the plant.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

# memory OUTPUT WORKLOAD DRIVERS ALLOCATOR [OPTIONS...]
memory() {
    output=$1 workload=$2 drivers=$3 allocator=$4
    shift 4
    "$tidemark" run --memory=any --workload="$workload=$faults" --allocators=glibc --allocator="$allocator" \
        --no-again --no-plots --memory-rounds=8 --timed-rounds=0 --idle=0.1 \
        --idle-drivers="$drivers" --output="$output" "$@" >/dev/null || fail "$output: the run failed"
}

# red BEFORE AFTER ROW: AFTER is worse, its first line names ROW, and no row of glibc is red.
red() {
    expect 0 "$tidemark" compare "$1/latest" "$1/latest" --between=subject,subject
    expect 1 "$tidemark" compare "$1/latest" "$2/latest"
    head -n 1 out | grep -q "^WORSE: $3" || fail "the first line does not name $3"
    ! grep -E ' on glibc, .* worse ' out || fail "what has no fault is red, too"
}

# A leak of 1 MiB per build, in five builds.
memory tight ratchet dead subject=glibc,PLANTED_MIB=0 --builds=5
memory leaky ratchet dead subject=glibc,PLANTED_MIB=1 --builds=5
red tight leaky "ratchet on subject, 4 threads: .* MiB)"

# A cache that keeps 10 % more than it did.
memory cache retain dead subject=glibc,PLANTED_MIB=40
memory larger retain dead subject=glibc,PLANTED_MIB=45
red cache larger "retain on subject, 4 threads: .* MiB)"

# A purge that no longer runs: red after collect, and only there. (The variant that is compared is
# the same library with a setting, so the first is given one that changes nothing.)
memory purging sound dead,collect "subject=$BIN/libtidemark-purge.so,PLANTED_NO_PURGE=0"
memory kept sound dead,collect "subject=$BIN/libtidemark-purge.so,PLANTED_NO_PURGE=1"
red purging kept "sound on subject, 4 threads: collect footprint"
! grep -E ' (dead footprint|peak) .* worse ' out || fail "more than the purge is red"

# A setting that does nothing, and the same setting where it does something.
cat >policies.def <<END
dud    glibc  NO_SUCH_SETTING=1                        arenas=1  does nothing
alone  glibc  GLIBC_TUNABLES=glibc.malloc.arena_max=1  arenas=1  one arena
END
export TIDEMARK_POLICIES="$scratch/policies.def"
small_run --no-again --allocators=glibc+alone --reference=glibc+alone --output=set >/dev/null ||
    fail "a setting that works was refused"
expect 3 small_run --no-again --allocators=glibc+dud,glibc+alone --reference=glibc+alone --output=dud
says "setting arenas of glibc+dud did not take effect"
grep -q 'glibc+dud.*setting' dud/latest/report.md || fail "the report does not name the setting"

# A workload whose checksum differs: in the run itself, where two others agree, and in a comparison.
sum() {
    "$tidemark" run --memory=any --workload="othersum=$faults" --allocators=glibc --no-plots --timed-rounds=0 \
        --memory-rounds=2 --idle=0.1 --idle-drivers=dead --allocator="subject=glibc,PLANTED_SUM=$1" \
        --output="sum$1"
}
expect 0 sum 0
expect 3 sum 1
grep -q "FAILED.*othersum on subject.*checksum" out || fail "the report does not name the checksum"
! grep -q "FAILED.*othersum on glibc" out || fail "the majority has failed"
expect 3 "$tidemark" compare sum0/latest sum1/latest
head -n 1 out | grep -q "^FAILED: othersum on subject, .*: checksum" || fail "the checksum is not named"
