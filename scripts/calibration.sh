#!/bin/sh
# calibration.sh BUILD: counts anew in the recorded build what bundle draws from
# (workloads/bundle_shape.def), builds bundle with it, and prints its own recording beside that
# build below the mark in docs/calibration.md. `make calibration` calls it.
set -eu
build=$1
root=$(dirname "$0")/..
shape=$root/workloads/bundle_shape.def
document=$root/docs/calibration.md
recorded=$build/share/rolldown-build.trace
mark='<!-- what follows is printed by make calibration -->'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# with_lines LINES FILE: FILE with each block of NAME(...) lines replaced by the same of LINES.
with_lines() {
    awk 'FNR == 1 { file++ }
         /^[A-Z]+\(/ { name = $0; sub(/\(.*/, "", name) }
         file == 1 { lines[name] = lines[name] $0 "\n"; next }
         !/^[A-Z]+\(/ || !(name in lines) { print; next }
         !(name in done) { printf "%s", lines[name]; done[name] = 1 }' "$1" "$2"
}

"$build"/bin/tidemark profile --shape "$recorded" >"$folder"/lines
with_lines "$folder"/lines "$shape" >"$folder"/shape.def
if ! cmp -s "$folder"/shape.def "$shape"; then
    cp "$folder"/shape.def "$shape"
    cmake --build "$build"
fi

grep -qxF -- "$mark" "$document" || {
    echo "calibration.sh: $document lacks the line \"$mark\"; take it from git" >&2
    exit 1
}
"$build"/bin/tidemark-workload bundle --builds=1 --threads=5 --record="$folder"/bundle.trace >/dev/null
{
    sed "/^$mark\$/q" "$document"
    echo
    "$build"/bin/tidemark profile --markdown "$recorded" "$folder"/bundle.trace
} >"$folder"/calibration.md
cp "$folder"/calibration.md "$document"
