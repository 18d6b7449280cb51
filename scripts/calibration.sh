#!/bin/sh
# calibration.sh BUILD: prints docs/calibration.md anew: its text up to the mark, then bundle's
# own recording set beside the recorded build. `make calibration` calls it.
set -eu
build=$1
document=$(dirname "$0")/../docs/calibration.md
mark='<!-- what follows is printed by make calibration -->'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$build"/bin/tidemark-workload bundle --builds=1 --threads=5 --record="$folder"/bundle.trace >/dev/null
grep -qxF -- "$mark" "$document" || {
    echo "calibration.sh: $document lacks the line \"$mark\"; take it from git" >&2
    exit 1
}
sed "/^$mark\$/q" "$document"
echo
"$build"/bin/tidemark profile --markdown "$build"/share/rolldown-build.trace "$folder"/bundle.trace
