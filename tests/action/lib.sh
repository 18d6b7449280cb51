#!/bin/sh
# What the action's tests share: a repository with a pull request, and jobs that are run as written.
# shellcheck shell=sh
# shellcheck source=../guard/lib.sh
. "$HERE/../guard/lib.sh"

root=$(cd "$HERE/../.." && pwd)
build=${BIN%/bin}
for tool in node jq curl git; do
    command -v $tool >/dev/null || skip "there is no $tool here"
done
if ! [ -d "$build/actionlint/node_modules/yaml" ]; then
    code=0
    TIDEMARK_BUILD=$build sh "$root/ci/check-workflows.sh" >out 2>&1 || code=$?
    [ $code -ne 77 ] || skip "there is no parser of YAML: $(cat out)"
fi

mkdir repository trees jobs
cd repository
repository <<'END'
{"scenarios": [{"name": "dev server", "command": "./serve", "ready": "ready", "idle_s": [0.1]},
               {"name": "still; $(touch pwned)", "command": "exec \"$BIN/planted\" anonymous=8", "ready": "ready", "idle_s": [0.1]}],
 "fail": {"idle@0.1s": "5%", "peak": "10%"}, "bounds": {"dev server": {"idle@0.1s": "60 MiB"}}}
END
holds 40
holds 46
cd ..

tree_commit() { # COMMIT OPTIONS: another commit of its tree
    tree=$1
    shift
    git -C repository -c user.name=t -c user.email=t@t commit-tree "$tree^{tree}" "$@"
}

# pull BASE HEAD: what pull request 7 is, merged as the service merges it.
pull() {
    base=$(git -C repository rev-parse "$1")
    head=$(tree_commit "$2" -p "$2" -m head)
    merge=$(tree_commit "$2" -p "$base" -p "$head" -m merge)
    git -C repository update-ref refs/pull/7/merge "$merge"
}

# job NAME CONCLUSION [CHANGE]: runs the workflow of the examples for pull request 7. CHANGE is jq's, of the job.
job() {
    name=$1
    jq -n --arg root "$root" --arg here "$scratch" --arg modules "$build/actionlint" --arg driver "$tidemark" \
        --arg name "$name" --arg sha "$merge" --arg base "$base" --arg bin "$BIN" '{
            workflow: ($root + "/examples/ci/pull-request.yml"), modules: $modules, tidemark: $root,
            repository: ($here + "/repository"), sha: $sha, work: ($here + "/jobs/" + $name), service: {},
            event: {name: "pull_request", payload: {number: 7, ref: "refs/pull/7/merge",
                pull_request: {number: 7, base: {sha: $base}, head: {ref: "feature/$(touch${IFS}pwned)"}}}},
            environment: {TMPDIR: ($here + "/trees"), BIN: $bin, TIDEMARK_RETRY_S: "0"}, add: {driver: $driver}} | '"${3:-.}" >"$name.json"
    node "$root/tests/action/runner.mjs" "$name.json" >result.json 2>out || fail "$name: the runner fails"
    log=jobs/$name/log summary=jobs/$name/summary.md
    cp "$log" out 2>/dev/null || true
    [ "$(jq -r .conclusion result.json)" = "$2" ] || fail "$name: the job is not a $2, but $(jq -c . result.json)"
    [ -z "$(find . -name pwned)" ] || fail "$name: a text was run as a command"
    [ -z "$(ls trees)" ] || fail "$name: work trees stay behind"
}

# result FILTER: of jq, of the last job; it must be true.
result() {
    jq -e "$1" result.json >/dev/null || fail "$name: not $1, but $(jq -c . result.json)"
}

comments() { # how many there are
    jq length jobs/comments.json 2>/dev/null || echo 0
}

comment_says() { # PATTERN: the one comment's first line
    [ "$(comments)" -eq 1 ] || fail "$name: $(comments) comments"
    jq -r '.[0].body' jobs/comments.json | head -n 1 | grep -qE -- "$1" ||
        fail "$name: the comment is not \"$1\", but $(jq -r '.[0].body' jobs/comments.json | head -n 1)"
}

summary_says() { # PATTERN
    grep -qE -- "$1" "$summary" || fail "$name: the summary lacks \"$1\": $(cat "$summary")"
}
