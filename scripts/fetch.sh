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
# It goes through apt with a private configuration that reuses the machine's own mirror, or the one that
# TIDEMARK_DEBIAN_MIRROR names, so nothing of the system's configuration is changed and signatures are
# verified. A system that is not Debian, and for which none is named, is asked for its own source packages:
# its archive may have the pinned file under a revision of its own. Files are kept in the cache by their
# SHA-256, which is checked at every use. Exit status 1, with one line on standard error, where the file
# cannot be had.
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

# The mirror of Debian's archive: the one that is named, that of this machine's package lists, or before
# there are any, if this is Debian, that of the file that names its sources.
mirror() {
    uri=${TIDEMARK_DEBIAN_MIRROR:-}
    # shellcheck disable=SC2016 # apt expands these
    [ -n "$uri" ] || uri=$(apt-get indextargets --format '$(REPO_URI) $(CREATED_BY) $(ORIGIN)/$(LABEL)' 2>/dev/null |
        awk '$2 == "Packages" && $3 == "Debian/Debian" { print $1; exit }')
    if [ -z "$uri" ] && grep -qx 'ID=debian' /etc/os-release 2>/dev/null; then
        uri=$(sed -n 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p' \
            /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
        [ -n "$uri" ] || uri=$(sed -n 's/^deb[[:space:]]\(\[[^]]*\][[:space:]]*\)\{0,1\}\([^[:space:]]*\).*/\2/p' \
            /etc/apt/sources.list 2>/dev/null | head -n 1)
    fi
    echo "$uri"
}

# Debian's suites; without a mirror of them, what this system has itself, as source packages.
list_sources() { # MIRROR
    rm -rf "$apt/sources.list" "$apt/sources.d"
    mkdir -p "$apt/sources.d"
    : >"$apt/sources.list"
    if [ -n "$1" ]; then
        for suite in $suites; do
            echo "deb [signed-by=$keyring] $1 $suite main"
            echo "deb-src [signed-by=$keyring] $1 $suite main"
        done >"$apt/sources.list"
        return
    fi
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        [ -r "$list" ] || continue
        case $list in
            *.list) sed -n 's/^deb[[:space:]]/deb-src /p' "$list" >"$apt/sources.d/${list##*/}" ;;
            *.sources) sed 's/^Types:.*/Types: deb-src/' "$list" >"$apt/sources.d/${list##*/}" ;;
        esac
    done
}

# Writes the private configuration and reads the package lists, once for all runs; a list
# that is older than a day is read again, since pins rotate out of moving suites. A suite that is not
# served does not keep the others out.
prepare_apt() {
    asked="$suites${TIDEMARK_DEBIAN_MIRROR:+ of $TIDEMARK_DEBIAN_MIRROR}"
    if [ -n "$(find "$apt/ready" -mmin -1440 2>/dev/null)" ] && [ "$(cat "$apt/ready")" = "$asked" ]; then
        export APT_CONFIG="$apt/apt.conf"
        return
    fi
    command -v apt-get >/dev/null 2>&1 || fail "there is no apt-get: not a Debian-like system"
    unset APT_CONFIG
    uri=$(mirror)
    [ -z "$uri" ] || [ -r "$keyring" ] || fail "$keyring is missing: install debian-archive-keyring"
    rm -rf "$apt/refused"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/refused"
    list_sources "$uri"
    cat >"$apt/apt.conf" <<END
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "$apt/sources.d";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
END
    export APT_CONFIG="$apt/apt.conf"
    rm -f "$apt/own" "$apt/unread"
    if ! apt-get -qq update >"$apt/log" 2>&1; then
        [ -n "$(find "$apt/lists" -name '*Release' | head -n 1)" ] ||
            fail "the package lists cannot be read: $(reason "$apt/log")"
        reason "$apt/log" | sed 's/ (invalid since.*//; s/^E: *//' >"$apt/unread"
    fi
    [ -n "$uri" ] || : >"$apt/own"
    echo "$asked" >"$apt/ready"
}

# Of apt's message only what is wrong: where the mirror is is nobody's business in a report.
reason() { # LOG
    grep -m 1 '^E:' "$1" | sed 's|[a-z+]*:/[^ ]*/dists/\([^/ ]*\)/|\1 |; s|[a-z+]*:/[^ ]*/||; s| *\[IP:[^]]*\]||'
}

# What besides may be why, and what would help.
hint() {
    [ ! -s "$apt/unread" ] || printf '; a package list was not read: %s' "$(cat "$apt/unread")"
    [ ! -f "$apt/own" ] || sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\).*/; only \1 was asked: set TIDEMARK_DEBIAN_MIRROR to the address of a mirror of Debian/p' \
        /etc/os-release 2>/dev/null
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
        fail "$suites does not serve $* ($(reason "$folder/log")$(hint))"
    for package in "$folder"/debs/*.deb; do
        dpkg-deb -x "$package" "$folder" 2>"$folder/log" || fail "$(head -n 1 "$folder/log")"
    done
    rm -rf "$folder/debs"
    echo "$suites $*" >"$folder/unpacked"
}

# The version of a source package whose files include the one with this SHA-256.
version_with() { # PACKAGE SHA256
    apt-cache showsrc --only-source "$1" 2>/dev/null |
        awk -v sha="$2" '$1 == "Version:" { version = $2 } $1 == sha && !found { found = 1; print version }'
}

# Downloads into the current folder: a source package of the named version, or of another with the same file.
download() { # KIND PACKAGE=VERSION SHA256
    if [ "$1" = binary ]; then
        apt-get -qq download "$2"
        return
    fi
    apt-get -qq source --download-only --tar-only "$2" && return
    other=$(version_with "${2%%=*}" "$3")
    [ -n "$other" ] && apt-get -qq source --download-only --tar-only "${2%%=*}=$other"
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
# What these package lists do not have is not looked for again.
refused=$apt/refused/$(echo "$package $sha" | sha256sum | cut -c1-32)
[ ! -s "$refused" ] || fail "$(cat "$refused")"
mkdir -p "$cache/downloads" "$apt/refused"
scratch=$(mktemp -d "$cache/downloads/part.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
if ! download "$kind" "$package" "$sha" >log 2>&1; then
    why="$package is not served ($(reason log)$(hint))"
    ! grep -qE '^E: (Can not find version|Unable to find|Version .* was not found|Failed to fetch .* 404 )' log || echo "$why" >"$refused"
    fail "$why"
fi
# shellcheck disable=SC2086 # the pattern is to be expanded
set -- $file
matches "$1" "$sha" ||
    fail "$package: $1 does not have the pinned SHA-256 (it has $(sha256sum <"$1" | cut -c1-16)..., pinned is $(echo "$sha" | cut -c1-16)...)"
mv "$1" "$kept"
echo "$kept"
