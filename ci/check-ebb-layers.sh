#!/bin/sh
# Each file of ebb includes headers of its own and of the files before it only. The order is
# that of EBB_SOURCES in its CMakeLists.txt; headers without a source file are below all, and
# the table in DESIGN.md has every file once.
#     ci/check-ebb-layers.sh [EBB-FOLDER]
set -eu
cd "${1:-$(dirname "$0")/../allocators/ebb}"

order=$(sed -n '/^set(EBB_SOURCES/,/)/p' CMakeLists.txt | tr -d '()' | tr ' ' '\n' |
    sed -n 's/\.c$//p')
if [ -z "$order" ]; then
    echo "check-ebb-layers: no EBB_SOURCES in $PWD/CMakeLists.txt: nothing would be checked" >&2
    exit 2
fi
wrong=0 above=
for name in $order; do
    above="$name $above"
done
for name in $order; do
    # what is left of `above` from here on is higher than this file
    above=" $above "
    above=${above%" $name "*}
    for header in $above; do
        for file in "$name.c" "$name.h"; do
            if [ -f "$file" ] && grep -Hn "#include \"$header.h\"" "$file"; then
                echo "check-ebb-layers: $header.h is above $name" >&2
                wrong=1
            fi
        done
    done
done
for file in *.c; do
    name=${file%.c}
    case " $(echo "$order" | tr '\n' ' ')" in
        *" $name "*) ;;
        *) echo "check-ebb-layers: $file is not in EBB_SOURCES" >&2; wrong=1 ;;
    esac
    if ! grep -qE "^\| .*\`($name\.\*|$file|${name%%_*}_\*\.c)\`" DESIGN.md; then
        echo "check-ebb-layers: DESIGN.md's table of layers lacks $file" >&2
        wrong=1
    fi
done
exit $wrong
