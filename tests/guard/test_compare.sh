#!/bin/sh
# Two commits against each other: what grew is told, with whose memory it is, and what did not is
# not; nothing of a ref or of a name becomes a command; nothing stays behind.
# shellcheck source=lib.sh
. "$HERE/../guard/lib.sh"

repository <<'END'
{"scenarios": [{"name": "dev server", "command": "./serve", "ready": "ready",
                "drive": "test -f built && echo driven >>driven", "idle_s": [0, 0.1], "interval_ms": 50,
                "setup": "echo yes >built"},
               {"name": "still; $(touch pwned)", "command": "exec sleep 60",
                "drive": "sleep 0.1", "interval_ms": 50}],
 "fail": {"idle@0.1s": "5%", "peak": "10%"},
 "bounds": {"dev server": {"idle@0.1s": "60 MiB"}}}
END
mkdir trees hooks
printf '#!/bin/sh\ntouch "%s/pwned"\n' "$PWD" >.git/hooks/post-checkout
chmod +x .git/hooks/post-checkout
holds 40
holds 42
echo "of no matter" >notes
commit unrelated
holds 46
holds 64

compare() {
    code=$1
    shift
    guard "$code" compare --trees trees "$@"
    [ -z "$(ls trees)" ] || fail "work trees stay behind"
    [ "$(git worktree list | wc -l)" -eq 1 ] || fail "git still knows work trees"
    [ ! -e pwned ] || fail "a name, a ref or a hook was run"
    [ ! -e driven ] || fail "the driver ran here"
}

compare 1 holds-40 holds-46
headline '^WORSE: dev server, 0.1 s idle: \+15 % \[\+1[45], \+1[56]\] \(4[01]\.[0-9] -> 4[67]\.[0-9] MiB\): anonymous, private \+6 MiB. And 1 more$'
grep -q "^| dev server, 0.1 s idle *| *4[01].[0-9] -> 4[67].[0-9] MiB |.* 5 % | \*\*worse\*\* |$" .tidemark/latest-guard/comment.md ||
    fail "the comment has no row of what is worse"
head -n 1 .tidemark/latest-guard/comment.md | grep -q '^\*\*WORSE: dev server' || fail "the comment's first line"
says "still; \$(touch pwned), head"
# the same for other programs, and on the site
jq -e --arg headline "$(sed -n '1s/^\*\*\(.*\)\*\*$/\1/p' .tidemark/latest-guard/comment.md)" '
    .exit_code == 1 and .headline == $headline and (.bounds | length) > 0 and
    (.rows[] | select(.scenario == "dev server" and .measure == "idle@0.1s") |
        .verdict == "worse" and .allowed == 0.05 and .low < .ratio and .ratio < .high and .before < .after)' \
    .tidemark/latest-guard/verdict.json >/dev/null || fail "verdict.json"
if [ -f "$BIN/../share/site/uPlot.iife.min.js" ]; then
    expect 0 "$tidemark" site -o site .tidemark/latest-guard
    grep -q '"headline":"WORSE: dev server, 0.1 s idle' site/index.html || fail "the site lacks the verdict"
    (cd .tidemark/latest-guard && "$tidemark" site -o "$OLDPWD/beside" results.json)
    grep -q '"headline":"WORSE: dev server, 0.1 s idle' beside/index.html || fail "it does beside its results.json"
    rm -r beside
    if browser=$(command -v chromium); then
        page() {
            "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$PWD/profile" --virtual-time-budget=5000 \
                --dump-dom "file://$PWD/site/index.html" 2>/dev/null
        }
        page | grep -q '<h1>The verdict</h1><p class="worse">WORSE: dev server' || fail "the page does not begin with the verdict"
        # the control: without it there is none
        sed -i 's/"guard":{"schema"/"guard":null,"other":{"schema"/' site/index.html
        ! page | grep -q '<h1>The verdict' || fail "the page has a verdict of its own"
        rm -r profile
    fi
    rm -r site
fi
# base and head in turn: A B B A
order=$(grep -o '"variant":"[a-z]*"' .tidemark/latest-guard/cells.jsonl | head -n 8 | sed 's/.*:"\(.\).*/\1/' | tr -d '\n')
[ "$order" = bhbhhbhb ] || fail "the order is $order"
# the run is a run
expect 1 "$tidemark" compare .tidemark/latest-guard --between=base,head
expect 0 "$tidemark" report --decide base=head .tidemark/latest-guard
says "\`tidemark guard\`: 2 workloads (dev server, still; "
says "**No: head takes "

# the control: nothing changed; and a growth that is allowed
compare 0 holds-42 unrelated
headline '^SAME: all 3 comparisons'
says "bound: dev server, 0.1 s idle: 42."
compare 0 holds-46 holds-40
headline '^BETTER: dev server, head: (peak|idle@0.1s footprint) -1[0-9]'
cp tidemark.json before.json
sed 's/"5%"/"20%"/; s/"10%"/"30%"/' before.json >tidemark.json
echo 46 >amount
commit allowed
compare 0 holds-40 allowed
headline '^(SAME|NO CHANGE SEEN)'

# over its bound, though it did not grow
cp before.json tidemark.json
echo 64 >amount
commit bound
compare 1 holds-64
headline '^OVER ITS BOUND: dev server, 0.1 s idle: 64\.[0-9]+ MiB, [0-9.]+ MiB \([0-9.]+ %\) above the bound of 60'

# too little time: what was demanded could not be decided
compare 3 --budget-minutes 0.01 holds-42 unrelated
headline '^COULD NOT HAVE SEEN IT: '

# a work tree that git cannot remove, such as one with another user's files, is named
git=$(command -v git)
mkdir tools
cat >tools/git <<END
#!/bin/sh
case " \$* " in *" worktree remove "*/head\ *) echo "failed to delete: Permission denied" >&2; exit 128 ;; esac
exec "$git" "\$@"
END
chmod +x tools/git
PATH=$PWD/tools:$PATH guard 3 compare --trees trees --budget-minutes 0.01 holds-42 unrelated
left=$(echo "$PWD"/trees/*)
says "warning: $left could not be removed: failed to delete: Permission denied; remove that folder"
git worktree remove --force "$left/head"
rm -r tools "$left"

# refs are commits or nothing
for ref in "\$(touch pwned)" "HEAD; touch pwned" "-x" "--help-me" "--output=pwned" "nothing" "" "HEAD^{tree}"; do
    compare 2 -- "$ref" HEAD
    says "is not a commit of this repository"
done
# the file is the head's
git rm -q --cached tidemark.json
git -c user.name=t -c user.email=t@t commit -qm without
compare 2 holds-40 HEAD
says "tidemark.json: No such file or directory"
says "commit it"
# a folder within the repository
git reset -q --hard unrelated
mkdir -p packages/app
git mv serve amount tidemark.json packages/app
commit moved
echo 46 >packages/app/amount
commit moved-46
guard 1 compare --trees trees --file packages/app/tidemark.json moved
headline '^WORSE: dev server, 0.1 s idle'
[ -d packages/app/.tidemark/latest-guard ] || fail "the run is not beside its file"
compare 2 --file packages/app/tidemark.json holds-40 moved
says "has no folder packages/app/"
