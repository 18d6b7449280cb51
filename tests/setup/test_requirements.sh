#!/bin/sh
# The list of requirements is well-formed; what is missing and cannot be installed is named with
# its package and the step that needs it, with exit code 2; what is there costs nothing.
source=$1 build=$2
# shellcheck source=../lib.sh
. "$source/tests/lib.sh"

awk -F'\t' '/^#/ { next }
    NF != 5 { print "not five columns: " $0; bad = 1 }
    $1 !~ /^(command|pkgconfig|file)$/ { print "unknown kind: " $0; bad = 1 }
    $4 !~ /^(build|allocators|bench|instructions|test|test-more|time-tools|browser)$/ { print "unknown step: " $0; bad = 1 }
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
says "this is not a Debian-like system"
says "no-such-tool (draws castles), needed to bench"
says "apt-get install no-such-package"
expect 0 env PATH="$scratch/bin" TIDEMARK_REQUIREMENTS="$scratch/list" sh "$source/scripts/setup.sh" --check
grep -q "^ok .*cc (the C compiler)" out || fail "--check does not list what is there"
grep -q "^MISSING .*no-such-tool" out || fail "--check does not list what is missing"
expect 2 sh "$source/scripts/setup.sh" everything
says '"everything" is not a step'

# With everything there, a second run installs nothing: an apt-get that fails would be noticed.
printf '#!/bin/sh\necho "apt-get was called: $*" >&2\nexit 99\n' >bin/apt-get
chmod +x bin/apt-get
expect 0 env PATH="$scratch/bin:$PATH" TIDEMARK_BUILD="$build" sh "$source/scripts/setup.sh" test
says_not "apt-get was called"

# What only some tests want is tried for, and left out aloud.
printf 'command\tno-such-tool\tno-such-package\ttest-more\tdraws castles\n' >list
expect 0 env PATH="$scratch/bin:$PATH" TIDEMARK_REQUIREMENTS="$scratch/list" TIDEMARK_BUILD="$build" \
    sh "$source/scripts/setup.sh" test
says "no-such-package could not be installed"
