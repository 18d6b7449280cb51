#!/bin/sh
# Puts a text into a pull request's one comment: the one that carries the marker is updated, and only
# where there is none is one made.
#     GITHUB_TOKEN=... GITHUB_REPOSITORY=owner/name ci/comment.sh NUMBER COMMENT.md
set -eu

number=${1:?name the pull request by its number}
text=${2:?name the file with the text}
marker='<!-- tidemark verdict -->'
api=${GITHUB_API_URL:?}/repos/${GITHUB_REPOSITORY:?}/issues
: "${GITHUB_TOKEN:?}"
grep -qF -e "$marker" "$text" || {
    echo "comment: $text lacks the marker; make it with ci/comment-text.sh" >&2
    exit 2
}

# The token goes in by standard input: an argument can be read by every process.
call() {
    printf 'header = "Authorization: Bearer %s"\n' "$GITHUB_TOKEN" |
        curl --config - --silent --show-error --fail --header 'Accept: application/vnd.github+json' "$@"
}

# The service takes 65,536 characters; what is cut is the end of the folded report.
body=$(mktemp)
trap 'rm -f "$body"' EXIT
jq -Rs --arg marker "$marker" 'if length > 65000
    then {body: (.[:64000] + "\n\n(cut: the rest is in the report of the run)\n</details>\n\n" + $marker)}
    else {body: .} end' "$text" >"$body"

page=1 id=
while [ -z "$id" ]; do
    comments=$(call "$api/$number/comments?per_page=100&page=$page")
    id=$(printf '%s' "$comments" | jq -r --arg marker "$marker" \
        '[.[] | select((.user.type == "Bot") and (.body | contains($marker)))][0].id // empty')
    [ "$(printf '%s' "$comments" | jq length)" -eq 100 ] || break
    page=$((page + 1))
done
if [ -n "$id" ]; then
    call --request PATCH --data @"$body" "$api/comments/$id" >/dev/null
else
    call --request POST --data @"$body" "$api/$number/comments" >/dev/null
fi
