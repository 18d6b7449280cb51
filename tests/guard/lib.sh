#!/bin/sh
# What the guard's tests share: a repository whose ./serve holds as many MiB as ./amount says.
# shellcheck shell=sh
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

# headline PATTERN: the first line of standard output.
headline() {
    head -n 1 verdict | grep -qE -- "$1" || fail "the first line is not \"$1\", but $(head -n 1 verdict)"
}

# guard CODE ARGUMENTS...: with the verdict in ./verdict, and all of the output in ./out.
guard() {
    wanted=$1 code=0
    shift
    "$tidemark" guard "$@" >verdict 2>out || code=$?
    cat verdict >>out
    [ "$code" -eq "$wanted" ] || fail "exit code $code instead of $wanted: guard $*"
}

commit() {
    git add -A
    git -c user.name=t -c user.email=t@t commit -qm "$1"
    git tag "$1"
}

# holds MIB: commits that amount.
holds() {
    echo "$1" >amount
    commit "holds-$1"
}

repository() {
    git init -q .
    git config advice.detachedHead false
    printf '.tidemark/\nverdict\nout\n' >.gitignore
    # shellcheck disable=SC2016 # ./serve expands it
    printf '#!/bin/sh\nexec "%s/planted" anonymous="$(cat amount)"\n' "$BIN" >serve
    chmod +x serve
    cat >tidemark.json
}
