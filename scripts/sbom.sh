#!/bin/sh
# Prints what a program is made of, as SPDX 2.3: the packages of what the linker took in, by its map, and their
# versions, by dpkg; and what its page has of npm's, by the lock file. Debian's licences are put into LICENSES.
#     scripts/sbom.sh VERSION PROGRAM LINKER.map LICENSES [package-lock.json]
set -eu

version=$1 program=$2 map=$3 licenses=$4 lock=${5:-}

# The archives of which a member was taken, and the objects that every program starts and ends with; ours have
# paths within the build folder.
linked() {
    sed -n '/^Archive member included/,/^[A-Z][a-z]* .*:*$/p; /^LOAD .*\.o$/p' "$map" |
        sed -n 's/^LOAD //; s/^\(\/[^(]*\.[ao]\)\((.*\)\{0,1\}$/\1/p' | sort -u
}

# PACKAGE of each. dpkg may know the file by its path before /usr was merged.
packages() {
    linked | while read -r file; do
        path=$(realpath "$file")
        { dpkg-query -S "$path" || dpkg-query -S "${path#/usr}"; } 2>/dev/null | cut -d: -f1 | head -n 1 | grep . ||
            {
                echo "sbom: no package has $path" >&2
                exit 1
            }
    done | sort -u
}

# entry NAME VERSION COMMENT [PURL]
entry() {
    references=
    [ -z "${4:-}" ] ||
        references=$(printf ',\n   "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "%s"}]' "$4")
    printf '  {"SPDXID": "SPDXRef-%s", "name": "%s", "versionInfo": "%s", "downloadLocation": "NOASSERTION",\n' "$1" "$1" "$2"
    printf '   "filesAnalyzed": false, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",\n'
    printf '   "copyrightText": "NOASSERTION", "comment": "%s"%s}' "$3" "$references"
}

debian() { # PACKAGE COMMENT
    # shellcheck disable=SC2016 # dpkg-query expands it
    purl=$(dpkg-query -W -f 'pkg:deb/debian/${Package}@${Version}?arch=${Architecture}&upstream=${source:Package}%40${source:Version}' "$1")
    # shellcheck disable=SC2016
    entry "$1" "$(dpkg-query -W -f '${Version}' "$1")" "$2" "$(printf '%s' "$purl" | sed 's/+/%2B/g')"
}

# "NAME VERSION" of each package of npm's.
from_npm() {
    [ -z "$lock" ] || sed -n 's|^ *"node_modules/\(.*\)": {|\1|p; s|^ *"version": "\(.*\)",|\1|p' "$lock" | paste -d ' ' - -
}

list=$(packages)
[ -n "$list" ] || {
    echo "sbom: $map names no archive: nothing would be listed" >&2
    exit 1
}
sum=$(sha256sum <"$program" | cut -c 1-64)
printf '{"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "tidemark-%s",\n' "$version"
printf ' "documentNamespace": "urn:sha256:%s",\n "creationInfo": {"created": "%s", "creators": ["Tool: tidemark-scripts/sbom.sh"]},\n' \
    "$sum" "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)"
printf ' "packages": [\n'
entry tidemark "$version" "bin/tidemark has the SHA-256 $sum"
for package in $list; do
    printf ',\n'
    debian "$package" 'linked in'
    cp "/usr/share/doc/$package/copyright" "$licenses/$package"
done
from_npm | while read -r package its; do
    printf ',\n'
    entry "$package" "$its" 'draws the charts of the page; contained in share/site' "pkg:npm/$package@$its"
done
printf ',\n'
debian libc6 'not contained: the one of the machine is used, 2.31 or newer; this is the one it was linked against'
printf '\n ],\n "relationships": [\n'
printf '  {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-tidemark"},\n'
for package in $list; do
    printf '  {"spdxElementId": "SPDXRef-tidemark", "relationshipType": "STATIC_LINK", "relatedSpdxElement": "SPDXRef-%s"},\n' "$package"
done
from_npm | while read -r package _; do
    printf '  {"spdxElementId": "SPDXRef-tidemark", "relationshipType": "CONTAINS", "relatedSpdxElement": "SPDXRef-%s"},\n' "$package"
done
printf '  {"spdxElementId": "SPDXRef-tidemark", "relationshipType": "DYNAMIC_LINK", "relatedSpdxElement": "SPDXRef-libc6"}\n ]}\n'
