#!/bin/sh
# Real programs on real work, in parts. Each part says beforehand what it measures and about how long that
# takes, and ends with a table. A part that was measured already, with the same settings, allocators and
# scripts, is not measured again: it prints its table. One that was interrupted goes on.
#     scripts/real/real.sh [setup|PART...|all]        (make bench-real ONLY=PART,PART)
# `all`, the default, is vite, build and addon. The parts:
#     vite         (or `serve`) dev servers that a browser visits wholly and that then stay idle
#     next         Next.js's dev server as a browser opens its routes one after the other, and as it then stays idle
#     build        repeated production builds in one process
#     variants     one bundler whose allocator is linked in, as it is shipped and transplanted to each of
#                  several others: memory
#     times        how long its build takes on each, unsampled
#     replay       one build of it is recorded, and its calls are made again on each of them
#     tokenizers   Hugging Face's tokenizers encode batches of text on each allocator: throughput and memory
#     tools        programs of every day that take malloc from the C library: do they run faster on another?
#     addons       which allocators are inside the native addons of npm (`tidemark inspect`)
#     addon        an addon in Rust (bindings/rust/addon) on ebb by its crate and on mimalloc v3; status 1
#                  where the one on ebb is not back at its floor in a second. It needs no package of npm
#     addon-times  how long that takes on each, unsampled
# Interrupted runs of times, replay, tokenizers, tools and addon-times go on with the next measurement; those
# of memory (vite, next, build, variants, addon) begin again at the step that was interrupted.
# Settings, by environment:
#     SIZE      components of the generated application (default 3000; 1000 and more use the
#               large libraries, too)
#     IDLE      seconds after the work at which to look (default 90,180,270,360; of `variants` 1,10,20,90;
#               of `next` 10,60; of `addon` 1,10,30, of which the first is judged; of `tokenizers` 1,10; of `replay` one
#               number, 30)
#     BUILDS    production builds in one process (default 5)
#     REPEAT    rounds, in random order (default 1, of `replay` and the memory of `tokenizers` 3, of `times`,
#               `tokenizers` and `addon*` 6, of `tools` 8; a verdict needs 6)
#     MEMORY    the condition of free memory for what is timed: warm (default), cold, or warm,cold
#     SERVERS, TOOLS   which to run (default: all). A server of vite 8 can be transplanted: vite8-v3+ebb
#               Of `next`: shipped, an allocator's name, or a setting as VARIABLE=VALUE
#     ROUTES    of `next`: how many routes share the components (default 9)
#     VISIT     who visits a server: browser (default), Debian's chromium, which runs the application; or
#               crawl, a light one that only fetches
#     STAY      seconds that the browser stays when all is imported (default 25)
#     KNOBS     variables for a run each besides the one as is, such as
#               "MIMALLOC_ALLOW_THP=0 MIMALLOC_PURGE_DELAY=0"
#     VARIANTS  the allocators: of `variants`, `times` and `replay`, which build with the first of TOOLS; of
#               `tokenizers` and `tools`, the first being the one to compare with (default glibc jemalloc
#               mimalloc2 mimalloc3 ebb). Of `tools` also `empty`, a library that does nothing (by default, too)
#     LITTLE    seconds after the end at which `variants` builds two modules three times (default 15)
#     BATCHES, TIMED, CHUNKS, THREADS   of `tokenizers`: batches after which memory is read (default 50), batches
#               that are timed (10), texts of 6.5 KB in each (999), on so many threads (default: "1" and the number
#               of processors)
#     PROGRAMS, STARTS   of `tools`: which (default: all that are here), and how often each starts in one
#               measurement (default: about a second's worth)
#     MODULES   what the addon parses at a time (default 600, some 600 MiB)
#     OUTPUT    where results are kept (default results)
#     AGAIN     1: measure again what was measured already
# Exit status: 0 fine, 1 a part failed its judgement, 2 bad input, 3 something could not be measured.
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
servers=${SERVERS:-vite7 vite8-v2 vite8-v3 vite8-latest vite8-v2+ebb vite8-v3+ebb}
visit=${VISIT:-browser}
stay=${STAY:-25}
tools=${TOOLS:-rolldown-v2 rolldown-v3 rolldown-latest rspack rollup esbuild}
memory=${MEMORY:-warm}
variants=${VARIANTS:-glibc jemalloc jemalloc+bg jemalloc+bg1s mimalloc2 mimalloc3 mimalloc3+nothp ebb}

say() {
    echo "bench-real: $*" >&2
}

fail() {
    say "$*"
    exit 3
}

refuse() {
    say "$*"
    exit 2
}

# announce SECONDS WHAT: what comes, and about how long it takes, the waiting included.
announce() {
    if [ "$1" -lt 90 ]; then
        say "$2; about $1 s"
    else
        say "$2; about $((($1 + 30) / 60)) min"
    fi
}

count() {
    echo $#
}

last_of() { # LIST,OF,NUMBERS: the last one, without a fraction
    last=${1##*,}
    echo "${last%%.*}"
}

# folder_of NAME WORDS...: where a step of these settings is kept. It is another one for another build of
# tidemark and ebb, and for other allocators, packages and scripts.
folder_of() {
    kept=$1
    key=$({
        printf '%s\n' "$@"
        cat "$tidemark" "$here"/*.mjs "$here"/*.sh "$here"/package-lock.json "$here"/*/package-lock.json \
            "$build/allocators/manifest.tsv" "$build"/allocators/ebb/libebb.so
    } | cksum | tr -d ' ')
    echo "$output/real/$kept-$key"
}

# step NAME LINK COMMAND...: measures once into a folder of its own, $folder, whose newest run LINK points to;
# later times it prints that run's table. What can be resumed is.
step() {
    step_name=$1 link=$2
    shift 2
    folder=$(folder_of "$step_name" "$@")
    [ -z "${AGAIN:-}" ] || rm -f "$folder/done" "$folder/latest"
    if [ -f "$folder/done" ]; then
        say "$step_name was measured already (AGAIN=1 measures it again)"
        "$tidemark" report "$folder/$link"
        return
    fi
    resumed=2
    if [ "$link" = latest ] && [ -e "$folder/latest" ]; then
        say "$step_name goes on where it was interrupted"
        resumed=0
        "$tidemark" run --resume="$folder/latest" || resumed=$?
        [ $resumed -ne 2 ] || say "it cannot go on (see above): it begins again"
    fi
    if [ $resumed -eq 2 ]; then
        "$@" --output "$folder" || return
    elif [ $resumed -ne 0 ]; then
        return $resumed
    fi
    : >"$folder/done"
}

# title NAME: what a row is called, in at most 31 characters.
title() {
    case $1 in
    vite8-*+*) echo "$(title "${1%%+*}" | sed 's/.* + //') on ${1#*+}" ;;
    vite7) echo "vite 7.3.8 + esbuild 0.28.2" ;;
    vite8-v2) echo "vite 8.0.12 + rolldown 1.0.0" ;;
    vite8-v3) echo "vite 8.0.13 + rolldown 1.0.1" ;;
    vite8-latest) echo "vite 8.3.8 + rolldown 1.2.19" ;;
    rolldown-v2) echo "rolldown 1.0.0 (mimalloc v2)" ;;
    rolldown-v3) echo "rolldown 1.0.1 (mimalloc v3)" ;;
    rolldown-latest) echo "rolldown 1.3.2" ;;
    rspack) echo "rspack 2.3.2" ;;
    rollup) echo "rollup 4.68.7" ;;
    esbuild) echo "esbuild 0.28.2 (Go)" ;;
    *) refuse "there is no $1; see the top of scripts/real/real.sh" ;;
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

# install LOCK FOLDER SIZE: the packages of a lock file, into the build folder; again only when the lock has
# changed.
install() {
    check_node
    if cmp -s "$1/package-lock.json" "$2/installed.json" && [ -d "$2/node_modules" ]; then
        return
    fi
    say "installing the pinned packages into $2 (about $3)"
    mkdir -p "$2"
    cp "$1/package.json" "$1/package-lock.json" "$2/"
    # not `npm ci`: it refuses wherever a registry lacks a binding for some other platform
    (cd "$2" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error) ||
        fail "npm install failed in $2; see above, and try again"
    cp "$1/package-lock.json" "$2/installed.json"
}

setup() {
    install "$here" "$work" "630 MB"
}

# The browser is Debian's, and what drives it comes by `npm ci`: no package's script downloads one.
setup_visit() {
    case $visit in
    crawl) return ;;
    browser) ;;
    *) refuse "VISIT takes browser or crawl, not \"$visit\"" ;;
    esac
    case $stay in
    '' | *[!0-9]*) refuse "STAY takes whole seconds, not \"$stay\"" ;;
    esac
    command -v chromium >/dev/null || "$root/scripts/setup.sh" browser ||
        fail "there is no browser; see above, or take the crawler: VISIT=crawl"
    if ! cmp -s "$here/browser/package-lock.json" "$work/browser/installed.json"; then
        check_node
        say "installing what drives the browser into $work/browser (about 57 MB)"
        mkdir -p "$work/browser"
        cp "$here/browser/package.json" "$here/browser/package-lock.json" "$work/browser/"
        (cd "$work/browser" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
            fail "npm ci failed in $work/browser; see above and try again, or take the crawler: VISIT=crawl"
        cp "$here/browser/package-lock.json" "$work/browser/installed.json"
    fi
    cp "$here/browse.mjs" "$work/browser/"
}

# generate FOLDER [ROUTES]: the application $app, which lies in FOLDER beside its packages; for Next.js if it has
# ROUTES.
generate() {
    app=app-$size${2:+-$2}
    cp "$here"/*.mjs "$1/"
    [ -f "$1/$app/generated" ] && cmp -s "$here/generate.mjs" "$1/$app/generated" && return
    (cd "$1" && node generate.mjs "$app" "$size" ${2:+"$2"}) || refuse "there is no such application; see above"
    cp "$here/generate.mjs" "$1/$app/generated"
}

# watch OPTIONS...: with a --sweep for each knob. The programs run in the work folder.
watch() {
    for knob in ${KNOBS:-}; do
        set -- --sweep "$knob" "$@"
    done
    step "$part" latest-watch "$tidemark" watch --hide-output --timeout 1800 --idle "0,$idle" \
        --rounds "$repeat" "$@"
}

# knobs: how many settings each watched program has, the one as is included.
knobs() {
    # shellcheck disable=SC2086 # the settings are words
    count as-is ${KNOBS:-}
}

# starter_of SERVER: how it is started; NAME+ALLOCATOR has its bundler's memory transplanted there.
starter_of() {
    case $1 in
    *+*) echo "'$tidemark' transplant --allocator '${1#*+}' -- node" ;;
    *) echo node ;;
    esac
}

# visitor [PATHS]: who visits the dev servers, on the port that `watch` has found for each; wholly, or these paths.
visitor() {
    # shellcheck disable=SC2016 # the shell of --drive expands the port
    case $visit in
    browser) echo "cd '$work/browser' && exec node browse.mjs \"http://127.0.0.1:\$TIDEMARK_PORT/\" $stay '$(command -v chromium)' ${1:-}" ;;
    crawl) echo "cd '$work' && exec node crawl.mjs \"http://127.0.0.1:\$TIDEMARK_PORT/\" ${1:-}" ;;
    esac
}

# Idle periods overlap: what takes time is the work, and the last server's idle period.
serve() {
    set --
    for server in $servers; do
        name=$(title "$server")
        starter=$(starter_of "$server")
        set -- "$@" --command "$name=cd '$work' && exec $starter serve.mjs ${server%%+*} app-$size cache-$server"
    done
    case $visit in
    browser) work_s=$((60 + stay)) how="imported in a browser, which stays $stay s" ;;
    crawl) work_s=45 how="fetched by a crawler" ;;
    esac
    # shellcheck disable=SC2086 # the servers are words
    announce $(($(count $servers) * $(knobs) * repeat * work_s + $(last_of "$idle"))) \
        "dev servers, $size components, all modules $how, then idle for $idle s"
    watch --ready '^LISTENING' --drive "$(visitor)" "$@"
}

build() {
    set --
    for tool in $tools; do
        name=$(title "$tool")
        set -- "$@" --command \
            "$name=cd '$work' && exec node --expose-gc build.mjs $tool app-$size out-$tool $builds"
    done
    # shellcheck disable=SC2086 # the tools are words
    announce $(($(count $tools) * $(knobs) * repeat * ($(last_of "$idle") + 8 * builds + 5))) \
        "$builds production builds in one process, $size components, then idle for $idle s"
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
    # shellcheck disable=SC2086 # the allocators are words
    announce $((($(count $variants) + 1) * $(knobs) * repeat * ($(last_of "$idle") + 6 * builds + 5))) \
        "$(title "$tool") on each allocator, $builds builds, $size components"
    watch --until '^WORK DONE' --checkpoint 'little=^LITTLE DONE$' "$@"
}

need_hyperfine() {
    command -v hyperfine >/dev/null || fail "hyperfine is missing; run \`make setup\`"
}

conditions() {
    # shellcheck disable=SC2046 # the conditions are words
    count $(echo "$memory" | tr , ' ')
}

time_builds() {
    set --
    for variant in shipped $variants; do
        start="'$tidemark' transplant --allocator '$variant' --"
        [ "$variant" != shipped ] || start=
        set -- "$@" "$variant=cd '$work' && ENDS=1 $start node --expose-gc build.mjs $tool app-$size out-$tool $builds"
    done
    need_hyperfine
    announce $(($# * ${REPEAT:-6} * $(conditions) * (10 * builds + 5))) \
        "whole processes, $builds builds by $(title "$tool"), timed"
    step times latest "$tidemark" time --name "$tool" --rounds "${REPEAT:-6}" --memory "$memory" \
        --timeout 1800 "$@"
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
    # shellcheck disable=SC2086 # the allocators are words
    announce $(($(count $variants) * ${REPEAT:-3} * 40)) \
        "the calls of one build by $(title "$tool") on each allocator, replayed"
    # shellcheck disable=SC2086 # the allocators are words
    step replay latest "$tidemark" replay "$trace" --allocators="$(echo $variants | tr ' ' ,)" \
        --rounds="${REPEAT:-3}" --idle="${IDLE:-30}" --idle-drivers=dead --no-again
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
    announce $((2 * repeat * ($(last_of "$idle") + 4))) \
        "an addon in Rust parses $modules modules twice, then idle for $idle s"
    set --
    for name in mimalloc3 ebb; do
        set -- "$@" --command "$name=exec node --expose-gc '$here/addon.mjs' '$work/addon-$name.node' $modules"
    done
    watch --until '^WORK DONE' --checkpoint 'loaded=^LOADED' "$@"
    node "$here/floor.mjs" "$folder/latest-watch/results.json" "idle@${idle%%,*}s" 4 ebb
}

time_addon() {
    need_hyperfine
    build_addons
    set --
    for name in mimalloc3 ebb; do
        set -- "$@" "$name=ENDS=1 node --expose-gc '$here/addon.mjs' '$work/addon-$name.node' $modules"
    done
    announce $((2 * repeat * $(conditions) * 8)) "whole processes, an addon in Rust parses $modules modules twice, timed"
    step addon-times latest "$tidemark" time --name addon --rounds "$repeat" --memory "$memory" "$@"
}

# built_library ALLOCATOR: its library as it was built; nothing for the C library's own. `empty` is a library that does
# nothing: what it costs is what loading one more costs.
built_library() {
    if [ "$1" = empty ]; then
        [ -f "$work/empty.so" ] || echo 'typedef int nothing;' | cc -shared -x c -o "$work/empty.so" - ||
            fail "the empty library cannot be built; \`make setup\` installs a compiler"
        echo "$work/empty.so"
        return
    fi
    "$tidemark" list allocators --tsv | awk -F '\t' -v name="$1" '
        $1 != name { next }
        { found = 1; if ($4 != "ok") exit 1; if (name != "glibc") print $3 }
        END { exit !found }' ||
        refuse "the allocator $1 is not here; \`tidemark list allocators\` tells which are"
}

# library_of ALLOCATOR: what to preload for it, without its debug information, as distributions ship it: a cold
# start would read that, too. Nothing for the C library's own.
library_of() {
    library=$(built_library "$1") || exit
    [ -n "$library" ] || return 0
    stripped=$work/stripped/$1.so
    if [ ! -f "$stripped" ] || [ -n "$(find -L "$library" -newer "$stripped")" ]; then
        mkdir -p "$work/stripped"
        strip -o "$stripped" "$library" || fail "$library cannot be stripped; \`make setup\` installs strip"
    fi
    # a library that cannot be preloaded is ignored, and the program runs on the C library
    [ -z "$(env LD_PRELOAD="$stripped" true 2>&1)" ] || fail "$stripped cannot be preloaded"
    echo "$stripped"
}

# preload_of ALLOCATOR: the assignment that does it, for a shell.
preload_of() {
    library=$(library_of "$1")
    [ -z "$library" ] || echo "LD_PRELOAD='$library'"
}

# allocators: VARIANTS of the parts that preload; the first is the C library's.
allocators() {
    list=${VARIANTS:-glibc jemalloc mimalloc2 mimalloc3 ebb}
    [ "${list%% *}" = glibc ] || refuse "VARIANTS of $part begins with glibc, which the others are compared with"
    for name in $list; do
        library_of "$name" >/dev/null
    done
    echo "$list"
}

# The file of a package that is a program or an addon.
binary_of() { # FOLDER
    find "$1" -type f \( -name '*.node' -o -perm -u+x ! -name '*.*' \) | head -n 1
}

addons() {
    install "$here/addons" "$work/addons" "360 MB"
    announce 10 "which allocators are inside native addons of npm"
    rm -rf "$work/addons/files"
    mkdir -p "$work/addons/files"
    # NAME VERSION of each package, without what says the platform
    node -p 'Object.entries(require(process.argv[1]).dependencies).map((pair) => pair.join(" ")).join("\n")' \
        "$work/addons/package.json" |
        while read -r package version; do
            short=$(echo "${package#@}" | sed 's|/|-|; s|-linux-x64.*||')
            binary=$(binary_of "$work/addons/node_modules/$package")
            [ -n "$binary" ] || fail "$package $version holds no program and no addon"
            ln -s "$binary" "$work/addons/files/$short@$version"
        done
    "$tidemark" inspect --table "$work"/addons/files/*
}

# shellcheck source=next.sh
. "$here/next.sh"
# shellcheck source=tokenizers.sh
. "$here/tokenizers.sh"
# shellcheck source=tools.sh
. "$here/tools.sh"

# part NAME: one part.
part() {
    part=$1
    case $1 in
    setup) setup_visit && setup ;;
    vite | serve) setup_visit && setup && generate "$work" && serve ;;
    next) setup_visit && next ;;
    build) setup && generate "$work" && build ;;
    variants) setup && generate "$work" && variants ;;
    times) setup && generate "$work" && time_builds ;;
    replay) setup && generate "$work" && replay ;;
    tokenizers) tokenizers ;;
    tools) tools ;;
    addons) addons ;;
    addon) addon ;;
    addon-times) time_addon ;;
    esac
}

parts="vite serve next build variants times replay tokenizers tools addons addon addon-times"
[ -x "$tidemark" ] || fail "$tidemark is not built; run \`make build\`"
# shellcheck disable=SC2046,SC2086 # lists of words, separated by commas or spaces
set -- $(echo "${*:-all}" | tr , ' ')
wanted=
for word in "$@"; do
    case " $parts setup all " in
    *" $word "*) ;;
    *) refuse "there is no part \"$word\"; the parts are: $parts (or setup, or all)" ;;
    esac
    [ "$word" != all ] || word="vite build addon"
    wanted="$wanted $word"
done
# shellcheck disable=SC2086 # the parts are words
if [ "$(count $wanted)" -eq 1 ]; then
    part ${wanted# }
    exit
fi
# one that fails does not keep the others from being measured
code=0
for word in $wanted; do
    status=0
    "$here/real.sh" "$word" || status=$?
    [ "$status" -le "$code" ] || code=$status
done
exit $code
