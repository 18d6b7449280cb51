#!/bin/sh
# Publishes what `make dist` made as the release of a version tag, and moves the tag of its major version (v0), by
# which other repositories name the action.
#     GH_TOKEN=... ci/release.sh vVERSION FOLDER
set -eu
cd "$(dirname "$0")/.."

tag=${1:?name the tag} folder=${2:?name the folder}
version=$(sed -n 's/^project(tidemark VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
[ "$tag" = "v$version" ] || {
    echo "release: the tag is $tag, and CMakeLists.txt says $version" >&2
    exit 2
}
name=tidemark-$version-linux-x86_64
(cd "$folder" && sha256sum --quiet --check "$name.tar.gz.sha256")
gh release create "$tag" --verify-tag --title "tidemark $version" --generate-notes \
    "$folder/$name.tar.gz" "$folder/$name.tar.gz.sha256" "$folder/$name.spdx.json"
git push --quiet --force origin "HEAD:refs/tags/${tag%%.*}"
