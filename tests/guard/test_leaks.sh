#!/bin/sh
# Growths of three forms are red, and named: a leak that begins at the third visit of a page (two visits see nothing),
# in JavaScript's heap; and a child process that stays, by the number of processes.
# shellcheck source=lib.sh
. "$HERE/../guard/lib.sh"
command -v node >/dev/null || skip "there is no node"

git init -q .
cp "$HERE/../../examples/server/visit.mjs" "$HERE/../../examples/server/server.mjs" .
printf '.tidemark/\nverdict\nout\ntrees/\nserver.sock\n' >.gitignore
mkdir trees
# A page is visited 50 times, and there are as many pages as the driver is told visits.
# shellcheck disable=SC2016 # JavaScript's
sed -i 's,const VISITS = 500,const VISITS = 50 * Number(process.argv[2]),; s,/${number},/${number % 50},' visit.mjs
[ "$(grep -cE 'number % 50|argv' visit.mjs)" -eq 2 ] || fail "the example's driver is another"
cat >requests.mjs <<'END'
const visits = new Map();
export function remember({ url }) {
  visits.set(url, (visits.get(url) ?? 0) + 1);
}
END
scenario() {
    cat >tidemark.json <<END
{"scenarios": [{"name": "server", "command": "exec node server.mjs", "ready": "ready", "drive": "node visit.mjs $1",
                "collect": "node", "idle_s": [3], "timeout_s": 60}],
 "fail": {"idle@3s": "10%"}}
END
}
scenario 2
commit good
cat >requests.mjs <<'END'
const visits = new Map(), kept = [];
export function remember({ url, rows }) {
  visits.set(url, (visits.get(url) ?? 0) + 1);
  if (visits.get(url) >= 3) kept.push(rows);
}
END
commit third
scenario 8
commit third-visited
cat >requests.mjs <<'END'
import { spawn } from 'node:child_process';
let visits = 0;
export function remember() {
  if (++visits === 3) spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e9)'], { stdio: 'ignore' });
}
END
commit child

# two visits do not reach it: nothing is called worse
code=0
"$tidemark" guard compare --trees trees --budget-minutes 1 good third >verdict 2>out || code=$?
[ $code -eq 0 ] || [ $code -eq 3 ] || fail "exit code $code after two visits"
headline '^(SAME|NO CHANGE SEEN|COULD NOT HAVE SEEN IT)'
guard 1 compare --trees trees good third-visited
headline '^WORSE: server, 3 s idle: .*: JavaScript heap \(V8\) \+[0-9]+ MiB'
! grep -q processes: verdict || fail "processes are named where none was added"
guard 1 compare --trees trees good child
headline '^WORSE: server, 3 s idle: .*; processes: 1 -> 2$'
