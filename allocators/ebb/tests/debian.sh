#!/bin/sh
# The Debian packages: built by dpkg-buildpackage, approved by lintian, installed, preloaded, built upon and removed,
# all in a private root of Debian 12 below FOLDER; nothing of the machine changes. Skipped without root, or where the
# root's packages cannot be had. Once made, the bare root is kept in the cache.
#
#     debian.sh FOLDER
set -eu

mkdir -p "$1"
folder=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
cache=${TIDEMARK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tidemark}
root=$folder/root
packages='build-essential cmake debhelper pkg-config lintian'
kept=$cache/debian-root-$(echo "bookworm $packages" | sha256sum | cut -c1-16).tar

skip() {
    echo "skipped: $*"
    exit 77
}

fail() {
    echo "debian: $*" >&2
    [ ! -f "$folder/log" ] || tail -n 30 "$folder/log" >&2
    exit 1
}

# The mounts of a private root are gone when its commands are.
inside() {
    # shellcheck disable=SC2016 # expanded inside
    unshare --mount --fork --pid sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" \
        env -i LC_ALL=C.UTF-8 HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
        ${http_proxy:+"http_proxy=$http_proxy"} "$@"
}

# lintian by apt: debootstrap knows no virtual packages.
make_root() {
    uri=$(awk '/^deb / { print $3; exit }' "$cache/apt-bookworm/sources.list")
    DEBOOTSTRAP_DIR=$folder/debootstrap/usr/share/debootstrap unshare --mount \
        sh "$folder/debootstrap/usr/sbin/debootstrap" --variant=minbase \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg bookworm "$root" "$uri" || return 1
    cp /etc/resolv.conf "$root/etc/"
    inside apt-get -qq update || return 1
    # shellcheck disable=SC2086 # the packages are words
    inside apt-get -qq install -y --no-install-recommends $packages || return 1
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    tar -C "$root" -cf "$kept.$$" . && mv "$kept.$$" "$kept"
}

[ "$(id -u)" -eq 0 ] || skip "only root can enter a private root"
unshare --mount --fork --pid true 2>/dev/null || skip "the machine allows no private mounts (unshare --mount --pid)"
[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || skip "this is not a Debian-like system on amd64"
rm -rf "$root"
mkdir -p "$root"
if [ -f "$kept" ]; then
    tar -C "$root" -xf "$kept"
else
    "$here/../../../scripts/fetch.sh" unpacked bookworm "$folder/debootstrap" debootstrap 2>"$folder/why" ||
        skip "debootstrap cannot be had: $(cat "$folder/why")"
    make_root >"$folder/log" 2>&1 ||
        skip "Debian 12's packages cannot be had: $(sed -n 's/^E: //p' "$folder/log" | sed 's|[a-z]*://[^ ]*||g' | head -n 1)"
fi

# ---- built, in a copy: what a build leaves behind is not for the repository

mkdir -p "$root/src"
cp -r "$here/.." "$root/src/ebb"
inside sh -c 'cd /src/ebb && dpkg-buildpackage -us -uc -b' >"$folder/log" 2>&1 || fail "dpkg-buildpackage fails"
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$here/../debian/changelog")
grep -q "VERSION $version " "$here/../CMakeLists.txt" || fail "debian/changelog and CMakeLists.txt name other versions"
runtime=/src/libebb0_${version}_amd64.deb development=/src/libebb-dev_${version}_amd64.deb

lint() {
    inside lintian --allow-root --fail-on error,warning "$@" >"$folder/log" 2>&1
}
lint "/src/ebb_${version}_amd64.changes" || fail "lintian objects"
# That it can object: to a package without its licence.
inside sh -c "dpkg-deb -R $runtime /src/bare && rm /src/bare/usr/share/doc/libebb0/copyright &&
    dpkg-deb -b /src/bare /src/bare.deb" >"$folder/log" 2>&1 || fail "the control is not built"
! lint /src/bare.deb || fail "lintian has passed a package without a copyright file"

# ---- installed

files() { # all but the records of dpkg, ldconfig and man
    inside find / -xdev -path /src -prune -o -path /tmp -prune -o ! -path '/var/lib/dpkg/*' ! -path '/var/log/*' \
        ! -path '/var/cache/ldconfig/*' ! -path '/var/cache/man/*' -print | sort
}
on_ebb() { # FILE: a program on the library finds itself on it
    inside env LD_PRELOAD=libebb.so.0 grep -c "$1" /proc/self/maps 2>/dev/null | grep -qv '^0$'
}

files >"$folder/before"
! on_ebb libebb.so || fail "there is an ebb before it is installed"
inside dpkg -i "$runtime" >"$folder/log" 2>&1 || fail "libebb0 is not installed"
on_ebb "/usr/lib/x86_64-linux-gnu/libebb.so.$version" || fail "LD_PRELOAD=libebb.so.0 does not find it"
# shellcheck disable=SC2016 # perl's
inside env LD_PRELOAD=libebb.so.0 perl -e '
    sub rss { open my $f, "/proc/self/status"; join("", <$f>) =~ /RssAnon:\s*(\d+)/; $1 }
    my $before = rss(); my @much = map { "x" x (100 + $_ % 1000) } 1 .. 100000; my $much = rss() - $before;
    @much = (); sleep 1; my $left = rss() - $before;
    print "$much KiB in use, $left KiB left\n"; exit($much > 40000 && $left < $much / 5 ? 0 : 1)' \
    >"$folder/log" 2>&1 || fail "a program on it does not give memory back"
cat "$folder/log"

inside dpkg -i "$development" >"$folder/log" 2>&1 || fail "libebb-dev is not installed"
# shellcheck disable=SC2016 # expanded inside
inside sh -ec 'mkdir /src/use && cd /src/use && consumer=/src/ebb/tests/consumer
    cc -fno-builtin $consumer/consumer.c $(pkg-config --cflags --libs ebb) -o shared && ./shared
    cc -DWITH_EMBED $consumer/consumer.c $(pkg-config --cflags --libs ebb-embed) -o embed && ./embed
    readelf -d shared | grep "libebb.so.0"
    cmake -S $consumer -B cmake && cmake --build cmake && ctest --test-dir cmake
    test -f /usr/share/man/man3/ebb.3.gz' >"$folder/log" 2>&1 || fail "nothing can be built upon it"
inside dpkg --verify libebb0 libebb-dev >"$folder/log" 2>&1 || fail "installed files differ from the packages'"

# ---- removed

inside dpkg --purge libebb-dev libebb0 >"$folder/log" 2>&1 || fail "the packages cannot be removed"
! on_ebb libebb.so || fail "ebb is still there after it was removed"
files >"$folder/after"
diff "$folder/before" "$folder/after" >"$folder/log" || fail "removed, it leaves files behind, or takes some with it"
touch "$root/usr/lib/left" # that this can be seen
files | diff "$folder/before" - >/dev/null && fail "a file that was left behind is not noticed"
rm -rf "$root" "$folder/log"
