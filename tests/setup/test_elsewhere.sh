#!/bin/sh
# Set-up on a system that is not Debian: its own archive is asked for the pinned files, and what it does not have is
# named with what would help. The system is this one with another /etc/os-release and another apt, whose archive is
# a folder; Ubuntu itself is not tried here.
source=$1
# shellcheck source=../lib.sh
. "$source/tests/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can put another /etc/apt in place"
unshare --mount true 2>/dev/null || skip "the machine allows no private mounts (unshare --mount)"
command -v apt-get >/dev/null || skip "there is no apt-get"

# Two packages: one with the pinned file under a revision of this archive's own, one with another file.
pool=$scratch/archive/pool
mkdir -p "$pool" archive/dists/noble/universe/source etc-apt/sources.list.d lists/partial
for name in same other; do
    mkdir $name-1.0
    echo "the sources of $name" >$name-1.0/README
    tar -czf "$pool/${name}_1.0.orig.tar.gz" $name-1.0
    file=$pool/${name}_1.0.orig.tar.gz
    : >"$pool/${name}_1.0-1ubuntu1.dsc"
    cat <<END
Package: $name
Format: 3.0 (quilt)
Binary: $name
Architecture: any
Version: 1.0-1ubuntu1
Directory: pool
Files:
 $(md5sum <"$pool/${name}_1.0-1ubuntu1.dsc" | cut -d' ' -f1) 0 ${name}_1.0-1ubuntu1.dsc
 $(md5sum <"$file" | cut -d' ' -f1) $(wc -c <"$file") ${file##*/}
Checksums-Sha256:
 $(sha256sum <"$pool/${name}_1.0-1ubuntu1.dsc" | cut -d' ' -f1) 0 ${name}_1.0-1ubuntu1.dsc
 $(sha256sum <"$file" | cut -d' ' -f1) $(wc -c <"$file") ${file##*/}

END
done >archive/dists/noble/universe/source/Sources
cd archive/dists/noble
{
    printf 'Origin: Ubuntu\nLabel: Ubuntu\nSuite: noble\nCodename: noble\nComponents: universe\nArchitectures: amd64\n'
    printf 'Date: %s\nSHA256:\n' "$(date -u -R)"
    printf ' %s %s universe/source/Sources\n' "$(sha256sum <universe/source/Sources | cut -d' ' -f1)" "$(wc -c <universe/source/Sources)"
} >Release
cd "$scratch"
printf 'Types: deb\nURIs: file:%s/archive\nSuites: noble\nComponents: universe\nTrusted: yes\n' "$scratch" \
    >etc-apt/sources.list.d/ubuntu.sources
printf 'ID=ubuntu\nPRETTY_NAME="Ubuntu 24.04 LTS"\n' >os-release

# elsewhere COMMAND...
elsewhere() {
    # shellcheck disable=SC2016 # expanded inside
    env -u TIDEMARK_DEBIAN_MIRROR TIDEMARK_CACHE="$scratch/cache" unshare --mount sh -c '
        mount --bind "$0/os-release" "$(readlink -f /etc/os-release)" && mount --bind "$0/etc-apt" /etc/apt &&
        mount --bind "$0/lists" /var/lib/apt/lists && exec "$@"' "$scratch" "$@"
}
sum_of() {
    sha256sum <"$pool/${1}_1.0.orig.tar.gz" | cut -d' ' -f1
}
fetch=$source/scripts/fetch.sh
same=$(sum_of same)
other=$(echo "$same" | tr 0-9a-f 1-9a-f0) # nothing's
expect 0 elsewhere sh "$fetch" source same=1.0-7 same_1.0.orig.tar.gz "$same"
cmp "$(cat out)" "$pool/same_1.0.orig.tar.gz" || fail "another file was fetched"

# The control: a file that is not the pinned one is no stand-in, and it is told whom to ask instead.
expect 1 elsewhere sh "$fetch" source other=1.0-7 other_1.0.orig.tar.gz "$other"
says "other=1.0-7 is not served (E: Can not find version '1.0-7'"
says "only Ubuntu 24.04 LTS was asked: set TIDEMARK_DEBIAN_MIRROR to the address of a mirror of Debian"
expect 1 elsewhere sh "$fetch" binary libother=1.0-7 "$other"
says "libother=1.0-7 is not served"
# That answer is kept with the lists: apt is not asked again, as an apt that cannot run shows.
mkdir bin
printf '#!/bin/sh\necho "E: called" >&2\nexit 99\n' >bin/apt-get
chmod +x bin/apt-get
expect 1 elsewhere env PATH="$scratch/bin:$PATH" sh "$fetch" source other=1.0-7 other_1.0.orig.tar.gz "$other"
says "other=1.0-7 is not served"
says_not "called"
expect 1 elsewhere env PATH="$scratch/bin:$PATH" sh "$fetch" source other=1.0-8 other_1.0.orig.tar.gz "$(echo "$other" | tr 0-9a-f 1-9a-f0)"
says "called"

# A suite that is not served keeps nothing else out, and is named where something is missing.
sed 's/noble/noble none/' etc-apt/sources.list.d/ubuntu.sources >both
cp both etc-apt/sources.list.d/ubuntu.sources
rm -r cache
expect 0 elsewhere sh "$fetch" source same=1.0-7 same_1.0.orig.tar.gz "$same"
expect 1 elsewhere sh "$fetch" source other=1.0-7 other_1.0.orig.tar.gz "$other"
says "a package list was not read: Failed to fetch none universe/source/Sources"
sed -i 's/noble none/none/' etc-apt/sources.list.d/ubuntu.sources
rm -r cache
expect 1 elsewhere sh "$fetch" source same=1.0-7 same_1.0.orig.tar.gz "$same"
says "the package lists cannot be read: E: Failed to fetch none universe/source/Sources"
sed 's/noble none/noble/' both >etc-apt/sources.list.d/ubuntu.sources

# All allocators: the one that is here is there, each other one has a row that says why, and it ends well.
{
    echo 'glibc glibc default system'
    echo 'one jemalloc default source none=1.0-1 none_1.0.orig.tar.gz 1111111111111111111111111111111111111111111111111111111111111111 .'
    echo "three jemalloc extra source same=1.0-7 same_1.0.orig.tar.gz $same ."
    echo 'two mimalloc extra binary libnone=1.0-1 2222222222222222222222222222222222222222222222222222222222222222'
} >allocators.def
expect 0 elsewhere env TIDEMARK_ALLOCATORS="$scratch/allocators.def" TIDEMARK_BUILD="$scratch/build" sh "$source/scripts/allocators.sh"
cut -f1,4 build/allocators/manifest.tsv | tr '\t\n' ' ;' >rows
[ "$(cat rows)" = 'name status;glibc ok;one unavailable;three unavailable;two unavailable;' ] || fail "the rows are $(cat rows)"
for name in one two; do
    says "$name cannot be had: "
done
says "three cannot be had: same=1.0-7: the build failed ("
[ "$(grep -c 'set TIDEMARK_DEBIAN_MIRROR' out)" -eq 2 ] || fail "not each says what would help"
