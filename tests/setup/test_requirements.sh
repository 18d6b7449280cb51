#!/bin/sh
# The list of requirements is well-formed; what is missing and cannot be installed is named with
# its package and the step that needs it, with exit code 2; what is there costs nothing.
set -eu
source=$1 build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fail() {
    echo "FAILED: $*" >&2
    [ ! -f out ] || cat out >&2
    exit 1
}

# expect CODE COMMAND...
expect() {
    wanted=$1
    shift
    code=0
    "$@" >out 2>&1 || code=$?
    [ $code -eq "$wanted" ] || fail "exit code $code instead of $wanted: $*"
}

awk -F'\t' '/^#/ { next }
    NF != 5 { print "not five columns: " $0; bad = 1 }
    $1 !~ /^(command|pkgconfig|file)$/ { print "unknown kind: " $0; bad = 1 }
    $4 !~ /^(build|allocators|bench|instructions|test)$/ { print "unknown step: " $0; bad = 1 }
    { lines++ }
    END { exit bad || lines < 10 }' "$source/scripts/requirements.tsv" || fail "the list is malformed"

# A machine that has everything but a package manager, and lacks one thing.
mkdir bin
for tool in sh cc env id grep cut sort tr dirname cat printf awk sed head; do
    path=$(command -v $tool) || continue
    case $path in /*) ln -sf "$path" "bin/$tool" ;; esac
done
printf 'command\tcc\tgcc\tbuild\tthe C compiler\ncommand\tno-such-tool\tno-such-package\tbench\tdraws castles\n' >list
expect 2 env PATH="$scratch/bin" TIDEMARK_REQUIREMENTS="$scratch/list" sh "$source/scripts/setup.sh" bench
grep -q "this is not a Debian-like system" out || fail "it does not say why"
grep -q "no-such-tool (draws castles), needed to bench" out || fail "it does not say what is missing"
grep -q "apt-get install no-such-package" out || fail "it does not name the remedy"
expect 0 env PATH="$scratch/bin" TIDEMARK_REQUIREMENTS="$scratch/list" sh "$source/scripts/setup.sh" --check
grep -q "^ok .*cc (the C compiler)" out || fail "--check does not list what is there"
grep -q "^MISSING .*no-such-tool" out || fail "--check does not list what is missing"
expect 2 sh "$source/scripts/setup.sh" everything
grep -q '"everything" is not a step' out || fail "an unknown step is not named"

# With everything there, a second run installs nothing: an apt-get that fails would be noticed.
printf '#!/bin/sh\necho "apt-get was called: $*" >&2\nexit 99\n' >bin/apt-get
chmod +x bin/apt-get
expect 0 env PATH="$scratch/bin:$PATH" TIDEMARK_BUILD="$build" sh "$source/scripts/setup.sh" test
! grep -q "apt-get was called" out || fail "a second run called apt-get"
