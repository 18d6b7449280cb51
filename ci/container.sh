#!/bin/sh
# The Containerfile without a container engine.
#
#     ci/container.sh [check]                   its instructions are known, and its commands pass shellcheck
#     ci/container.sh carry-out FOLDER [TARGET]   carries them out, up to TARGET (default: the last stage), in a root of
#                                               Debian 12 below FOLDER, and leaves it there (as root; it takes minutes)
#     ci/container.sh enter FOLDER COMMAND...   runs a command in that root, where the image would run it
#
# Exit code 1: a fault; 77: what it takes is not here. TIDEMARK_CONTAINERFILE: another file.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
file=${TIDEMARK_CONTAINERFILE:-$root/Containerfile}

fail() {
    echo "container: $*" >&2
    exit 1
}

# "INSTRUCTION REST" of each, with its lines joined.
instructions() {
    awk '/^[[:space:]]*(#|$)/ { next }
        { line = line $0 }
        sub(/\\$/, " ", line) { next }
        { print line; line = "" }
        END { if (line != "") { print "a last line that goes on"; exit 1 } }' "$file"
}

check() {
    stages='' first='' count=0
    instructions >"$scratch/instructions" || fail "$file ends in the middle of an instruction"
    while read -r word rest; do
        count=$((count + 1))
        [ -n "$first$(echo "$word" | grep -x FROM)" ] || fail "$word stands before the first FROM"
        case $word in
            FROM)
                # shellcheck disable=SC2086 # words
                set -- $rest
                case " debian:12$stages " in *" $1 "*) ;; *) fail "FROM $1: that is neither debian:12 nor a stage before it" ;; esac
                [ $# -eq 1 ] || { [ $# -eq 3 ] && [ "$2" = AS ]; } || fail "FROM $rest: not IMAGE or IMAGE AS NAME"
                stages="$stages ${3:-}"
                first=yes
                ;;
            RUN)
                printf '#!/bin/sh\n%s\n' "$rest" >"$scratch/run.sh"
                shellcheck "$scratch/run.sh" >&2 || fail "RUN $rest"
                ;;
            COPY) [ "$rest" = '. .' ] || fail "COPY $rest: only the whole is copied, \". .\"" ;;
            WORKDIR) case $rest in /*) ;; *) fail "WORKDIR $rest: no absolute path" ;; esac ;;
            CMD) echo "$rest" | grep -qxE '\["[^"]+"(, "[^"]+")*\]' || fail "CMD $rest: not a list of words in JSON" ;;
            *) fail "$word: an instruction that this check does not know" ;;
        esac
    done <"$scratch/instructions"
    [ "$count" -gt 0 ] || fail "$file has no instructions"
}

# The instructions of the stages that lead to TARGET, or to the last.
way_to() { # TARGET
    awk -v target="$1" '
        $1 == "FROM" { n++; from[n] = $2; name[n] = $4; of[$4] = n; next }
        { text[n] = text[n] $0 "\n" }
        END {
            at = target == "" ? n : of[target]
            if (!at) exit 1
            for (; at; at = of[from[at]]) whole = text[at] whole
            printf "%s", whole
        }' "$scratch/instructions"
}

# The mounts are gone when the command is.
inside() { # FOLDER COMMAND...
    at=$1
    shift
    # shellcheck disable=SC2016 # expanded inside
    unshare --mount --fork --pid sh -c '
        mount -t proc proc "$0/proc" && mount -t sysfs sysfs "$0/sys" && mount -t tmpfs tmpfs "$0/dev" &&
        mkdir "$0/dev/shm" && ln -s /proc/self/fd "$0/dev/fd" &&
        for device in null zero full random urandom; do : >"$0/dev/$device" && mount --bind /dev/$device "$0/dev/$device" || exit; done &&
        exec chroot "$0" "$@"' \
        "$at/root" env -i LC_ALL=C.UTF-8 HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${http_proxy:+"http_proxy=$http_proxy"} sh -c "cd $(cat "$at/workdir") && \"\$@\"" sh "$@"
}

make_root() { # FOLDER
    "$root/scripts/fetch.sh" unpacked bookworm "$1/debootstrap" debootstrap || exit 77
    uri=$(awk '/^deb / { print $3; exit }' "${TIDEMARK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tidemark}/apt-bookworm/sources.list")
    DEBOOTSTRAP_DIR=$1/debootstrap/usr/share/debootstrap unshare --mount sh "$1/debootstrap/usr/sbin/debootstrap" --variant=minbase \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg bookworm "$1/root" "$uri" >"$1/log" 2>&1 ||
        fail "Debian 12's packages cannot be had, see $1/log"
    cp /etc/resolv.conf "$1/root/etc/"
}

carry_out() { # FOLDER [TARGET]
    [ "$(id -u)" -eq 0 ] || { echo "container: only root can enter a private root" >&2 && exit 77; }
    mkdir -p "$1"
    folder=$(cd "$1" && pwd)
    way_to "${2:-}" >"$scratch/way" || fail "there is no stage $2"
    rm -rf "$folder/root"
    echo / >"$folder/workdir"
    make_root "$folder"
    while read -r word rest <&3; do
        echo "container: $word $rest" >&2
        case $word in
            RUN) inside "$folder" sh -c "$rest" </dev/null || fail "RUN $rest: exit code $?" ;;
            WORKDIR) mkdir -p "$folder/root$rest" && echo "$rest" >"$folder/workdir" ;;
            COPY) (cd "$root" && find . -mindepth 1 -maxdepth 1 -printf "%P\n" | tar --anchored --exclude-from=.dockerignore -cf - -T -) |
                tar -C "$folder/root$(cat "$folder/workdir")" --no-same-owner -xf - ;;
        esac
    done 3<"$scratch/way"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
check
case ${1:-check} in
    check) ;;
    carry-out) carry_out "${2:?name the folder}" "${3:-}" ;;
    enter)
        folder=${2:?name the folder}
        shift 2
        inside "$folder" "$@"
        ;;
    *) fail "\"$1\" is none of check, carry-out and enter" ;;
esac
