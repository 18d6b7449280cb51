#!/bin/sh
# What goes wrong around a pull request's job changes no verdict: a fork's token, a service that fails, a cancelled
# run. And what strangers name is never run.
# shellcheck source=lib.sh disable=SC2016
. "$HERE/../action/lib.sh"

# a fork: it may not write; red stays red, green stays green
pull holds-40 holds-46
job fork-worse failure '.fork = true'
result '.outputs.code == "1" and any(.commands[]; .command == "notice" and (.text | startswith("no comment: the token may not")))'
summary_says '^\*\*WORSE'
pull holds-46 holds-40
job fork-better success '.fork = true'
result 'any(.commands[]; .command == "notice") and any(.requests[]; startswith("POST"))'
[ "$(comments)" -eq 0 ] || fail "a fork wrote a comment"

# the service fails for good; for a moment; and after it did what it was told to
job broken success '.service.broken = 99'
result '(.requests | length) == 4 and any(.commands[]; .text | startswith("no comment: the service did not take it"))'
summary_says '^\*\*BETTER'
job moment success '.service.broken = 2'
comment_says '^\*\*BETTER'
rm jobs/comments.json
job lost success '.service.lost = 1'
comment_says '^\*\*BETTER'
result '[.requests[] | select(startswith("POST"))] | length == 1'
rm jobs/comments.json
job no-artifacts success '.noArtifacts = true'
rm jobs/comments.json

# cancelled: what is finished is told, and not in a comment
pull holds-40 holds-46
job cancelled cancelled '.cancelAt = "round 3"'
summary_says '^\*\*INTERRUPTED; of 2 finished rounds: '
[ -f jobs/artifacts/tidemark-guard/report/results.json ] || fail "what was finished is not kept"
result '.requests == []'
! pgrep -f "$scratch/trees" >/dev/null || fail "a process outlived the cancelled job"

# bad input is no verdict, and says what to do
job no-file failure '.add.config = "none;$(touch pwned).json"'
comment_says '^\*\*NOT MEASURED \(exit code 2\)'
job no-base failure '.add.base = "$(touch pwned)"'
says 'the base $(touch pwned) is not in this clone: give actions/checkout "fetch-depth: 0"'
summary_says '^\*\*NOT MEASURED: the base'
sed '/fetch-depth/d' "$root/examples/ci/pull-request.yml" >shallow.yml
job shallow failure ".workflow = \"$scratch/shallow.yml\""
says 'give actions/checkout "fetch-depth: 0"'
job target failure '.event.name = "pull_request_target"'
says 'not on pull_request_target'
result '.requests == []'
job bad-name failure '.add.name = "a b"'
says 'the name "a b" has other characters'

# A scenario's name is no command to the runner either.
cd repository
sed -i 's/"dev server"/"::error::planted"/' tidemark.json
commit named
cd ..
pull named named
job named success
grep -q '::error::planted' "$log" || fail "the control: the name is not in the log"
result '[.commands[].text] == [.commands[].text | select(startswith("planted") | not)]'

# That the runner would see it: an action with an expression in its command.
mkdir bad
cp -r "$root/ci" "$root/CMakeLists.txt" bad
sed '0,/run: exec/s//run: echo ${{ github.head_ref }}; exec/' "$root/action.yml" >bad/action.yml
code=0
(job bad success ".tidemark = \"$scratch/bad\"") >bad.out 2>&1 || code=$?
grep -q 'a text was run as a command' bad.out || fail "the runner does not see an injection: $(cat bad.out)"
find . -name pwned -delete
! TIDEMARK_BUILD=$build sh "$root/ci/check-workflows.sh" "$scratch/bad" 2>/dev/null || fail "nor is it found by reading"
