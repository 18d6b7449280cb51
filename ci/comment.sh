#!/bin/sh
# Puts a text into a pull request's one comment: the one that ends with the text's last line, its marker, is
# updated, and only where there is none is one made (with --update: none at all). The same for the notes of a
# merge request on GitLab.
#     GITHUB_TOKEN=... GITHUB_REPOSITORY=owner/name ci/comment.sh [--update] NUMBER COMMENT.md
#     GITLAB_TOKEN=... CI_API_V4_URL=... CI_MERGE_REQUEST_PROJECT_ID=... ci/comment.sh [--update] NUMBER NOTE.md
# What may go better another time is tried four times. Exit code 2: a text without marker; 3: the service fails
# or refuses; 4: the token may not.
set -eu

update_only=
if [ "${1:-}" = --update ]; then
    update_only=yes
    shift
fi
number=${1:?name the pull request by its number}
text=${2:?name the file with the text}
marker=$(tail -n 1 "$text")
case $marker in
    '<!-- tidemark '*' -->') ;;
    *)
        echo "comment: the last line of $text is no marker; make it with ci/comment-text.sh" >&2
        exit 2
        ;;
esac
if [ -n "${GITHUB_REPOSITORY:-}" ]; then
    header="Authorization: Bearer ${GITHUB_TOKEN:?}"
    issues=${GITHUB_API_URL:?}/repos/$GITHUB_REPOSITORY/issues
    all=$issues/$number/comments one=$issues/comments update=PATCH
else
    header="PRIVATE-TOKEN: ${GITLAB_TOKEN:?}"
    all=${CI_API_V4_URL:?}/projects/${CI_MERGE_REQUEST_PROJECT_ID:?}/merge_requests/$number/notes
    one=$all update=PUT
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# call METHOD URL [OPTIONS OF curl...]: leaves the answer in $work/answer. 4: the token may not; 5: another time,
# perhaps; 3: neither. The token goes in by standard input: an argument can be read by every process.
call() {
    method=$1 url=$2
    shift 2
    : >"$work/answer"
    status=$(printf 'header = "%s"\n' "$header" | curl --config - --silent --show-error --max-time 60 \
        --request "$method" --header 'Content-Type: application/json' --output "$work/answer" \
        --write-out '%{http_code}' "$@" "$url") || status=000
    case $status in 2??) return 0 ;; esac
    said=$(jq -r '.message // .error | tostring' "$work/answer" 2>/dev/null | head -n 1 | cut -c 1-200)
    echo "comment: $method is answered with $status${said:+ ($said)}" >&2
    case $status:$said in
        *'rate limit'* | 000:* | 408:* | 429:* | 5*) return 5 ;;
        401:* | 403:* | 404:*) return 4 ;;
        *) return 3 ;;
    esac
}

# Others can write the marker as well: mine is what a bot wrote; on GitLab, what this token's user wrote.
put() {
    me=0
    if [ -z "${GITHUB_REPOSITORY:-}" ]; then
        call GET "$CI_API_V4_URL/user" || return
        me=$(jq .id "$work/answer") || return 3
    fi
    page=1 id=
    while [ -z "$id" ]; do
        call GET "$all?per_page=100&page=$page" || return
        id=$(jq -r --arg marker "$marker" --argjson me "${me:-0}" \
            '[.[] | select((.user.type == "Bot" or .author.id == $me) and
                (.body | sub("\\s+$"; "") | endswith($marker)))][0].id // empty' "$work/answer") || return 3
        [ "$(jq length "$work/answer")" = 100 ] || break
        page=$((page + 1))
    done
    if [ -n "$id" ]; then
        call $update "$one/$id" --data @"$work/body"
    elif [ -z "$update_only" ]; then
        call POST "$all" --data @"$work/body"
    fi
}

# The service takes 65,536 characters; what is cut is the end of the folded report.
jq -Rs --arg marker "$marker" 'if length > 65000
    then {body: (.[:64000] + "\n\n(cut: the rest is in the report of the run)\n</details>\n\n" + $marker)}
    else {body: .} end' "$text" >"$work/body"

# Each try looks anew: a comment whose answer was lost is there all the same.
delay=${TIDEMARK_RETRY_S:-2}
for try in 1 2 3 4; do
    code=0
    put || code=$?
    [ $code -eq 5 ] || exit $code
    [ $try -eq 4 ] || sleep $((delay * try))
done
exit 3
