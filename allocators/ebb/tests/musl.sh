#!/bin/sh
# The archives for addons, built for musl and asked what they are asked on glibc: in a program and addons that
# know musl only. Skipped without musl's compiler.
set -eu

if ! command -v musl-gcc >/dev/null; then
    echo "skipped: musl-gcc is not there; \`scripts/setup.sh test\` installs it where it can be"
    exit 77
fi
here=$(cd "$(dirname "$0")" && pwd)
ebb=$here/.. conformance=$here/../../conformance
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fail() {
    echo "musl: $*" >&2
    exit 1
}

# The kernel's headers are where glibc's are, and come last.
kernel="-idirafter /usr/include -idirafter /usr/include/$(cc -dumpmachine)"
compile() {
    # shellcheck disable=SC2086 # flags are words
    musl-gcc -std=gnu17 -Wall $kernel -I"$ebb" -I"$here" -I"$conformance" "$@"
}

. "$here/addons.sh"
build_addons
readelf -l host | grep -q 'interpreter: .*ld-musl' || fail "the program is not musl's"
run_addons
