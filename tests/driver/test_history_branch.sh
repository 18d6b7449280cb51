#!/bin/sh
# ci/history.sh: what is saved comes back in another clone; the first night begins without; a remote that
# cannot be asked is an error and begins no new history.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

script=$(cd "$HERE/../.." && pwd)/ci/history.sh
git init -q --bare remote.git
clone() {
    git clone -q remote.git "$1" 2>/dev/null
    (cd "$1" && git -c user.name=test -c user.email=test@example.invalid commit -q --allow-empty -m "$1")
}
clone one
cd one
expect 0 sh "$script" restore results/history.sqlite
says "it begins with this run"
[ ! -e results/history.sqlite ] || fail "a history came from nowhere"
mkdir results
echo "night one" >results/history.sqlite
expect 0 sh "$script" save results/history.sqlite
echo "what it was" >results/last.json
expect 0 sh "$script" save results/history.sqlite results/last.json results/never.json
cd ..
clone two
cd two
expect 0 sh "$script" restore results/history.sqlite results/last.json results/never.json
[ "$(cat results/last.json)" = "what it was" ] || fail "what is kept beside it did not come back"
[ ! -e results/never.json ] || fail "a file came from nowhere"
[ "$(cat results/history.sqlite)" = "night one" ] || fail "another history came back"
echo "night two" >>results/history.sqlite
expect 0 sh "$script" save results/history.sqlite
[ "$(git -C ../remote.git rev-list --count tidemark-history)" -eq 1 ] || fail "the branch grows"
cd ../one
expect 0 sh "$script" restore results/history.sqlite
[ "$(wc -l <results/history.sqlite)" -eq 2 ] || fail "the second night did not come back"
mv ../remote.git ../gone.git
expect 3 sh "$script" restore results/history.sqlite
[ "$(wc -l <results/history.sqlite)" -eq 2 ] || fail "a remote that cannot be asked took the history"
expect 2 sh "$script" forget results/history.sqlite
