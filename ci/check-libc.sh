#!/bin/sh
# Programs ask for nothing but glibc, and for no version of its functions that is newer than FLOOR.
#     ci/check-libc.sh FLOOR PROGRAM...
set -eu

floor=${1:?name the oldest glibc, such as 2.31}
shift
wrong=0
for program in "$@"; do
    needed=$(objdump -p "$program" | sed -n 's/^ *NEEDED *//p')
    if [ -z "$needed" ]; then
        echo "check-libc: $program needs no library at all: nothing would be checked" >&2
        exit 2
    fi
    for library in $needed; do
        case $library in
            libc.so.6 | libm.so.6 | libpthread.so.0 | ld-linux-*) ;;
            *)
                echo "check-libc: $program needs $library, which is not glibc's" >&2
                wrong=1
                ;;
        esac
    done
    objdump -T "$program" | sed -n 's/.*\*UND\*.*(\{0,1\}GLIBC_\([A-Z0-9.]*\))\{0,1\} *\([^ ]*\)$/\1 \2/p' |
        awk -v floor="$floor" -v program="$program" '
            { split($1, version, "."); split(floor, least, ".") }
            version[1] + 0 != least[1] || version[2] + 0 > least[2] {
                print "check-libc: " program " asks for " $2 " of glibc " $1 ", newer than " floor
                above = 1
            }
            END { exit above }' >&2 || wrong=1
done
exit $wrong
