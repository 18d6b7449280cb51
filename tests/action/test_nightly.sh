#!/bin/sh
# The nightly of the examples: against bounds, and with a history on a branch of its own that grows by each night.
# shellcheck source=lib.sh
. "$HERE/../action/lib.sh"

pull holds-40 holds-40
merge=$(git -C repository rev-parse holds-40)
# night NAME CONCLUSION: both jobs of it
night() {
    event=".workflow = \"$root/examples/ci/nightly.yml\" | .event = {name: \"schedule\", payload: {}}"
    job "$1" "$2" "$event"
    result '.requests == []'
    job "$1-history" success "$event | .job = \"history\""
}
night first success
summary_says '^\*\*The last nights'
grep -q '^\*\*WITHIN BOUNDS' jobs/first/summary.md || fail "the bounds were not judged"
runs() {
    git -C repository cat-file blob refs/heads/tidemark-history:history.sqlite >history.sqlite
    sqlite3 history.sqlite 'SELECT count(*) FROM run'
}
[ "$(runs)" -eq 1 ] || fail "no history"
# a red night is kept, too
sed -i 's/60 MiB/20 MiB/' repository/tidemark.json
cd repository
commit lower
cd ..
merge=$(git -C repository rev-parse lower)
night second failure
grep -q '^\*\*OVER ITS BOUND' jobs/second/summary.md || fail "the bounds were not judged"
[ "$(runs)" -eq 2 ] || fail "the history does not grow"
summary_says 'over 2 of 2 runs'
