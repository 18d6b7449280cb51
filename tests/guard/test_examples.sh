#!/bin/sh
# The examples do what docs/guard.md says of them: as they are they are fine, and with their fault
# they are red, with the owner of the memory. The server's part needs Node.js.
# shellcheck source=lib.sh
. "$HERE/../guard/lib.sh"

git init -q .
cp -r "$HERE/../../examples/." .
printf '.tidemark/\nverdict\nout\n' >.gitignore
commit good
echo >>daemon/daemon.c
echo >>server/requests.mjs
commit same
sed -i 's/KEPT = 256/KEPT = 300/' daemon/daemon.c
sed -i '/shift/d' server/requests.mjs
commit bad
mkdir trees

guard 0 compare --trees trees --file daemon/tidemark.json good same
headline '^SAME: all 2 comparisons'
guard 1 compare --trees trees --file daemon/tidemark.json same bad
headline "^WORSE: daemon, 0.5 s idle: \+1[67] % .*: allocators' memory \+[23] MiB"

command -v node >/dev/null || skip "the server is not tried: there is no node"
guard 0 compare --trees trees --file server/tidemark.json good same
headline '^(SAME|NO CHANGE SEEN)'
guard 1 compare --trees trees --file server/tidemark.json same bad
headline "^WORSE: server, 1 s idle: .*: JavaScript heap \(V8\) \+[0-9]+ MiB"
