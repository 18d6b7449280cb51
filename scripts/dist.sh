#!/bin/sh
# Makes a release below FOLDER: tidemark-VERSION-linux-x86_64.tar.gz, with its SHA-256 and its SBOM beside it. The
# driver needs a glibc of 2.31 or newer and nothing else; what it is linked with are Debian's archives. The same
# sources, compiler and archives make the same bytes.
#     scripts/dist.sh FOLDER
# The chart library in it is npm's. Exit code 2: something that it takes is not here.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${1:?name the folder}"
folder=$(cd "$1" && pwd)
floor=2.31

fail() {
    echo "dist: $*" >&2
    exit 2
}

[ "$(uname -sm)" = 'Linux x86_64' ] || fail "a release is for Linux on x86-64, and made there"
command -v dpkg-query >/dev/null || fail "the versions of what is linked come from dpkg, which is not here"
for archive in jansson sqlite3 zstd; do
    # the compiler prints the name alone of what it does not find
    [ "$(cc -print-file-name=lib$archive.a)" != lib$archive.a ] ||
        fail "there is no lib$archive.a; as root, apt-get install lib$archive-dev"
done

version=$(sed -n 's/^project(tidemark VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
name=tidemark-$version-linux-x86_64
build=$folder/build
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
cmake -S "$root" -B "$build" -G Ninja -DTIDEMARK_RELEASE=ON \
    -DCMAKE_C_FLAGS="-ffile-prefix-map=$root=. -ffile-prefix-map=$build=build" >"$folder/log"
cmake --build "$build" --target tidemark >>"$folder/log" || {
    tail -n 30 "$folder/log" >&2
    exit 1
}

# What draws the charts of `tidemark site`, beside the page's files, which the build has put there.
TIDEMARK_BUILD=$build "$root/scripts/charts.sh" || fail "without uPlot a release has no \`tidemark site\`"

tree=$folder/$name
rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/ci" "$tree/licenses" "$tree/share"
strip -o "$tree/bin/tidemark" "$build/bin/tidemark"
sh "$root/ci/check-libc.sh" $floor "$tree/bin/tidemark"
cp -r "$build/share/plots" "$build/share/site" "$build/share/policies.def" "$build/share/requirements.tsv" "$tree/share"
cp "$root/LICENSE" "$tree/licenses/tidemark"
cp "$tree/share/site/uPlot.LICENSE" "$tree/licenses/uplot"
for script in comment guard-comment guard-gitlab history; do
    cp "$root/ci/$script.sh" "$tree/ci"
done
sh "$root/scripts/sbom.sh" "$version" "$tree/bin/tidemark" "$build/tidemark.map" "$tree/licenses" \
    "$root/harness/site/page/package-lock.json" >"$tree/sbom.spdx.json"
cp "$tree/sbom.spdx.json" "$folder/$name.spdx.json"
find "$tree" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
chmod 755 "$tree/bin/tidemark" "$tree"/ci/*.sh

tar -C "$folder" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf "$folder/$name.tar" "$name"
gzip -9nf "$folder/$name.tar"
(cd "$folder" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "$folder/$name.tar.gz"
cat "$folder/$name.tar.gz.sha256"
