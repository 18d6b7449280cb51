#!/bin/sh
# The pages of docs/decisions (docs/decide.md): whether to switch, by runs that are there.
#     scripts/decisions.sh [NAME...]
# Without a NAME those of which the runs are there. The names:
#     mimalloc2-ebb, mimalloc2-mimalloc3   workloads like a bundler, by the committed baseline
#     arenas        does MALLOC_ARENA_MAX=1 help a program with one thread? It is measured here (memory alone,
#                   half a minute), unless results/decisions has such a run already
#     rolldown-ebb, rolldown-mimalloc3     the real rolldown's Rust heap: after
#                   BUILDS=1 REPEAT=6 make bench-real ONLY=variants,times
#     tokenizers-ebb, tokenizers-mimalloc3 Hugging Face's tokenizers: after make bench-real ONLY=tokenizers
#     git-ebb       a short program: after make bench-real ONLY=tools
# Settings, by environment: RESULTS (default results), where those runs are; PAGES (default docs/decisions).
# Exit status: 0 fine, 2 bad input, or the runs of a NAME are not there; 3 a page says that it is not decided.
set -eu
cd "$(dirname "$0")/.."
build=${TIDEMARK_BUILD:-build}
results=${RESULTS:-results}
pages=${PAGES:-docs/decisions}
tidemark=$build/bin/tidemark

say() {
    echo "decisions: $*" >&2
}

# newest STEP LINK: the newest run of a step of scripts/real/real.sh that came to its end, into $run.
newest() {
    run=
    for folder in "$results/real/$1"-[0-9]*; do
        [ -f "$folder/done" ] || continue
        if [ -z "$run" ] || [ -n "$(find "$folder/done" -newer "${run%/*}/done")" ]; then
            run=$folder/$2
        fi
    done
    [ -n "$run" ]
}

# page NAME PROGRAM OPTIONS AND RUNS...: one page, drawn in the build folder; only what is shown is kept.
page() {
    page_name=$1 program=$2
    shift 2
    drawn=$build/decisions
    mkdir -p "$drawn" "$pages"
    status=0
    "$tidemark" report "$@" --program="$program" --output="$drawn/$page_name.md" || status=$?
    [ $status -eq 0 ] || [ $status -eq 3 ] || return $status
    sed "s|--output $drawn/|--output |" "$drawn/$page_name.md" >"$pages/$page_name.md"
    if grep -q "($page_name.svg)" "$pages/$page_name.md"; then
        cp "$drawn/$page_name.svg" "$pages/"
    fi
    say "$pages/$page_name.md"
    return $status
}

# of_baseline VARIANT
of_baseline() {
    page "mimalloc2-$1" "programs like a bundler" --decide="mimalloc2=$1" results/baseline/default.json
}

# A program with one thread that builds a tree of JSON, drops it and waits.
single="import json, time
text = json.dumps([{'name': 'n%d' % i, 'children': list(range(i % 40))} for i in range(60000)])
for i in range(5): tree = json.loads(text)
del tree
print('WORK DONE', flush=True)
time.sleep(60)"

arenas() {
    if ! [ -e "$results/decisions/latest-watch" ]; then
        "$tidemark" watch --hide-output --no-plots --interval=20 --until='^WORK DONE' --idle=0,1 --rounds=6 \
            --label=python3 --sweep=MALLOC_ARENA_MAX=1 --output="$results/decisions" -- /usr/bin/python3 -c "$single" \
            >/dev/null
    fi
    page arenas "a program with one thread" --decide='as is=MALLOC_ARENA_MAX=1' "$results/decisions/latest-watch"
}

# of_rolldown BASE VARIANT: `shipped` is what the run of times calls it.
of_rolldown() {
    shipped=$1
    [ "$1" != shipped ] || shipped="as shipped"
    newest times latest || return 2
    times=$run
    newest variants latest-watch || return 2
    page "rolldown-$2" rolldown --decide="$1=$2" "$times" --decide="$shipped=$2" "$run"
}

# of_tokenizers VARIANT: on each number of threads that was measured.
of_tokenizers() {
    variant=$1
    set --
    for link in time/latest memory/latest-watch; do
        pair="glibc=$variant"
        [ $link = time/latest ] || pair="as is=preload $variant"
        for threads in 1 "$(nproc)"; do
            newest "tokenizers-$threads-${link%/*}" "${link#*/}" || return 2
            set -- "$@" --decide="$pair" "$run"
            [ "$(nproc)" -gt 1 ] || break
        done
    done
    page "tokenizers-$variant" tokenizers "$@"
}

of_git() {
    newest tools-git-warm latest || return 2
    page git-ebb "git log" --decide=glibc=ebb "$run"
}

make_page() {
    case $1 in
    mimalloc2-ebb) of_baseline ebb ;;
    mimalloc2-mimalloc3) of_baseline mimalloc3 ;;
    arenas) arenas ;;
    rolldown-ebb) of_rolldown shipped ebb ;;
    rolldown-mimalloc3) of_rolldown mimalloc2 mimalloc3 ;;
    tokenizers-ebb) of_tokenizers ebb ;;
    tokenizers-mimalloc3) of_tokenizers mimalloc3 ;;
    git-ebb) of_git ;;
    *)
        say "there is no page $1; the top of scripts/decisions.sh lists them"
        return 2
        ;;
    esac
}

[ -x "$tidemark" ] || {
    say "$tidemark is not built; run \`make build\`"
    exit 2
}
code=0 all=
if [ $# -eq 0 ]; then
    all=1
    set -- mimalloc2-ebb mimalloc2-mimalloc3 arenas rolldown-ebb rolldown-mimalloc3 tokenizers-ebb tokenizers-mimalloc3 git-ebb
fi
for name in "$@"; do
    status=0
    make_page "$name" || status=$?
    if [ $status -eq 2 ] && [ -n "$all" ]; then
        say "$name is left out: its runs are not there"
        status=0
    elif [ $status -eq 2 ]; then
        say "no page $name: its runs are not in $results (the top of scripts/decisions.sh says what makes them)"
    fi
    [ $status -le $code ] || code=$status
done
exit $code
