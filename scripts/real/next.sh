# The part `next` of real.sh, which sources this: the dev server of Next.js, whose bundler is Turbopack, as its routes
# are opened one after the other, and as it then stays idle. Every row is one answer to "what have you tried?".
# shellcheck shell=sh disable=SC2154 # the variables are those of real.sh

next_rows="shipped ebb mimalloc2 jemalloc MIMALLOC_PURGE_DELAY=0 TOKIO_WORKER_THREADS=1 RAYON_NUM_THREADS=1 HEAP_MIB=1024 EVICTION=full FS_CACHE=0"

# title_of_row ROW: without an equals sign, which ends a label.
title_of_row() {
    case $1 in
    shipped) echo "as shipped" ;;
    HEAP_MIB=*) echo "--max-old-space-size ${1#*=}" ;;
    EVICTION=*) echo "turbopackMemoryEviction ${1#*=}" ;;
    FS_CACHE=*) echo "FileSystemCacheForDev ${1#*=}" ;;
    *=*) echo "${1%%=*} ${1#*=}" ;;
    *) echo "on $1" ;;
    esac
}

next() {
    rows=${SERVERS:-$next_rows} routes=${ROUTES:-9} idle=${IDLE:-10,60}
    folder_work=$work/next
    install "$here/next" "$folder_work" "740 MB"
    generate "$folder_work" "$routes"
    paths=$(seq -s ' ' -f 'p%.0f' "$routes")
    set --
    # at most thirty of them: the report's tables have 42 columns, and the end and the idle period matter more
    for route in $(seq 1 $(((routes + 29) / 30)) "$routes"); do
        set -- "$@" --checkpoint "p$route=GET /p$route 200"
    done
    for row in $rows; do
        node_options="--import ../loopback.mjs" setting='' start=
        case $row in
        shipped) ;;
        HEAP_MIB=*) node_options="$node_options --max-old-space-size=${row#*=}" ;;
        *=*) setting=$row ;;
        *) start="'$tidemark' transplant --allocator '$row' --" ;;
        esac
        dist=.next-$(echo "$row" | tr -c 'a-zA-Z0-9\n' -)
        set -- "$@" --command "$(title_of_row "$row")=cd '$folder_work/$app' && rm -rf $dist &&
            exec env NEXT_TELEMETRY_DISABLED=1 NODE_OPTIONS='$node_options' DIST=$dist $setting \
            $start node ../node_modules/next/dist/bin/next dev -H 127.0.0.1 -p \$TIDEMARK_PORT"
    done
    # shellcheck disable=SC2086 # the rows are words
    announce $(($(count $rows) * repeat * (8 * routes + 10 + stay) + $(last_of "$idle"))) \
        "Next.js dev, $size components on $routes routes, then idle for $idle s"
    watch --ready 'Ready in' --drive "$(visitor "$paths")" "$@"
}
