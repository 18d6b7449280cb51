#!/bin/sh
# What the site's tests share.
# shellcheck shell=sh
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

site=$(cd "$HERE/../site" && pwd)
[ -f "$BIN/../share/site/uPlot.iife.min.js" ] ||
    TIDEMARK_BUILD="$BIN/.." sh "$site/../../scripts/charts.sh" >out 2>&1 || skip "$(cat out)"
