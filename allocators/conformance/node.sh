#!/bin/sh
# An addon with an allocator inside, in Node.js; skipped without it. usage: node.sh CASE ADDON ADDON
set -eu
if ! command -v node >/dev/null; then
    echo "skipped: node is not there; \`scripts/setup.sh test\` installs it where it can be"
    exit 77
fi
exec node --expose-gc "$(dirname "$0")/node/cases.js" "$@"
