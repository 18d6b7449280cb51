#!/bin/sh
# The scripts of ci/, from beginning to end on small runs: the nightly without and with a planted
# regression, and the pull request's one comment, with a service that is a folder.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

root=$(cd "$HERE/../.." && pwd)
TIDEMARK_BUILD=${BIN%/bin}
export TIDEMARK_BUILD
export TIDEMARK_OUTPUT="$scratch/results" TIDEMARK_BASELINES="$scratch/baseline"
export TIDEMARK_BOUNDS="$scratch/bounds.json"

# nightly MIB: a short one.
nightly() {
    sh "$root/ci/nightly.sh" --workload="retain=$faults" --allocators=glibc --no-again --idle=0.1 \
        --memory-rounds=8 --timed-rounds=0 --idle-drivers=dead --allocator="subject=glibc,PLANTED_MIB=$1"
}
expect 0 nightly 8
says "NO BASELINE for the profile long"
cp -r results/nightly/baseline . || fail "no baseline to be committed"
"$tidemark" bounds --bounds=bounds.json --add=subject results/nightly >/dev/null || fail "no bounds"
expect 0 nightly 8
[ "$(sqlite3 results/history.sqlite 'SELECT count(*) FROM run')" -eq 2 ] || fail "the history lacks a row"
[ -s results/nightly/plots/return-retain-4.svg ] || fail "no plots"
[ -f results/nightly/results.json ] || fail "no results"
# The site has both nights; the second is compared with the first.
if [ -f "$BIN/../share/site/uPlot.iife.min.js" ]; then
    grep -q '"compared":{"from":"[^"]*last.json"' results/site/index.html || fail "nights are not compared"
    jq -e '.schemaVersion == 1' results/site/badge.json >/dev/null || fail "no badge"
fi
cp results/last.json second.json
expect 1 nightly 10
! cmp -s results/last.json second.json || fail "a night is not kept for the next one"
# The comment shows the plots of what changed, and folds the others away.
TIDEMARK_PLOTS=https://plots.invalid/1 sh "$root/ci/comment-text.sh" results/nightly/verdict.md \
    results/nightly/report.md >plots.md
sed -n '/<details><summary>All plots/q; p' plots.md >shown.md
grep -q '^!\[retain, 4 threads: .*(https://plots.invalid/1/plots/return-retain-4.png)$' shown.md ||
    fail "the plots of what got worse are not shown"
head -n 1 results/nightly/report.md | grep -q 'WORSE: retain on subject, 4 threads: .* +.* %' ||
    fail "the first line does not say what and by how much"
grep -q '^Bounds' results/nightly/report.md || fail "the bounds are not in the report"

# Nothing to compare with, and over a bound: that is the first line then.
mv baseline away
expect 1 nightly 10
head -n 1 results/nightly/report.md | grep -q 'OVER A BOUND: .*retain/dead' ||
    fail "the first line does not say which bound: $(head -n 1 results/nightly/report.md)"
mv away baseline

# Two parts on "two machines", judged together.
for part in 1/2 2/2; do
    sh "$root/ci/nightly.sh" shard $part --workload="retain=$faults" --workload="sound=$faults" \
        --workloads=churn --scale=0.02 --allocators=glibc --no-again --idle=0.1 --memory-rounds=1 \
        --timed-rounds=0 --idle-drivers=dead >/dev/null 2>&1 || fail "part $part failed"
done
rm -r baseline/long.json bounds.json
expect 0 sh "$root/ci/nightly.sh" judge "$scratch/results/shard-1/latest" \
    "$scratch/results/shard-2/latest"

# The comment: made once, then updated. This service knows one token.
mkdir service
cat >curl <<'END'
#!/bin/sh
read -r token
[ "$token" = 'header = "Authorization: Bearer token"' ] || exit 22
answer=$(printf '%s' "$*" | sed 's/.*--output \([^ ]*\) .*/\1/')
case "$*" in
    *token*) exit 23 ;; # in the arguments anybody could read it
    *PATCH*issues/comments/7*) cp "$(printf '%s' "$*" | sed 's/.*@\([^ ]*\) .*/\1/')" service/7 ;;
    *POST*issues/3/comments*) cp "$(printf '%s' "$*" | sed 's/.*@\([^ ]*\) .*/\1/')" service/7; echo x >>service/posts ;;
    *) if [ -f service/7 ]; then jq '[{id: 5, user: {type: "User"}, body: "<!-- tidemark verdict -->"},
            {id: 7, user: {type: "Bot"}, body}]' service/7; else echo '[]'; fi >"$answer" ;;
esac
printf 200
END
chmod +x curl
comment() {
    sh "$root/ci/comment-text.sh" results/nightly/verdict.md results/nightly/report.md >comment.md
    PATH="$scratch:$PATH" GITHUB_TOKEN=token GITHUB_REPOSITORY=a/b GITHUB_API_URL=https://api.invalid \
        sh "$root/ci/comment.sh" 3 comment.md || fail "no comment"
}
comment
echo "**SECOND**" >results/nightly/verdict.md
comment
[ "$(wc -l <service/posts)" -eq 1 ] || fail "a second comment was made"
jq -e '.body | startswith("**SECOND**")' service/7 >/dev/null || fail "the comment is not updated"
[ "$(jq -r .body service/7 | grep -c '<details>')" -eq "$(jq -r .body service/7 | grep -c '</details>')" ] ||
    fail "a fold is left open"
echo "no marker" >bare.md
PATH="$scratch:$PATH" GITHUB_TOKEN=token GITHUB_REPOSITORY=a/b GITHUB_API_URL=x \
    sh "$root/ci/comment.sh" 3 bare.md 2>/dev/null && fail "a text without its marker was sent"

# The workflows only call: every action is pinned, and nothing may write but the comment's job, the
# history's and the release's, which run nothing of what was built.
for workflow in "$root"/.github/workflows/*.yml "$root"/action.yml "$root"/actions/*/action.yml; do
    ! grep -E '^ *(- )?uses:' "$workflow" | grep -vE '@[0-9a-f]{40} # v[0-9.]+$' || fail "$workflow: not pinned"
    ! grep -n 'pull_request_target' "$workflow" || fail "$workflow runs foreign code with rights"
done
[ "$(cat "$root"/.github/workflows/*.yml | grep -c ': write')" -eq 3 ] || fail "more than three jobs may write"
for workflow in nightly pull-request release; do
    writing=$(sed -n '/: write/,$p' "$root/.github/workflows/$workflow.yml" | grep 'run:')
    [ "$(echo "$writing" | grep -cvE 'run: ci/(comment|history|release)\.sh ')" -eq 0 ] ||
        fail "$workflow: what may write runs more than its script: $writing"
done
