#!/bin/sh
# The workflow that docs/guard.md has users paste, run as written for a pull request: one comment, edited in place and
# silent where nothing changed; a summary and a report in any case.
# shellcheck source=lib.sh
. "$HERE/../action/lib.sh"

# What the document has users paste is the examples' file.
for file in pull-request gitlab-ci; do
    begin=$(head -n 1 "$root/examples/ci/$file.yml")
    awk -v begin="$begin" '/^```/ { inside = 0 } $0 == begin { inside = 1 } inside' "$root/docs/guard.md" |
        cmp -s - "$root/examples/ci/$file.yml" || fail "docs/guard.md has another $file.yml than examples/ci/"
done

pull holds-40 holds-46
job worse failure
result '.outputs.code == "1" and (.outputs.verdict | startswith("WORSE: dev server"))'
comment_says '^\*\*WORSE: dev server, 0\.1 s idle: \+15 %'
jq -r '.[0].body' jobs/comments.json | grep -qx '<!-- tidemark guard tidemark-guard -->' || fail "no marker"
jq -r '.[0].body' jobs/comments.json | grep -q '^\[The run\](http.*/owner/repository/actions/runs/4711)' || fail "no link"
summary_says '^\*\*WORSE: dev server'
# shellcheck disable=SC2016 # a scenario is called so
summary_says 'still; \$\(touch pwned\)'
result '.commands | map(select(.command == "error" and (.text | startswith("WORSE: dev server")))) | length == 1'
result '[.uses[].name] == ["checkout", "upload-artifact"] and .uses[0].inputs["persist-credentials"] == "false"'
[ -f jobs/artifacts/tidemark-guard/report/results.json ] || fail "no report was kept"
[ -f jobs/artifacts/tidemark-guard/report/report.md ] || fail "no report was kept"

# again: edited, not a second one; a text that others wrote is left alone
jq '[{id: 3, user: {type: "User"}, body: "<!-- tidemark guard tidemark-guard -->"}, .[0] + {body: ("**OLD**\n\n" + .[0].body)}]' \
    jobs/comments.json >new.json
mv new.json jobs/comments.json
job again failure
result '[.requests[] | select(startswith("GET") | not)] == ["PATCH /api/repos/owner/repository/issues/comments/100"]'
jq -e 'length == 2 and (.[1].body | startswith("**WORSE"))' jobs/comments.json >/dev/null || fail "not edited in place"
jq -e '.[0].body | startswith("<!--")' jobs/comments.json >/dev/null || fail "another's comment was edited"

# nothing changed: what was said becomes one line; and where nothing was said, nothing is
jq '[.[1]]' jobs/comments.json >new.json
mv new.json jobs/comments.json
pull holds-46 holds-46
job mended success
comment_says '^\*\*(SAME|NO CHANGE SEEN)'
[ "$(jq -r '.[0].body' jobs/comments.json | grep -c .)" -eq 3 ] || fail "more than the line, the link and the marker"
rm jobs/comments.json
job silent success
[ "$(comments)" -eq 0 ] || fail "a comment, though nothing changed"
result '[.requests[] | select(startswith("GET") | not)] == []'
summary_says '^\*\*(SAME|NO CHANGE SEEN)'

# without comments, on wish
pull holds-40 holds-46
job unwanted failure '.add.comment = "false"'
result '.requests == []'
summary_says '^\*\*WORSE'

# A merge commit's first parent counts: the event's base is older here, and what came after it is nobody's fault.
pull holds-46 holds-46
job moved success ".event.payload.pull_request.base.sha = \"$(git -C repository rev-parse holds-40)\""
result '.outputs.verdict | test("^(SAME|NO CHANGE SEEN)")'

# In a container the check-out is somebody else's, which git refuses unless it is told.
[ "$(id -u)" -eq 0 ] || exit 0
job foreign success '.foreign = true'
chown -R 65534 jobs/foreign/workspace
! git -C jobs/foreign/workspace rev-parse HEAD 2>out || fail "the control: git does not refuse it"
says "dubious ownership"
