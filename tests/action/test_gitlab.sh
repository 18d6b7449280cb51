#!/bin/sh
# The template for GitLab, run as written: the release is checked, a merge request has one note, and the measured
# programs don't see the token.
# shellcheck source=lib.sh
. "$HERE/../action/lib.sh"

# shellcheck source=../dist/release.sh
. "$HERE/../dist/release.sh"
mkdir releases
cp "$dist/$archive.tar.gz" releases
sum=$(sha256sum <"releases/$archive.tar.gz" | cut -c 1-64)

# merge CODE BASE HEAD [CHANGE]: the job of merge request 7, or what CHANGE makes of it.
merge() {
    rm -rf tool tool.tar.gz clone
    git clone -q repository clone
    git -C clone -c advice.detachedHead=false checkout -q "$3"
    jq -n --arg root "$root" --arg here "$scratch" --arg modules "$build/actionlint" --arg sum "$sum" --arg archive "$archive" \
        --arg base "$(git -C repository rev-parse "$2")" --arg bin "$BIN" '{
            template: ($root + "/examples/ci/gitlab-ci.yml"), modules: $modules, folder: ($here + "/clone"),
            comments: ($here + "/jobs/comments.json"), release: ($archive + ".tar.gz"),
            service: {mayWrite: true, releases: ($here + "/releases")},
            variables: {TOOL: ($here + "/tool"), RELEASE_SHA256: $sum, CI_MERGE_REQUEST_IID: "7",
                CI_MERGE_REQUEST_PROJECT_ID: "9", CI_MERGE_REQUEST_DIFF_BASE_SHA: $base, CI_JOB_NAME_SLUG: "memory",
                CI_JOB_URL: "https://gitlab.invalid/job/1", GITLAB_TOKEN: "token-of-the-project", BIN: $bin,
                TMPDIR: ($here + "/trees"), TIDEMARK_RETRY_S: "0"}} | '"${4:-.}" >job.json
    expect "$1" node "$root/tests/action/gitlab.mjs" job.json
    [ -z "$(find . -name pwned)" ] || fail "a text was run as a command"
}

merge 1 holds-40 holds-46
name=worse
comment_says '^\*\*WORSE: dev server'
says 'POST /api/projects/9/merge_requests/7/notes'
[ -f clone/tidemark-guard/report/report.md ] || fail "no report for the artifacts"
jq '. + [{id: 3, user: {type: "User"}, author: {id: 5}, body: "<!-- tidemark guard memory -->"}] | reverse' \
    jobs/comments.json >new.json
mv new.json jobs/comments.json
merge 1 holds-40 holds-46
says 'PUT /api/projects/9/merge_requests/7/notes/100'
says_not POST
rm jobs/comments.json
merge 0 holds-46 holds-46
[ "$(comments)" -eq 0 ] || fail "a note, though nothing changed"
# a fork: there is no token; the verdict is the same
merge 1 holds-40 holds-46 'del(.variables.GITLAB_TOKEN)'
says 'no note; the verdict is above'
# on a schedule: bounds and a baseline
merge 0 holds-40 holds-40 'del(.variables.CI_MERGE_REQUEST_IID)'
says 'WITHIN BOUNDS'
[ "$(comments)" -eq 0 ] || fail "a note of no merge request"
# another release than the pinned one is not unpacked
merge 1 holds-40 holds-46 '.variables.RELEASE_SHA256 = "0000"'
[ -z "$(ls tool)" ] || fail "what was not what it should be was unpacked"

# What the job's programs see: everything but the token.
cd repository
sed -i "1a printenv >>$scratch/seen" serve
commit seen
cd ..
merge 0 seen seen
grep -q '^CI_JOB_NAME_SLUG=memory' seen || fail "the control: the job's variables are not seen"
! grep -q 'token-of-the-project' seen || fail "the programs see the token"
