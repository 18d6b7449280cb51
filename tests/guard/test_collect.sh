#!/bin/sh
# "collect": "node": what a Node.js process no longer holds is gone when it has been idle, every time; the process
# goes on working afterwards. Without it the garbage is still there.
# shellcheck source=lib.sh
. "$HERE/../guard/lib.sh"
command -v node >/dev/null || skip "there is no node"

# It is idle at first, then makes garbage of some 60 MiB, old enough to stay, each time the driver asks for it.
cat >app.mjs <<'END'
import { existsSync, rmSync, writeFileSync } from 'node:fs';
let rows = [];
setInterval(() => {
  if (!existsSync('go')) return;
  rmSync('go');
  for (let i = 0; i < 600000; i++) rows.push({ id: i, name: `row ${i}` });
  rows = [];
  writeFileSync('done', '');
}, 50);
console.log('ready');
END
cat >drive.sh <<'END'
rm -f done
sleep "$1"
touch go
until test -e done; do sleep 0.1; done
END
file() {
    printf '{"scenarios": [{"name": "app", "command": "exec node app.mjs", "ready": "ready", "timeout_s": 20, %s
 "drive": "sh drive.sh 2.5 && sh drive.sh 2.5", "idle_s": [4]}], "bounds": {"app": {"idle@4s": "30 MiB"}}}\n' "$1" >tidemark.json
}

file '"collect": "node",'
guard 0 run
headline '^WITHIN BOUNDS'
file ''
guard 1 run --budget-minutes 0.01
headline '^OVER ITS BOUND: app, 4 s idle: [0-9.]+ MiB'
# without "fail" only what is after the collection decides
file '"collect": "node",'
sed -i 's/"bounds".*/"baseline": "first"}/' tidemark.json
guard 3 run --budget-minutes 0.01
expect 0 "$tidemark" baseline take .tidemark/latest-guard -o first
guard 3 run --budget-minutes 0.01
grep -q '^| app, 4 s idle ' .tidemark/latest-guard/comment.md || fail "the idle period does not decide"
! grep -qE '^\| app, (peak|end)' .tidemark/latest-guard/comment.md || fail "the peak or the end decides"
# options that are there stay
file '"collect": "node",'
NODE_OPTIONS=--no-such-option guard 3 run --budget-minutes 0.01
headline '^FAILED: app, here, round 1: ended: .*(--no-such-option|with 9)'
file '"collect": "python",'
guard 2 run
says 'tidemark.json, line 1: "collect" takes "node" or is left out; "python" is unknown'
