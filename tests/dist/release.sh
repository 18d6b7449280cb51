#!/bin/sh
# What every test that takes a release does first: makes it, unless it is made.
# shellcheck shell=sh disable=SC2034,SC2154 # for, and of, those that source this
root=$(cd "$HERE/../.." && pwd)
dist=${BIN%/bin}/dist
version=$("$tidemark" --version | cut -d' ' -f2)
archive=tidemark-$version-linux-x86_64

code=0
sh "$root/scripts/dist.sh" "$dist" >out 2>&1 || code=$?
[ $code -ne 2 ] || skip "no release can be made here: $(cat out)"
[ $code -eq 0 ] || fail "no release is made"
