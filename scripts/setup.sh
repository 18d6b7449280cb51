#!/bin/sh
# Installs what is missing (scripts/requirements.tsv) through the system's package manager,
# then obtains the allocators, and the charts of the site; for the tests, also as archives to link into addons. What is there
# already is left alone, so that a second run only looks. What this system does not have, and a step can do
# without, is left out by name.
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

apt_install() { # PACKAGE...
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >"$log" 2>&1
}

# Of apt's message only what is wrong.
apt_reason() {
    grep -m 1 '^E:' "$log" | sed 's|^E: *||; s|[a-z+]*:/[^ ]*/||; s| *\[IP:[^]]*\]||' | grep . || echo "apt-get failed"
}

# All together, if need be with package lists that are brought up to date, once; and where that does not go,
# one by one: what this system lacks must not keep the others out.
updated=
install() { # PACKAGE...
    say "installing $*"
    apt_install "$@" && return
    if [ -z "$updated" ]; then
        updated=yes
        as_root apt-get -qq update >"$log" 2>&1 || say "the package lists are not brought up to date: $(apt_reason)"
        apt_install "$@" && return
    fi
    for package; do
        apt_install "$package" || say "$package cannot be installed: $(apt_reason)"
    done
}

# Tries to install what the steps lack.
provide() { # STEP...
    packages=$(missing "$@" | cut -f2 | sort -u | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    why=$(cannot_install)
    # shellcheck disable=SC2086 # the packages are words
    [ -n "$why" ] || install $packages
}

# Names what the steps lack still, which nothing has to wait for.
leave_out() { # STEP...
    missing "$@" | while IFS='	' read -r name package step purpose; do
        say "left out: what wants $name ($purpose), which is not here${why:+ because $why}; to have it, as root: apt-get install $package"
    done
}

# Ends unless the steps' requirements are there now.
require() {
    still=$(missing "$@")
    [ -n "$still" ] || return 0
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
    bench)
        steps='build bench'
        extra=allocators
        ;;
    instructions)
        steps='build instructions'
        extra=allocators
        ;;
    test)
        steps='build bench instructions test'
        extra='allocators test-more time-tools'
        ;;
    browser) steps='browser' ;;
    time-tools)
        steps='build bench instructions'
        extra='allocators time-tools'
        ;;
    *)
        say "\"$1\" is not a step; name build, bench, instructions, test, time-tools or browser, or --check"
        exit 2
        ;;
esac

why=
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # the steps are words
{
    provide $steps
    require $steps
    provide $extra
    leave_out $extra
}
if [ "$steps" != build ] && [ "$steps" != browser ]; then
    "$here/allocators.sh"
    "$here/charts.sh" || say "\`tidemark site\` needs scripts/charts.sh to have run; all else works without"
fi
[ "${1:-bench}" != test ] || "$here/../allocators/conformance/archives.sh"
