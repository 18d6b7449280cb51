#!/bin/sh
# Where the action's tidemark comes from: a release of a version tag whose SHA-256 is right; else it is built.
# shellcheck source=lib.sh
. "$HERE/../action/lib.sh"

version=$("$tidemark" --version | cut -d' ' -f2)
archive=tidemark-$version-linux-x86_64
mkdir -p "$archive/bin" releases
cp "$tidemark" "$archive/bin"
tar -czf "releases/$archive.tar.gz" "$archive"
sha256sum <"releases/$archive.tar.gz" | cut -c 1-64 >"releases/$archive.tar.gz.sha256"
released=".add = {} | .service.releases = \"$scratch/releases\""
[ "$(uname -sm)" = 'Linux x86_64' ] || skip "there are releases for Linux on x86-64 only"

pull holds-40 holds-46
job release failure "$released"
says "the release $version"
result '.outputs.code == "1"'
rm jobs/comments.json
job pinned failure "$released | .add.sha256 = \"$(cat "releases/$archive.tar.gz.sha256")\""
result '.outputs.code == "1"'
job wrong-pin failure "$released | .add.sha256 = \"0000\""
says "not 0000: it is not used"
result '.outputs.code == ""'
echo >>"releases/$archive.tar.gz"
job damaged failure "$released"
says "it is not used"
result '.outputs.code == ""'
job no-driver failure '.add.driver = "/dev/null/none"'
says "/dev/null/none does not run here"

# A branch has no release: what is there is built. No release for a version tag: the same.
sed 's/@v1/@main/' "$root/examples/ci/pull-request.yml" >branch.yml
rm jobs/comments.json
job branch failure "$released | .workflow = \"$scratch/branch.yml\""
says "there is no release for this ref and machine: building it"
result '.outputs.code == "1" and ([.requests[] | select(contains("releases"))] == [])'
job pinned-branch failure "$released | .workflow = \"$scratch/branch.yml\" | .add.sha256 = \"0000\""
says "there is no release to compare with the given sha256"
