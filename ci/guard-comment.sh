#!/bin/sh
# Keeps the one comment of `tidemark guard` in a pull request or a merge request, by ci/comment.sh. Where nothing
# changed, none is made; one that is there already becomes a line.
#     ci/guard-comment.sh NUMBER VERDICT.md CODE NAME LINK
# CODE is the exit code of the guard; NAME tells its comment from others; LINK is Markdown. Exit code as of
# ci/comment.sh; 4 also where there is no token.
set -eu

number=$1 verdict=$2 code=$3 name=$4 link=$5
if [ -z "${GITHUB_TOKEN:-}${GITLAB_TOKEN:-}" ]; then
    echo 'guard-comment: there is no token' >&2
    exit 4
fi
for tool in curl jq; do
    command -v $tool >/dev/null || {
        echo "guard-comment: there is no $tool here" >&2
        exit 3
    }
done
body=$(mktemp)
trap 'rm -f "$body"' EXIT
update=
case $code:$(head -n 1 "$verdict") in
    0:'**SAME'* | 0:'**NO CHANGE SEEN'* | 0:'**WITHIN BOUNDS'*)
        update=--update
        head -n 1 "$verdict" >"$body"
        ;;
    *) cat "$verdict" >"$body" ;;
esac
printf '\n%s\n\n<!-- tidemark guard %s -->\n' "$link" "$name" >>"$body"
code=0
sh "$(dirname "$0")/comment.sh" $update "$number" "$body" || code=$?
exit $code
