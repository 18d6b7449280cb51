#!/bin/sh
# ci/pull-request.sh from beginning to end, on two commits of ebb that differ in one default, which
# leaves more behind; and on the same commit twice.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

root=$(cd "$HERE/../.." && pwd)
mkdir -p repository/allocators
cp -r "$root/allocators/ebb" repository/allocators/
cp -r "$root/ci" repository/
cd repository
git_quietly() {
    git -c user.name=test -c user.email=test@example.invalid -c init.defaultBranch=main "$@" >/dev/null
}
git_quietly init
git_quietly add .
git_quietly commit -m base
sed -i 's/reclaim_delay_ms, 200)/reclaim_delay_ms, 600000)/' allocators/ebb/options.c
git_quietly commit -am 'Give nothing back for ten minutes'

# judge BASE HEAD
judge() {
    TIDEMARK_BUILD="${BIN%/bin}" TIDEMARK_OUTPUT="$scratch/results" sh ci/pull-request.sh "$1" "$2" -- \
        --workloads=churn --scale=0.1 --idle=2 --idle-drivers=dead --memory-rounds=8 --timed-rounds=0 \
        --no-again
}

expect 1 judge HEAD~1 HEAD
comment=$scratch/results/comment.md
head -n 1 "$comment" | grep -q 'WORSE: churn on .*ebb.*dead.* +[0-9.]* %' ||
    fail "the first line does not say what and by how much: $(head -n 1 "$comment")"
if command -v valgrind >/dev/null && command -v strace >/dev/null; then
    grep -qE '^\| churn, 1 thread +\| +ebb.head +\| +[0-9.]+ \|' "$comment" || fail "the comment lacks the counts"
fi
tail -n 1 "$comment" | grep -qF -e '<!-- tidemark verdict -->' || fail "the comment lacks its marker"

code=0
judge HEAD HEAD >out 2>&1 || code=$?
[ "$code" -eq 0 ] || fail "a commit is told from itself: $(head -n 1 "$comment")"
! head -n 1 "$comment" | grep -qE 'WORSE|BETTER' || fail "$(head -n 1 "$comment")"

# what does not build is neither worse nor fine: said in the comment, with the compiler's words
echo 'int broken(void) { return undeclared; }' >>allocators/ebb/options.c
git_quietly commit -am 'Break the build'
expect 3 judge HEAD~1 HEAD
head -n 1 "$comment" | grep -q 'NOT MEASURED: ebb does not build at .* (head)' ||
    fail "the comment does not say that it does not build: $(head -n 1 "$comment")"
grep -q 'undeclared' "$comment" || fail "the comment lacks the compiler's error"
tail -n 1 "$comment" | grep -qF -e '<!-- tidemark verdict -->' || fail "the comment lacks its marker"

expect 2 judge no-such-commit HEAD
says "no-such-commit is no commit"
