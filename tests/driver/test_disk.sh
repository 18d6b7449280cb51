#!/bin/sh
# A full disk is reported, with exit code 3; nothing recorded is lost, and the run goes on
# where there is room again.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

journal_is_whole() { # FOLDER: whole lines only, and resumable
    [ -z "$(tail -c 1 "$1/latest/cells.jsonl" | tr -d '\n')" ] || fail "the journal ends in a cut line"
    kept=$(wc -l <"$1/latest/cells.jsonl")
    [ "$kept" -ge 1 ] || fail "nothing was recorded before the disk was full"
}

# A limit on the size of files stands for it where no file system can be mounted.
expect 3 sh -c "ulimit -f 24; exec '$tidemark' run --memory=any --workloads=churn --allocators=glibc \
    --scale=0.02 --rounds=8 --idle=0.1 --no-plots"
says "cannot record the cell: File too large"
says "--resume="
journal_is_whole results
expect 0 "$tidemark" run --resume --no-plots
[ "$(records results/latest failed)" -eq 0 ] || fail "the resumed run is not sound"

# Of a watch, too; nobody interrupted it.
expect 3 sh -c "ulimit -f 24; exec '$tidemark' watch --no-plots --rounds=40 --output=watched -- true"
says "cannot record the cell: File too large"
says_not "interrupted"

# The real thing.
mkdir small
if mount -t tmpfs -o size=96k none small 2>/dev/null; then
    cleanup() {
        umount "$scratch/small"
        rm -rf "$scratch"
    }
    expect 3 "$tidemark" run --memory=any --workloads=churn --allocators=glibc --scale=0.02 --rounds=12 \
        --idle=0.1 --no-plots --output=small
    says "No space left on device"
    journal_is_whole small
    mount -o remount,size=4m small
    expect 0 "$tidemark" run --resume="small/latest" --no-plots
else
    echo "the part on a real full file system was left out: a tmpfs cannot be mounted here"
fi
