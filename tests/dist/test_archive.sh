#!/bin/sh
# What is in a release's archive, and that what is said of it is so.
# shellcheck source=lib.sh
. "$HERE/../dist/lib.sh"

(cd "$dist" && sha256sum --quiet --check "$archive.tar.gz.sha256") || fail "the SHA-256 is another"
tree=$scratch/$archive
[ "$(find . -path "./$archive/*" -type f -perm -1 | sort | tr '\n' ' ')" = \
    "./$archive/bin/tidemark ./$archive/ci/comment.sh ./$archive/ci/guard-comment.sh ./$archive/ci/guard-gitlab.sh ./$archive/ci/history.sh " ] ||
    fail "other programs are in it: $(find . -type f -perm -1)"
[ "$("$tree/bin/tidemark" --version)" = "tidemark $version" ] || fail "it is another version"

# glibc of 2.31 and nothing else; the controls: the usual driver, a lower floor, and what needs no library
sh "$root/ci/check-libc.sh" 2.31 "$tree/bin/tidemark" || fail "it needs more than glibc 2.31"
expect 1 sh "$root/ci/check-libc.sh" 2.31 "$tidemark"
says "needs libjansson.so.4, which is not glibc's"
expect 1 sh "$root/ci/check-libc.sh" 2.28 "$tree/bin/tidemark"
says "asks for exp of glibc 2.29, newer than 2.28"
expect 2 sh "$root/ci/check-libc.sh" 2.31 "$BIN/planted-static"

# The same bytes again; and nothing of the machine that it was made on. The control: the build folder has that. (The
# usual driver has it only if no compiler cache rewrites paths.)
before=$(cat "$dist/$archive.tar.gz.sha256")
sh "$root/scripts/dist.sh" "$dist" >out 2>&1 || fail "it cannot be made again"
[ "$(cat "$dist/$archive.tar.gz.sha256")" = "$before" ] || fail "made again, it is another"
! grep -rlF "$root" "$tree" || fail "it has the path of the sources"
grep -qF "$root" "$BIN/../CMakeCache.txt" || fail "the control: a path is not found"

# The SBOM: what the linker took, in dpkg's words; and a licence of each.
sbom=$tree/sbom.spdx.json
command -v jq >/dev/null || skip "the SBOM is not read: there is no jq"
jq -e '.spdxVersion == "SPDX-2.3" and (.relationships | map(.relatedSpdxElement | ltrimstr("SPDXRef-")) | sort) ==
    (.packages | map(.name) | sort)' "$sbom" >/dev/null || fail "the SBOM is not whole"
jq -r '.packages[] | select(.name != "tidemark" and .name != "uplot") | "\(.name) \(.versionInfo)"' "$sbom" | while read -r package its; do
    # shellcheck disable=SC2016 # dpkg-query expands it
    [ "$(dpkg-query -W -f '${Version}' "$package")" = "$its" ] || fail "the SBOM has $package $its"
done
jq -r '.relationships[] | select(.relationshipType == "STATIC_LINK").relatedSpdxElement | ltrimstr("SPDXRef-")' "$sbom" >linked
for package in libjansson-dev libsqlite3-dev libzstd-dev libc6-dev; do
    grep -qx $package linked || fail "the SBOM lacks $package"
done
while read -r package; do
    [ -s "$tree/licenses/$package" ] || fail "there is no licence of $package"
done <linked
jq -r '.packages[] | select(.name == "uplot").versionInfo' "$sbom" >its
grep -qF "v$(cat its)" "$tree/share/site/uPlot.min.css" "$tree/share/site/uPlot.iife.min.js" || fail "the SBOM has uPlot $(cat its)"
grep -q "Permission is hereby granted, free of charge" "$tree/licenses/uplot" || fail "there is no licence of uPlot"
jq -e --arg sum "$(sha256sum <"$tree/bin/tidemark" | cut -c 1-64)" '.packages[0].comment | endswith($sum)' "$sbom" >/dev/null ||
    fail "the SBOM is of another driver"
# a map that names nothing is no SBOM
: >empty.map
mkdir licenses
SOURCE_DATE_EPOCH=0 sh "$root/scripts/sbom.sh" 1 "$tree/bin/tidemark" empty.map licenses >out 2>&1 && fail "an SBOM of nothing"
says "nothing would be listed"

# It guards a repository, and draws nothing it would need more for.
mkdir repository trees
cd repository
repository <<'END'
{"scenarios": [{"name": "app", "command": "./serve", "ready": "ready", "idle_s": [0.1]}]}
END
holds 40
holds 46
tidemark=$tree/bin/tidemark
guard 1 compare --trees ../trees holds-40 holds-46
headline '^WORSE: app, 0.1 s idle: \+15 %'
