#!/bin/sh
# What the tests of a release share: the release, and private roots to run it in.
# shellcheck shell=sh
# shellcheck source=../guard/lib.sh
. "$HERE/../guard/lib.sh"
# shellcheck source=release.sh
. "$HERE/../dist/release.sh"
tar -xzf "$dist/$archive.tar.gz"

# inside COMMAND...: in the root below ./root, which has a /proc of its own; its mounts are gone when it ends.
inside() {
    # shellcheck disable=SC2016 # expanded inside
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ TMPDIR=/tmp unshare --mount --fork --pid sh -c '
        mount -t proc proc "$0/proc" && mount --bind /dev/null "$0/dev/null" && exec chroot "$0" "$@"' \
        "$scratch/root" "$@"
}

# make_root: what every root has: the release in /opt, and a repository whose program holds as many MiB as ./amount says.
make_root() {
    mkdir -p root/bin root/dev root/lib64 root/opt root/proc root/repository root/tmp root/var/tmp
    : >root/dev/null
    cp -r "$archive" root/opt/tidemark
    cp "$BIN/planted" "$BIN/planted-static" "$tidemark" root/bin
    cd root/repository
    # shellcheck disable=SC2016 # sh expands it
    echo '{"scenarios": [{"name": "app", "command": "read -r MIB <amount; exec planted-static anonymous=$MIB", "ready": "ready", "idle_s": [0.1]}],
        "bounds": {"app": {"idle@0.1s": "45 MiB"}}}' >tidemark.json
    git init -q .
    echo .tidemark/ >.gitignore
    holds 46
    holds 40
    cd ../..
}

# guard_inside CODE HEADLINE ARGUMENTS...
guard_inside() {
    wanted=$1 line=$2
    shift 2
    code=0
    inside sh -c 'cd /repository && exec /opt/tidemark/bin/tidemark guard "$@"' sh "$@" >verdict 2>out || code=$?
    cat verdict >>out
    [ $code -eq "$wanted" ] || fail "exit code $code instead of $wanted: $*"
    headline "$line"
}

# Skips where nobody may enter a private root.
may_enter() {
    [ "$(id -u)" -eq 0 ] || skip "only root can enter a private root"
    unshare --mount --fork --pid true 2>/dev/null || skip "the machine allows no private mounts (unshare --mount --pid)"
}
