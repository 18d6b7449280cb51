#!/bin/sh
# Fetches one pinned file out of Debian's archive and prints the path of the verified copy.
#
#     scripts/fetch.sh source PACKAGE=VERSION FILE SHA256
#     scripts/fetch.sh binary PACKAGE=VERSION SHA256
#     scripts/fetch.sh unpacked SUITE FOLDER PACKAGE...
#     scripts/fetch.sh whole SUITE FOLDER PACKAGE...
#
# "unpacked" puts a suite's packages, and what they need that is not installed, into FOLDER without
# installing anything; programs in it run with LD_LIBRARY_PATH=FOLDER/usr/lib/TRIPLET. "whole" adds what is
# installed as well, so that FOLDER can be a root.
#
# It goes through apt with a private configuration that reuses the machine's own mirror, so
# nothing of the system's configuration is changed and signatures are verified. Files are
# kept in the cache by their SHA-256, which is checked at every use. Exit status 1, with one
# line on standard error, where the file cannot be had.
set -eu

cache=${TIDEMARK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tidemark}
apt=$cache/apt
suites='bookworm trixie trixie-backports sid'
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
    echo "$*" >&2
    exit 1
}

matches() { # FILE SHA256
    [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$2" ]
}

# The mirror that this machine uses: of its package lists, or before there are any of the
# file that names its sources.
mirror() {
    # shellcheck disable=SC2016 # apt expands these
    uri=$(apt-get indextargets --format '$(REPO_URI) $(CREATED_BY) $(ORIGIN)/$(LABEL)' 2>/dev/null |
        awk '$2 == "Packages" && $3 == "Debian/Debian" { print $1; exit }')
    [ -n "$uri" ] || uri=$(sed -n 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p' \
        /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
    [ -n "$uri" ] || uri=$(sed -n 's/^deb[[:space:]]\(\[[^]]*\][[:space:]]*\)\{0,1\}\([^[:space:]]*\).*/\2/p' \
        /etc/apt/sources.list 2>/dev/null | head -n 1)
    echo "$uri"
}

# Writes the private configuration and reads the package lists, once for all runs; a list
# that is older than a day is read again, since pins rotate out of moving suites.
prepare_apt() {
    export APT_CONFIG="$apt/apt.conf"
    if [ -n "$(find "$apt/ready" -mmin -1440 2>/dev/null)" ] &&
        [ "$(cat "$apt/ready")" = "$suites" ]; then
        return
    fi
    command -v apt-get >/dev/null 2>&1 || fail "there is no apt-get: not a Debian-like system"
    unset APT_CONFIG
    uri=$(mirror)
    [ -n "$uri" ] || fail "no Debian mirror is configured on this machine"
    [ -r "$keyring" ] || fail "$keyring is missing: install debian-archive-keyring"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    for suite in $suites; do
        echo "deb [signed-by=$keyring] $uri $suite main"
        echo "deb-src [signed-by=$keyring] $uri $suite main"
    done >"$apt/sources.list"
    cat >"$apt/apt.conf" <<END
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
END
    export APT_CONFIG="$apt/apt.conf"
    apt-get -qq update >"$apt/log" 2>&1 || fail "the package lists cannot be read: $(tail -n 1 "$apt/log")"
    echo "$suites" >"$apt/ready"
}

# Of apt's message only what is wrong: where the mirror is is nobody's business in a report.
reason() { # LOG
    grep -m 1 '^E:' "$1" | sed 's|[a-z]*://[^ ]*/||; s| *\[IP:[^]]*\]||'
}

# A list of its own for the suite: one that is no longer served fails alone.
unpack() { # KIND SUITE FOLDER PACKAGE...
    suites=$2 apt=$cache/apt-$2 folder=$3 status=
    [ "$1" = unpacked ] || status=-oDir::State::status=/dev/null # nothing is installed there
    shift 3
    if [ "$(cat "$folder/unpacked" 2>/dev/null)" = "$suites $*" ]; then
        return
    fi
    prepare_apt
    rm -rf "$folder"
    mkdir -p "$folder/debs/partial"
    apt-get -qq install -y --download-only --reinstall --no-install-recommends -o Debug::NoLocking=1 \
        $status -o Dir::Cache::archives="$folder/debs" "$@" >"$folder/log" 2>&1 ||
        fail "$suites does not serve $* ($(reason "$folder/log"))"
    for package in "$folder"/debs/*.deb; do
        dpkg-deb -x "$package" "$folder" 2>"$folder/log" || fail "$(head -n 1 "$folder/log")"
    done
    rm -rf "$folder/debs"
    echo "$suites $*" >"$folder/unpacked"
}

# Downloads into the current folder.
download() { # KIND PACKAGE=VERSION
    case $1 in
        source) apt-get -qq source --download-only --tar-only "$2" ;;
        binary) apt-get -qq download "$2" ;;
    esac
}

kind=$1
if [ "$kind" = unpacked ] || [ "$kind" = whole ]; then
    unpack "$@"
    exit 0
fi
package=$2
case $kind in
    source) file=$3 sha=$4 ;;
    binary) file='*.deb' sha=$3 ;;
    *) fail "\"$kind\" is none of source, binary, unpacked and whole" ;;
esac
kept=$cache/downloads/$sha
if matches "$kept" "$sha"; then
    echo "$kept"
    exit 0
fi
prepare_apt
mkdir -p "$cache/downloads"
scratch=$(mktemp -d "$cache/downloads/part.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
download "$kind" "$package" >log 2>&1 || fail "$package is not served ($(reason log))"
# shellcheck disable=SC2086 # the pattern is to be expanded
set -- $file
matches "$1" "$sha" ||
    fail "$package: $1 does not have the pinned SHA-256 (it has $(sha256sum <"$1" | cut -c1-16)..., pinned is $(echo "$sha" | cut -c1-16)...)"
mv "$1" "$kept"
echo "$kept"
