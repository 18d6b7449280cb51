# The part `tools` of real.sh, which sources this: programs of every day that take malloc from the C library,
# started on each allocator. It asks what was asked of a package manager: does another allocator make it faster?
# shellcheck shell=sh disable=SC2154 # the variables are those of real.sh

tool_names="apt git rg fd gcc node python"

# tool NAME: sets $binary (what `tidemark inspect` looks at), $also, programs that it starts, $command, and $starts,
# how often it runs in one measurement: so often that this takes about a second.
tool() {
    also=
    case $1 in
    apt)
        binary=apt-get starts=1
        command="apt-get -s -qq --no-install-recommends install libreoffice"
        ;;
    git)
        binary=git starts=20
        command="git log --numstat -n 20"
        ;;
    rg)
        binary=rg starts=40
        command="rg --no-config -c malloc allocators harness docs"
        ;;
    fd)
        binary=fdfind starts=40
        command="fdfind --no-ignore -e c . allocators harness tests"
        ;;
    gcc)
        binary=gcc starts=5
        also=$(gcc -print-prog-name=cc1 2>/dev/null || true)
        command="gcc -O2 -c -o /dev/null transplant/shims.c"
        ;;
    node)
        binary=node starts=20
        command="node -e 0"
        ;;
    python)
        # a version manager's stand-in is no program
        binary=/usr/bin/python3 starts=40
        command="/usr/bin/python3 -c pass"
        ;;
    *) refuse "there is no program $1; there are: $tool_names" ;;
    esac
    starts=${STARTS:-$starts}
}

# why_not: why the program cannot be timed on other allocators; nothing where it can.
why_not() {
    path=$(command -v "$binary") || {
        echo "it is not installed"
        return
    }
    path=$(readlink -f "$path")
    if ! "$tidemark" inspect --table "$path" >"$scratch/inspected" 2>&1; then
        tail -n 1 "$scratch/inspected"
    elif ! grep -q 'preload *$' "$scratch/inspected"; then
        echo "it does not take its malloc from the C library (tidemark inspect $path)"
    elif ! sh -c "$command" >/dev/null 2>"$scratch/errors"; then
        echo "\`$command\` fails: $(head -n 1 "$scratch/errors")"
    fi
}

# start_of ALLOCATOR: one start of the command, in a shell that is not on the allocator itself.
start_of() {
    echo "$(preload_of "$1") $command >/dev/null 2>&1"
}

# repeated COMMAND: so often, in one shell; it fails where the command fails.
repeated() {
    echo "i=0; while [ \$i -lt $starts ]; do $1 || exit 1; i=\$((i + 1)); done"
}

# forget ALLOCATOR: drops the program's file, its libraries and the allocator from the page cache, before a cold
# start. What others have mapped (the C library) stays. It forgets as many files for the C library's own allocator:
# dropping one takes a process, whose time counts.
forget() {
    library=$(library_of "$1")
    {
        for file in "$(command -v "$binary")" $also; do
            readlink -f "$file"
            ldd "$(readlink -f "$file")" | sed -n '/libc\.so/d; s/.* => \(\/[^ ]*\) .*/\1/p'
        done
        echo "${library:-$(library_of empty)}"
    } | sort -u | while read -r file; do
        printf "dd if='%s' iflag=nocache count=0 status=none; " "$file"
    done
}

time_tool() { # NAME
    program=$1
    tool "$program"
    for cache in warm cold; do
        set --
        for allocator in $list; do
            one=$(start_of "$allocator")
            [ $cache = warm ] || one="{ $(forget "$allocator") $one; }"
            set -- "$@" "$allocator=$(repeated "$one")"
        done
        step "tools-$program-$cache" latest "$tidemark" time --name "$program, $cache starts" \
            --rounds "${REPEAT:-8}" --memory "$memory" --timeout 1800 "$@" >/dev/null || failed=3
        [ ! -f "$folder/latest/report.md" ] || runs="$runs $program $cache $starts $folder/latest"
        say "its report: $folder/latest/report.md"
    done
}

# ---- counts, which other load on the machine does not disturb ----

# One run under valgrind; programs that it starts count, too. "-": it does not run there.
count_instructions() { # ALLOCATOR
    library=$(library_of "$1")
    rm -f "$scratch"/cachegrind.*
    if timeout 600 valgrind -q --tool=cachegrind --cache-sim=no --trace-children=yes \
        --cachegrind-out-file="$scratch/cachegrind.%p" \
        env ${library:+LD_PRELOAD="$library"} sh -c "exec $command" >/dev/null 2>&1; then
        cat "$scratch"/cachegrind.* | awk '/^summary:/ { sum += $2 } END { printf "%.0f\n", sum }'
    else
        echo -
    fi
}

count_calls() { # ALLOCATOR
    library=$(library_of "$1")
    if strace -f -c -U calls,name -o "$scratch/strace" env ${library:+LD_PRELOAD="$library"} sh -c "exec $command" \
        >/dev/null 2>&1; then
        awk '$2 == "total" { print $1 }' "$scratch/strace"
    else
        echo -
    fi
}

# Page faults of the start alone, without the shell's: minor and major ones of a shell's children, in columns 11
# and 13 of its stat.
count_faults() { # ALLOCATOR
    # shellcheck disable=SC2016 # the inner shell expands it
    sh -c "$(start_of "$1"); "'read -r _ _ _ _ _ _ _ _ _ _ minor _ major _ </proc/$$/stat; echo $((minor + major))'
}

# NAME ALLOCATOR INSTRUCTIONS CALLS FAULTS, a line each, kept while nothing has changed.
count_tool() { # NAME
    program=$1
    tool "$program"
    counts=$(folder_of counts "$program" "$command")/counts.tsv
    mkdir -p "$(dirname "$counts")"
    [ -z "${AGAIN:-}" ] || rm -f "$counts"
    for allocator in $list; do
        if ! grep -q "^$program	$allocator	" "$counts" 2>/dev/null; then
            say "counting $program on $allocator"
            line=$(printf '%s\t%s\t%s\t%s\t%s' "$program" "$allocator" "$(count_instructions "$allocator")" \
                "$(count_calls "$allocator")" "$(count_faults "$allocator")")
            printf '%s\n' "$line" >>"$counts"
        fi
        grep "^$program	$allocator	" "$counts" >>"$scratch/counts"
    done
}

tools() {
    VARIANTS=${VARIANTS:-glibc empty jemalloc mimalloc2 mimalloc3 ebb}
    list=$(allocators)
    for program in ${PROGRAMS:-$tool_names}; do
        tool "$program"
    done
    if "$root/scripts/setup.sh" --check | grep -Eq '^MISSING +(bench|instructions|time-tools) '; then
        "$root/scripts/setup.sh" time-tools
    fi
    command -v node >/dev/null || fail "node is needed for the tables; \`apt-get install nodejs\`"
    need_hyperfine
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' INT TERM
    there=
    for program in ${PROGRAMS:-$tool_names}; do
        tool "$program"
        why=$(why_not)
        if [ -z "$why" ]; then
            there="$there $program"
        else
            say "$program is left out: $why"
        fi
    done
    [ -n "$there" ] || fail "none of the programs can be timed"
    # warm and cold together take 3 s, the conditioning of memory included; counting 6 s on the average
    # shellcheck disable=SC2086 # the programs and allocators are words
    announce $(($(count $there) * ($(count $list) * ${REPEAT:-8} * $(conditions) * 3 + $(count $list) * 6))) \
        "${there# }, started on: $list"
    runs='' failed=0
    : >"$scratch/counts"
    for program in $there; do
        count_tool "$program"
    done
    for program in $there; do
        time_tool "$program"
    done
    # shellcheck disable=SC2086 # words
    node "$here/tools.mjs" "$scratch/counts" $runs
    say "uv, whose developers asked this, is on no registry that the set-up uses (Debian's and npm's): it is not measured"
    return $failed
}
