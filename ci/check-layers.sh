#!/bin/sh
# Each folder of harness/ includes headers of its own and of those before it in this list only.
#     ci/check-layers.sh [FOLDER]
set -eu
cd "${1:-$(dirname "$0")/..}/harness"

layers="base system inspect plan results measure report verdicts site watch guard traces commands"
found=0 wrong=0 below=
for layer in $layers; do
    for header in "$layer"/*.h; do
        [ -f "$header" ] || continue
        found=$((found + 1))
        for user in $below; do
            if grep -n "#include \"${header##*/}\"" "$user"/*.[ch]; then
                echo "check-layers: $user/ includes ${header##*/} of $layer/, which is above it" >&2
                wrong=1
            fi
        done
    done
    below="$below $layer"
done
for folder in */; do
    case " $layers " in
        *" ${folder%/} "*) ;;
        *) echo "check-layers: harness/$folder is in no place of the list" >&2; wrong=1 ;;
    esac
done
if [ $found -eq 0 ]; then
    echo "check-layers: there are no headers in $PWD: nothing would be checked" >&2
    exit 2
fi
exit $wrong
