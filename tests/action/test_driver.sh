#!/bin/sh
# Where the action's tidemark comes from: a release of a version tag whose SHA-256 is right; else it is built.
# shellcheck source=lib.sh
. "$HERE/../action/lib.sh"

# shellcheck source=../dist/release.sh
. "$HERE/../dist/release.sh"
mkdir releases
cp "$dist/$archive".tar.gz* releases
released=".add = {} | .service.releases = \"$scratch/releases\""

pull holds-40 holds-46
job release failure "$released"
says "the release $version"
result '.outputs.code == "1"'
rm jobs/comments.json
job pinned failure "$released | .add.sha256 = \"$(cut -c 1-64 "releases/$archive.tar.gz.sha256")\""
result '.outputs.code == "1"'
# The history's action lies deeper.
nightly=".workflow = \"$root/examples/ci/nightly.yml\" | .event = {name: \"schedule\", payload: {}}"
job night success "$released | $nightly | .sha = \"$(git -C repository rev-parse holds-40)\""
job night-history success "$released | $nightly | .job = \"history\""
says "the release $version"
summary_says 'over 1 of 1 runs'
job wrong-pin failure "$released | .add.sha256 = \"0000\""
says "not 0000: it is not used"
result '.outputs.code == ""'
echo >>"releases/$archive.tar.gz"
job damaged failure "$released"
says "it is not used"
result '.outputs.code == ""'
job no-driver failure '.add.driver = "/dev/null/none"'
says "/dev/null/none does not run here"

# A branch has no release, and a version tag may have none yet: what is there is built.
sed 's/@v0/@main/' "$root/examples/ci/pull-request.yml" >branch.yml
rm jobs/comments.json
job branch failure "$released | .workflow = \"$scratch/branch.yml\""
says "there is no release for this ref and machine: building it"
result '.outputs.code == "1" and ([.requests[] | select(contains("releases"))] == [])'
rm jobs/comments.json
job unreleased failure '.add = {}'
says "there is no release for this ref and machine: building it"
result '.outputs.code == "1" and ([.requests[] | select(contains("releases"))] | length == 1)'
job pinned-branch failure "$released | .workflow = \"$scratch/branch.yml\" | .add.sha256 = \"0000\""
says "there is no release to compare with the given sha256"
