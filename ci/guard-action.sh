#!/bin/sh
# The steps of action.yml and actions/: `tidemark guard` in a GitHub workflow. All that they are told comes in
# variables; nothing of it is ever part of a command's text.
#     ci/guard-action.sh driver      finds, fetches or builds tidemark
#     ci/guard-action.sh measure     measures; its exit code is the verdict
#     ci/guard-action.sh summary     writes the job's summary
#     ci/guard-action.sh comment     keeps the pull request's one comment; never fails
#     ci/guard-action.sh history     adds the report to the history, which is kept on a branch
# shellcheck disable=SC2153 # what is in capitals is given
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

fail() {
    say error "$*"
    [ -z "${folder:-}" ] || printf '**NOT MEASURED: %s**\n' "$*" >"$folder/text.md"
    exit 2
}

# say error|notice TEXT: to the log, and to the run's page.
say() {
    printf '::%s title=tidemark guard::%s\n' "$1" "$(printf '%s' "$2" | tr -d '\r\n' | sed 's/%/%25/g')"
}

give() { # NAME=VALUE, to the steps after this one
    printf '%s\n' "$1" | tr -d '\r' >>"$GITHUB_OUTPUT"
}

# ---- driver

# The release of a version tag (v0, v0.1.0), whose action this is: it lies in _actions/OWNER/REPOSITORY/REF. For
# another ref, and another machine, there is none: 1.
release() {
    place=${GITHUB_ACTION_PATH##*/_actions/}
    version=$(sed -n 's/^project(tidemark VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
    case $(printf '%s' "$place" | cut -d / -f 3) in v[0-9]*) ;; *) return 1 ;; esac
    [ "$(uname -sm)" = 'Linux x86_64' ] || return 1
    repository=$(printf '%s' "$place" | cut -d / -f 1,2)
    name=tidemark-$version-linux-x86_64
    address=$GITHUB_SERVER_URL/$repository/releases/download/v$version/$name.tar.gz
    kept=$RUNNER_TEMP/tidemark-driver
    mkdir -p "$kept"
    for suffix in '' .sha256; do
        curl --fail --silent --location --retry 3 --output "$kept/$name.tar.gz$suffix" "$address$suffix" || return 1
    done
    wanted=${SHA256:-$(cut -c 1-64 "$kept/$name.tar.gz.sha256")}
    got=$(sha256sum <"$kept/$name.tar.gz" | cut -c 1-64)
    [ "$got" = "$wanted" ] || fail "$name.tar.gz has the SHA-256 $got, not $wanted: it is not used"
    tar -xzf "$kept/$name.tar.gz" -C "$kept" || return 1
    tidemark=$kept/$name/bin/tidemark
}

build() {
    build=$RUNNER_TEMP/tidemark-build
    "$root/scripts/setup.sh" build
    cmake -S "$root" -B "$build" -G Ninja
    cmake --build "$build" --target tidemark
    tidemark=$build/bin/tidemark
}

driver() {
    tidemark=$DRIVER
    if [ -z "$tidemark" ]; then
        if release; then
            echo "the release $version"
        else
            [ -z "$SHA256" ] || fail "there is no release to compare with the given sha256"
            echo 'there is no release for this ref and machine: building it'
            build
        fi
    fi
    "$tidemark" --version || fail "$tidemark does not run here"
    give "tidemark=$tidemark"
}

# ---- measure

# The commit to compare with; nothing where a baseline is. A checked-out merge commit's first parent is the base as
# it is merged into; the event's may be older.
base() {
    deep='is not in this clone: give actions/checkout "fetch-depth: 0"'
    if [ -n "$BASE" ]; then
        commit=$BASE
    elif [ -z "$EVENT_BASE" ]; then
        return
    elif [ "$(git rev-parse HEAD)" = "$GITHUB_SHA" ] && git rev-parse --quiet --verify 'HEAD^2' >/dev/null; then
        commit=$(git rev-parse 'HEAD^1')
    else
        commit=$(git merge-base "$EVENT_BASE" HEAD 2>/dev/null) || fail "what $EVENT_BASE and HEAD have in common $deep" >&2
    fi
    git rev-parse --quiet --verify --end-of-options "$commit^{commit}" >/dev/null || fail "the base $commit $deep" >&2
    printf '%s\n' "$commit"
}

# Waits for it to its end: a cancelled run gets SIGINT, in this process alone, and has 7.5 s to tell what it has.
run_guard() {
    "$TIDEMARK" guard "$@" >"$folder/verdict.txt" &
    pid=$!
    trap 'kill -INT $pid 2>/dev/null || true' INT TERM
    code=0
    wait $pid || code=$?
    while kill -0 $pid 2>/dev/null; do
        code=0
        wait $pid || code=$?
    done
    trap - INT TERM
}

measure() {
    [ "$GITHUB_EVENT_NAME" != pull_request_target ] ||
        fail 'not on pull_request_target: it would run what a stranger wrote with rights on this repository; use pull_request'
    case $NAME in
        '' | *[!A-Za-z0-9._-]*) fail "the name \"$NAME\" has other characters than letters, digits, \".\", \"_\" and \"-\"" ;;
    esac
    # In a container the repository belongs to somebody else, which git refuses otherwise.
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$GITHUB_WORKSPACE"
    folder=$RUNNER_TEMP/$NAME
    rm -rf "$folder"
    mkdir -p "$folder"
    give "folder=$folder"
    commit=$(base)
    set -- --file="$CONFIG" --budget-minutes="$BUDGET_MINUTES" --output="$folder/runs"
    if [ -n "$commit" ]; then
        set -- compare "$@" -- "$commit" HEAD
    else
        set -- run --with-setup "$@"
    fi
    # What is printed here is nobody's command to the runner.
    stop=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "::stop-commands::$stop"
    run_guard "$@"
    cat "$folder/verdict.txt"
    echo "::$stop::"
    headline=$(head -n 1 "$folder/verdict.txt")
    if [ -e "$folder/runs/latest-guard" ]; then
        mv "$(readlink -f "$folder/runs/latest-guard")" "$folder/report"
    fi
    rm -rf "$folder/runs"
    [ -n "$headline" ] || headline="NOT MEASURED (exit code $code); the log of the job has the reason"
    if [ -f "$folder/report/comment.md" ]; then
        cp "$folder/report/comment.md" "$folder/text.md"
    else
        printf '**%s**\n' "$headline" >"$folder/text.md"
    fi
    give "code=$code"
    give "verdict=$headline"
    [ $code -eq 0 ] || say error "$headline"
    exit $code
}

# ---- telling

summary() {
    if [ -s "$FOLDER/text.md" ]; then
        head -c 1000000 "$FOLDER/text.md" >>"$GITHUB_STEP_SUMMARY"
    else
        echo '**NO VERDICT: the measurement was ended before it had one**' >>"$GITHUB_STEP_SUMMARY"
    fi
}

comment() {
    link="[The run]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID) has the report."
    code=0
    sh "$root/ci/guard-comment.sh" "$NUMBER" "$FOLDER/text.md" "$CODE" "$NAME" "$link" || code=$?
    case $code in
        0) ;;
        4) say notice 'no comment: the token may not write one (of a fork, it never may; else the job lacks "pull-requests: write"); the verdict is in the summary' ;;
        *) say notice 'no comment: the service did not take it; the verdict is in the summary' ;;
    esac
}

# Of the action in actions/history: a night more, and what the nights together show.
history() {
    database=$RUNNER_TEMP/history.sqlite
    export TIDEMARK_HISTORY_BRANCH="$BRANCH"
    sh "$root/ci/history.sh" restore "$database"
    "$TIDEMARK" history import "$FOLDER/report" --database="$database"
    sh "$root/ci/history.sh" save "$database"
    {
        printf '**The last nights**\n\n```\n'
        "$TIDEMARK" history trend --database="$database"
        printf '```\n'
    } >>"$GITHUB_STEP_SUMMARY"
}

case ${1:-} in
    driver | measure | summary | comment | history) "$1" ;;
    *)
        echo "guard-action: driver, measure, summary, comment or history, not ${1:-nothing}" >&2
        exit 2
        ;;
esac
