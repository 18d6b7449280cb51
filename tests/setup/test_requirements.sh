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
for tool in sh cc env id grep cut sort tr dirname cat printf awk sed head mktemp rm; do
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

# With everything there, a second run asks no package manager: any that were called would be noted.
cache=${TIDEMARK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tidemark}
tools='apt-get apt-cache apt dpkg-deb sudo'
[ ! -f "$cache/charts/installed" ] || tools="$tools npm" # where npm had what it was asked for
for tool in $tools; do
    printf '#!/bin/sh\necho "%s $*" >>"%s/called"\nexit 99\n' "$tool" "$scratch" >"bin/$tool"
    chmod +x "bin/$tool"
done
awk -F'\t' '$4 == "ok" && $10 == "-" { print $1 }' "$build/allocators/manifest.tsv" |
    while read -r name; do grep "^$name " "$source/allocators/allocators.def"; done >there.def
[ -s there.def ] || fail "no allocator is there"
setup_again() { # CACHE STEP
    expect 0 env PATH="$scratch/bin:$PATH" TIDEMARK_BUILD="$scratch/again" TIDEMARK_CACHE="$1" \
        TIDEMARK_ALLOCATORS="$scratch/there.def" sh "$source/scripts/setup.sh" "$2"
}
setup_again "$cache" bench
[ ! -e called ] || fail "called, though everything is there: $(cat called)"
says_not "cannot be had"
make -C "$source" -n bench BUILD="$scratch/new" >out
says "scripts/setup.sh"
mkdir -p new/allocators
touch new/allocators/manifest.tsv # set-up has been there
make -C "$source" -n bench BUILD="$scratch/new" >out
says "tidemark run"
says_not "scripts/setup.sh"
# The control: with nothing in the cache they are called, and what cannot be had is named.
if grep -qE ' (source|binary) ' there.def; then
    setup_again "$scratch/empty" bench
    grep -q '^apt-get' called || fail "a call of apt-get is not noticed"
    says "cannot be had"
fi

# What a step can do without is tried for, and left out aloud; here the archive has one thing of two.
rm bin/apt-get
cat >bin/apt-get <<'END'
#!/bin/sh
for word; do
    case $word in
        install | update) what=$word ;;
        -*) ;;
        served-*) [ "$what" != install ] || packages="$packages $word" ;;
        *)
            echo "E: Unable to locate package $word" >&2
            exit 100
            ;;
    esac
done
for package in $packages; do
    printf '#!/bin/sh\n' >"$(dirname "$0")/tool-${package#served-}"
    chmod +x "$(dirname "$0")/tool-${package#served-}"
done
END
printf '#!/bin/sh\nexec "$@"\n' >bin/sudo
chmod +x bin/apt-get bin/sudo
echo 'glibc glibc default system' >there.def
{
    printf 'command\ttool-one\tserved-one\tbench\tdraws castles\n'
    printf 'command\ttool-two\tserved-two\tallocators\tdraws moats\n'
    printf 'command\ttool-three\tno-such-package\tallocators\tdraws bridges\n'
} >list
setup_elsewhere() { # CODE
    expect "$1" env PATH="$scratch/bin:$PATH" TIDEMARK_REQUIREMENTS="$scratch/list" TIDEMARK_BUILD="$scratch/again" \
        TIDEMARK_ALLOCATORS="$scratch/there.def" sh "$source/scripts/setup.sh" bench
}
setup_elsewhere 0
for tool in one two; do
    [ -x bin/tool-$tool ] || fail "tool-$tool can be had, and is not installed"
done
says "no-such-package cannot be installed: Unable to locate package no-such-package"
says "left out: what wants tool-three (draws bridges), which is not here; to have it, as root: apt-get install no-such-package"
says_not "wants tool-two"
# What a step needs is not left out: but the rest is installed, and it alone is named.
rm bin/tool-one bin/tool-two
sed -i 's/allocators/bench/' list
setup_elsewhere 2
says "tool-three (draws bridges), needed to bench"
says_not "tool-two (draws"
[ -x bin/tool-two ] || fail "one package has kept another out"
