#!/bin/sh
# Puts uPlot, which draws the charts of `tidemark site`, into BUILD/share/site. npm fetches it and checks
# it against the lock file's SHA-512. Exit code 1, with the reason, where it cannot be had.
#     scripts/charts.sh             (TIDEMARK_BUILD, TIDEMARK_CACHE)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=${TIDEMARK_BUILD:-$here/../build}
cache=${TIDEMARK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tidemark}/charts
pinned=$here/../harness/site/page

say() {
    printf 'charts: %s\n' "$*" >&2
}

if ! cmp -s "$pinned/package-lock.json" "$cache/installed"; then
    if ! command -v npm >/dev/null; then
        say "npm is not there: without it \`tidemark site\` has nothing that draws its charts"
        exit 1
    fi
    mkdir -p "$cache"
    cp "$pinned/package.json" "$pinned/package-lock.json" "$cache"
    if ! (cd "$cache" && npm ci --no-audit --no-fund --ignore-scripts) >"$cache/npm.log" 2>&1; then
        say "npm cannot install uPlot: $(grep -m 1 -i 'npm err' "$cache/npm.log")"
        exit 1
    fi
    cp "$pinned/package-lock.json" "$cache/installed"
fi
mkdir -p "$build/share/site"
uplot=$cache/node_modules/uplot
cp "$uplot/dist/uPlot.iife.min.js" "$uplot/dist/uPlot.min.css" "$build/share/site"
cp "$uplot/LICENSE" "$build/share/site/uPlot.LICENSE"
