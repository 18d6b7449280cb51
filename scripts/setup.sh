#!/bin/sh
# Installs what is missing (scripts/requirements.tsv) through the system's package manager,
# then obtains the allocators, and the charts of the site; for the tests, also as archives to link into addons. What is there
# already is left alone, so that a second run only looks.
#
#     scripts/setup.sh [build|bench|instructions|test|time-tools|browser]   what that step needs (default:
#                                   bench); build is the driver alone, without allocators; browser the
#                                   browser alone
#     scripts/setup.sh --check          prints the checklist and installs nothing
#
# Exit status: 0 fine, 2 something needed is missing and could not be installed.
set -eu

here=$(dirname "$0")
requirements=${TIDEMARK_REQUIREMENTS:-$here/requirements.tsv}

say() {
    printf 'setup: %s\n' "$*" >&2
}

# has KIND NAME
has() {
    case $1 in
        command) command -v "$2" >/dev/null 2>&1 ;;
        pkgconfig) pkg-config --exists "$2" 2>/dev/null ;;
        file) [ -r "$2" ] ;;
        *)
            say "$requirements: \"$1\" is no kind of requirement"
            exit 2
            ;;
    esac
}

# Lists the missing requirements of the steps named, "name<TAB>package<TAB>step<TAB>purpose".
missing() {
    while IFS='	' read -r kind name package step purpose; do
        case $kind in '' | '#'*) continue ;; esac
        case " $* " in *" $step "*) ;; *) continue ;; esac
        has "$kind" "$name" || printf '%s\t%s\t%s\t%s\n' "$name" "$package" "$step" "$purpose"
    done <"$requirements"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Why packages cannot be installed here, or nothing where they can.
cannot_install() {
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "this is not a Debian-like system (no apt-get)"
    elif [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
        echo "you are not root and there is no sudo"
    fi
}

# install PACKAGE...
install() {
    say "installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" \
        >/dev/null 2>&1 && return
    # The package lists may be absent or old: bring them up to date, once, and try again.
    as_root apt-get -qq update >/dev/null
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" \
        >/dev/null
}

# Ends unless the steps' requirements are there now.
require() {
    still=$(missing "$@")
    [ -z "$still" ] && return
    say "missing, and could not be installed${why:+ because $why}:"
    printf '%s\n' "$still" | while IFS='	' read -r name package step purpose; do
        say "  $name ($purpose), needed to $step"
    done
    say "remedy: as root, apt-get install $(printf '%s\n' "$still" | cut -f2 | sort -u | tr '\n' ' ')"
    say "        (on another distribution, its packages of those tools), then run this again"
    exit 2
}

print_checklist() {
    while IFS='	' read -r kind name package step purpose; do
        case $kind in '' | '#'*) continue ;; esac
        if has "$kind" "$name"; then state=ok; else state=MISSING; fi
        printf '%-8s %-6s %s (%s); package %s\n' "$state" "$step" "$name" "$purpose" "$package"
    done <"$requirements"
}

extra=
case ${1:-bench} in
    --check)
        print_checklist
        exit 0
        ;;
    build) steps='build' ;;
    bench) steps='build allocators bench' ;;
    instructions) steps='build allocators instructions' ;;
    test)
        steps='build allocators bench instructions test'
        extra='test-more time-tools'
        ;;
    browser) steps='browser' ;;
    time-tools)
        steps='build allocators bench instructions'
        extra=time-tools
        ;;
    *)
        say "\"$1\" is not a step; name build, bench, instructions, test, time-tools or browser, or --check"
        exit 2
        ;;
esac

why=
# shellcheck disable=SC2086 # the steps are words
packages=$(missing $steps | cut -f2 | sort -u | tr '\n' ' ')
if [ -n "$packages" ]; then
    why=$(cannot_install)
    # shellcheck disable=SC2086 # the packages are words
    [ -n "$why" ] || install $packages || why="apt-get failed (its message is above)"
fi
# shellcheck disable=SC2086
require $steps
# One at a time: what one distribution lacks must not keep the others out.
# shellcheck disable=SC2086 # the steps are words
for package in $(missing $extra | cut -f2 | sort -u); do
    why=$(cannot_install)
    [ -z "$why" ] && install "$package" && continue
    say "$package could not be installed${why:+ because $why}: what wants it is skipped"
done
if [ "$steps" != build ] && [ "$steps" != browser ]; then
    "$here/allocators.sh"
    "$here/charts.sh" || say "\`tidemark site\` needs scripts/charts.sh to have run; all else works without"
fi
[ "${1:-bench}" != test ] || "$here/../allocators/conformance/archives.sh"
