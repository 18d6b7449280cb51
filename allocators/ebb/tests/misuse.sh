#!/bin/sh
# Runs a program that misuses the allocator and checks its last words.
# usage: misuse.sh PROGRAM FAULT     FAULT "none": must end quietly with status 0
set -eu

program=$1
fault=$2
status=0
words=$("$program" 2>&1) || status=$?

fail() {
    printf 'expected %s; got status %s and: %s\n' "$fault" "$status" "$words" >&2
    exit 1
}

if [ "$fault" = none ]; then
    if [ "$status" -ne 0 ] || [ -n "$words" ]; then fail; fi
    exit 0
fi
# 134 = 128 + SIGABRT
[ "$status" -eq 134 ] || fail
[ "$(printf '%s\n' "$words" | wc -l)" -eq 1 ] || fail
printf '%s\n' "$words" | grep -Eqx "ebb: $fault: 0x[0-9a-f]+" || fail
