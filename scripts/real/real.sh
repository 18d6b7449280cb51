#!/bin/sh
# Real bundlers on a real application, all through `tidemark watch`: dev servers that a crawler
# visits wholly and that then stay idle, and repeated production builds in one process.
#     scripts/real/real.sh [setup|serve|build|variants|times|replay|addon|addon-times|all]
# `all` is serve and build. `variants`: one bundler whose allocator is linked in, as it is shipped and
# transplanted to each of several others. `times`: how long its build takes on each, unsampled.
# `replay`: one build of it is recorded, and its calls are made again on each of them.
# `addon`, which needs no package of npm: an addon in Rust (bindings/rust/addon) on ebb by its crate and on mimalloc
# v3, watched side by side; status 1 where the one on ebb is not back at its floor in a second. `addon-times`: how
# long it takes on each, unsampled.
# Settings, by environment:
#     SIZE      components of the generated application (default 3000; 1000 and more use the
#               large libraries, too)
#     IDLE      seconds after the work at which to look (default 90,180,270,360; of `variants` 1,10,20,90;
#               of `addon` 1,10,30, of which the first is judged; of `replay` one number, 30)
#     BUILDS    production builds in one process (default 5)
#     REPEAT    rounds, in random order (default 1, of `replay` 3, of `times` and `addon*` 6; a verdict needs 6)
#     MEMORY    the condition of free memory for `times`: warm (default), cold, or warm,cold
#     SERVERS, TOOLS   which to run (default: all)
#     KNOBS     variables for a run each besides the one as is, such as
#               "MIMALLOC_ALLOW_THP=0 MIMALLOC_PURGE_DELAY=0"
#     VARIANTS  the allocators of `variants` and `replay`, which build with the first of TOOLS
#     LITTLE    seconds after the end at which `variants` builds two modules three times (default 15)
#     MODULES   what the addon parses at a time (default 600, some 600 MiB)
#     OUTPUT    where results are kept (default results)
set -eu

here=$(CDPATH='' cd -- "$(dirname "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
cd "$root"
build=${TIDEMARK_BUILD:-build}
mkdir -p "$build/real"
work=$(CDPATH='' cd -- "$build/real" && pwd)
tidemark=$(CDPATH='' cd -- "$build" && pwd)/bin/tidemark
size=${SIZE:-3000}
idle=${IDLE:-90,180,270,360}
tool=rolldown-v3
[ -z "${TOOLS:-}" ] || tool=${TOOLS%% *}
builds=${BUILDS:-5}
repeat=${REPEAT:-1}
output=${OUTPUT:-results}
servers=${SERVERS:-vite7 vite8-v2 vite8-v3 vite8-latest}
tools=${TOOLS:-rolldown-v2 rolldown-v3 rolldown-latest rspack rollup esbuild}
variants=${VARIANTS:-glibc jemalloc jemalloc+bg jemalloc+bg1s mimalloc2 mimalloc3 mimalloc3+nothp ebb}

fail() {
    echo "bench-real: $*" >&2
    exit 3
}

# title NAME: what a row is called.
title() {
    case $1 in
    vite7) echo "vite 7.3.8 + esbuild 0.28.2" ;;
    vite8-v2) echo "vite 8.0.12 + rolldown 1.0.0 (mimalloc v2)" ;;
    vite8-v3) echo "vite 8.0.13 + rolldown 1.0.1 (mimalloc v3)" ;;
    vite8-latest) echo "vite 8.3.8 + rolldown 1.2.19" ;;
    rolldown-v2) echo "rolldown 1.0.0 (mimalloc v2)" ;;
    rolldown-v3) echo "rolldown 1.0.1 (mimalloc v3)" ;;
    rolldown-latest) echo "rolldown 1.3.2" ;;
    rspack) echo "rspack 2.3.2" ;;
    rollup) echo "rollup 4.68.7" ;;
    esbuild) echo "esbuild 0.28.2 (Go)" ;;
    *) fail "there is no $1; see the top of scripts/real/real.sh" ;;
    esac
}

check_node() {
    for command in node npm; do
        command -v $command >/dev/null ||
            fail "$command is needed; install Node.js 20.19 or newer with npm"
    done
    node -e 'const [a, b] = process.versions.node.split(".").map(Number);
             process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
        fail "node $(node --version) is too old for vite 8; install Node.js 20.19 or newer"
}

# The packages of the lock file, into the build folder; again only when the lock has changed.
setup() {
    check_node
    if cmp -s "$here/package-lock.json" "$work/installed.json" && [ -d "$work/node_modules" ]; then
        return
    fi
    echo "bench-real: installing the pinned packages into $work (about 630 MB)" >&2
    cp "$here/package.json" "$here/package-lock.json" "$work/"
    # not `npm ci`: it refuses wherever a registry lacks a binding for some other platform
    (cd "$work" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error) ||
        fail "npm install failed in $work; see above, and try again"
    cp "$here/package-lock.json" "$work/installed.json"
}

generate() {
    cp "$here"/*.mjs "$work/"
    [ -f "$work/app-$size/generated" ] &&
        cmp -s "$here/generate.mjs" "$work/app-$size/generated" && return
    (cd "$work" && node generate.mjs "app-$size" "$size")
    cp "$here/generate.mjs" "$work/app-$size/generated"
}

# watch OPTIONS...: with a --sweep for each knob. The programs run in the work folder.
watch() {
    for knob in ${KNOBS:-}; do
        set -- --sweep "$knob" "$@"
    done
    "$tidemark" watch --hide-output --timeout 1800 --idle "0,$idle" --rounds "$repeat" \
        --output "$output" "$@"
}

serve() {
    set --
    for server in $servers; do
        name=$(title "$server")
        set -- "$@" --command "$name=cd '$work' && exec node serve.mjs $server app-$size cache-$server address"
    done
    echo "bench-real: dev servers, $size components, all modules fetched, then idle for $idle s" >&2
    watch --ready '^LISTENING' --drive "cd '$work' && exec node crawl.mjs address" "$@"
}

build() {
    set --
    for tool in $tools; do
        name=$(title "$tool")
        set -- "$@" --command \
            "$name=cd '$work' && exec node --expose-gc build.mjs $tool app-$size out-$tool $builds"
    done
    echo "bench-real: $builds production builds in one process, $size components, then idle for $idle s" >&2
    watch --until '^WORK DONE' --checkpoint 'build 1=^built 1$' "$@"
}

variants() {
    idle=${IDLE:-1,10,20,90}
    program="env LITTLE=${LITTLE:-15} node --expose-gc build.mjs $tool app-$size out-$tool $builds"
    set -- --command "as shipped=cd '$work' && exec $program"
    for variant in $variants; do
        set -- "$@" --command \
            "$variant=cd '$work' && exec '$tidemark' transplant --allocator '$variant' -- $program"
    done
    echo "bench-real: $(title "$tool") on each allocator, $builds builds, $size components" >&2
    watch --until '^WORK DONE' --checkpoint 'little=^LITTLE DONE$' "$@"
}

time_builds() {
    set --
    for variant in shipped $variants; do
        start="'$tidemark' transplant --allocator '$variant' --"
        [ "$variant" != shipped ] || start=
        set -- "$@" "$variant=cd '$work' && ENDS=1 $start node --expose-gc build.mjs $tool app-$size out-$tool $builds"
    done
    command -v hyperfine >/dev/null || fail "hyperfine is missing; run \`make setup\`"
    echo "bench-real: whole processes, $builds builds by $(title "$tool")" >&2
    "$tidemark" time --name "$tool" --rounds "${REPEAT:-6}" --memory "${MEMORY:-warm}" --timeout 1800 \
        --output "$output" "$@"
}

# The recording is kept, and made again only where it is not there.
replay() {
    trace=$work/$tool-$size.trace
    if ! [ -f "$trace" ]; then
        (cd "$work" && ENDS=1 "$tidemark" record --max-size 16384 -o "$trace.new" -- \
            "$tidemark" transplant -- \
            node --expose-gc build.mjs "$tool" "app-$size" "out-$tool" 1) || fail "nothing was recorded"
        mv "$trace.new" "$trace"
    fi
    echo "bench-real: the calls of one build by $(title "$tool") on each allocator" >&2
    # shellcheck disable=SC2086 # the allocators are words
    "$tidemark" replay "$trace" --allocators="$(echo $variants | tr ' ' ,)" --rounds="${REPEAT:-3}" \
        --idle="${IDLE:-30}" --idle-drivers=dead --no-again --output "$output"
}

# build_addon NAME FEATURE: the addon as $work/addon-NAME.node, offline.
build_addon() {
    cargo=cargo
    cargo --version >/dev/null 2>&1 || cargo="$root/scripts/debian-cargo.sh $work/rust"
    # shellcheck disable=SC2086 # a command and its argument
    (cd "$root/bindings/rust/addon" && CARGO_TARGET_DIR="$work/addon-$1" $cargo build --quiet --release --offline \
        --locked --no-default-features --features "$2") ||
        fail "the addon on $1 was not built (see above); if cargo is missing, \`apt-get install cargo\`"
    cp "$work/addon-$1/release/libaddon.so" "$work/addon-$1.node"
}

build_addons() {
    command -v node >/dev/null || fail "node is needed; \`apt-get install nodejs\`"
    "$root/allocators/conformance/archives.sh"
    MIMALLOC_ARCHIVE=$(CDPATH='' cd -- "$build" && pwd)/allocators/conformance/lib/mimalloc3.a
    [ -f "$MIMALLOC_ARCHIVE" ] || fail "mimalloc v3 cannot be had; $build/allocators/conformance/archives.tsv says why"
    export MIMALLOC_ARCHIVE
    build_addon ebb ebb
    build_addon mimalloc3 mimalloc
    repeat=${REPEAT:-6}
    modules=${MODULES:-600}
}

addon() {
    build_addons
    idle=${IDLE:-1,10,30}
    echo "bench-real: an addon in Rust parses $modules modules twice, then idle for $idle s" >&2
    set --
    for name in mimalloc3 ebb; do
        set -- "$@" --command "$name=exec node --expose-gc '$here/addon.mjs' '$work/addon-$name.node' $modules"
    done
    watch --until '^WORK DONE' --checkpoint 'loaded=^LOADED' "$@"
    node "$here/floor.mjs" "$output/latest-watch/results.json" "idle@${idle%%,*}s" 4 ebb
}

time_addon() {
    command -v hyperfine >/dev/null || fail "hyperfine is missing; run \`make setup\`"
    build_addons
    set --
    for name in mimalloc3 ebb; do
        set -- "$@" "$name=ENDS=1 node --expose-gc '$here/addon.mjs' '$work/addon-$name.node' $modules"
    done
    echo "bench-real: whole processes, an addon in Rust parses $modules modules twice" >&2
    "$tidemark" time --name addon --rounds "$repeat" --memory "${MEMORY:-warm}" --output "$output" "$@"
}

[ -x "$tidemark" ] || fail "$tidemark is not built; run \`make build\`"
case ${1:-all} in
setup) setup ;;
serve) setup && generate && serve ;;
build) setup && generate && build ;;
variants) setup && generate && variants ;;
times) setup && generate && time_builds ;;
replay) setup && generate && replay ;;
addon) addon ;;
addon-times) time_addon ;;
all)
    setup
    generate
    # one that fails does not keep the other from being measured
    code=0
    serve || code=$?
    build || code=$?
    exit $code
    ;;
*) fail "\"$1\" is none of setup, serve, build, variants, times, replay, addon, addon-times and all" ;;
esac
