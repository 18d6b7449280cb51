#!/bin/sh
# `tidemark guard` in a job of GitLab's CI, as in examples/ci/gitlab-ci.yml: in a merge request against what it is
# merged into, with one note; else against the committed baseline and the bounds. Leaves tidemark-guard/ with the
# report. Exit code: the guard's.
#     ci/guard-gitlab.sh [OPTIONS OF tidemark guard...]
# $GITLAB_TOKEN writes the note; without it there is none.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
tidemark=${TIDEMARK:-$root/bin/tidemark}

# What is measured does not get it.
token=${GITLAB_TOKEN:-}
unset GITLAB_TOKEN
# In a container the repository can belong to somebody else, which git refuses otherwise.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$PWD"
folder=$PWD/tidemark-guard
rm -rf "$folder"
mkdir "$folder"
set -- "$@" --output="$folder/runs"
if [ -n "${CI_MERGE_REQUEST_IID:-}" ]; then
    set -- compare "$@" -- "$CI_MERGE_REQUEST_DIFF_BASE_SHA" HEAD
else
    set -- run --with-setup "$@"
fi
code=0
"$tidemark" guard "$@" >"$folder/verdict.txt" || code=$?
cat "$folder/verdict.txt"
if [ -e "$folder/runs/latest-guard" ]; then
    mv "$(readlink -f "$folder/runs/latest-guard")" "$folder/report"
    cp "$folder/report/comment.md" "$folder/text.md"
else
    headline=$(head -n 1 "$folder/verdict.txt")
    printf '**%s**\n' "${headline:-NOT MEASURED (exit code $code); the log of the job has the reason}" >"$folder/text.md"
fi
rm -rf "$folder/runs"
if [ -n "${CI_MERGE_REQUEST_IID:-}" ]; then
    GITLAB_TOKEN=$token sh "$root/ci/guard-comment.sh" "$CI_MERGE_REQUEST_IID" "$folder/text.md" "$code" \
        "$CI_JOB_NAME_SLUG" "[The job]($CI_JOB_URL) has the report." ||
        echo 'guard-gitlab: no note; the verdict is above' >&2
fi
exit $code
