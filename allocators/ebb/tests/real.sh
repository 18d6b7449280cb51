#!/bin/sh
# Runs a real program with and without the library preloaded and compares what it prints. Status
# 77 (skipped), with the reason, where the program can't be had.
# usage: real.sh LIBRARY PROGRAM     one of: git gcc perl python3 python3-tests sqlite3 node sort
#        real.sh LIBRARY rollup FOLDER   whose bundler is installed to FOLDER
set -eu

library=$1
program=$2
folder=${3:-}
tests=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# skip REASON...
skip() {
    echo "SKIPPED: $*"
    exit 77
}

# compare COMMAND...: same output, same status, under the library.
compare() {
    plain=0
    ours=0
    "$@" >"$scratch/plain" 2>&1 || plain=$?
    env LD_PRELOAD="$library" "$@" >"$scratch/ours" 2>&1 || ours=$?
    if [ "$plain" -ne 0 ] || [ "$ours" -ne 0 ]; then
        echo "status $plain without, $ours with" >&2
        tail -n 5 "$scratch/plain" "$scratch/ours" >&2
        exit 1
    fi
    if ! [ -s "$scratch/plain" ]; then
        echo "it printed nothing: $*" >&2
        exit 1
    fi
    cmp "$scratch/plain" "$scratch/ours" >&2 || exit 1
}

# A C file of many functions, on standard output.
large_source() {
    awk 'BEGIN {
        for (i = 0; i < 700; i++) {
            printf "static int f%d(int a, int b) {\n", i
            printf "    int t[8] = {a, b, %d};\n", i
            printf "    for (int i = 0; i < 8; i++)\n        t[i] += t[(i * %d) %% 8] ^ a;\n", i
            print  "    return t[0] + t[7] * b;\n}"
        }
        print "int sum(int x) {\n    int s = 0;"
        for (i = 0; i < 700; i++)
            printf "    s += f%d(x, s);\n", i
        print "    return s;\n}"
    }'
}

real_git() {
    as_somebody='git -c user.name=a -c user.email=a@example.org -C tree'
    git init -q tree
    large_source >tree/large.c
    for i in 1 2 3 4 5 6 7 8; do
        tail -n $((4000 - 300 * i)) tree/large.c >tree/part$i.c
        $as_somebody add .
        $as_somebody commit -q -m "part $i"
    done
    compare git -C tree log -p --stat --format=%T
    compare git -C tree grep -n 'f29[0-9]*('
    compare sh -c 'git -C tree gc -q && git -C tree fsck --full && echo fine'
    compare sh -c 'rm -rf copy && git clone -q --no-local tree copy && git -C copy log --format=%H'
}

real_gcc() {
    large_source >large.c
    compare sh -c 'gcc -O1 -S -o - large.c | cksum'
}

real_perl() {
    cat >work.pl <<'END'
my %h; my $s = "";
for my $i (0 .. 150000) { push @{$h{$i % 997}}, "x" x ($i % 50); $s .= chr(65 + $i % 26); }
my $n = 0; $n += length(join(",", @{$h{$_}})) for sort keys %h;
$s =~ s/([AEIOU])/<$1>/g; print $n, " ", length($s), "\n";
END
    compare perl work.pl
}

real_python3() {
    cat >work.py <<'END'
import hashlib, json, re, threading
words = {}
def work(n):
    for i in range(n, 60000, 4):
        words["key%d" % i] = [str(i) * (i % 7), {"n": i}]
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
text = json.dumps(words, sort_keys=True)
print(hashlib.sha256(text.encode()).hexdigest(), len(re.findall(r"9+", text)))
END
    compare python3 work.py
}

# Python's own tests, with malloc for its small objects too. Compared test by test.
real_python3_tests() {
    for python in python3 /usr/bin/python3 none; do
        [ $python = none ] && skip "no python3 here has its test-suite (libpython3.11-testsuite)"
        $python -c 'import test.test_dict' 2>/dev/null && break
    done
    cat >suite.sh <<'END'
status=0
PYTHONMALLOC=malloc "$1" -m test -v test_dict test_json test_re test_bytes test_list \
    >log 2>&1 || status=$?
grep -E ' \.\.\. (ok|skipped|FAIL|ERROR)' log
exit $status
END
    compare sh suite.sh "$python"
}

real_sqlite3() {
    cat >work.sql <<'END'
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, value REAL, blob BLOB);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
INSERT INTO t SELECT i, 'name' || (i * 7919 % 60000), i * 0.5, zeroblob(i % 200) FROM n;
COMMIT;
CREATE INDEX by_name ON t(name);
SELECT count(*), sum(value), sum(length(blob)) FROM t WHERE name LIKE 'name1%';
SELECT a.id, b.id FROM t a JOIN t b ON a.name = 'name' || b.id ORDER BY a.id LIMIT 2000;
SELECT group_concat(name) FROM (SELECT name FROM t ORDER BY name DESC LIMIT 5000);
DELETE FROM t WHERE id % 3 = 0;
VACUUM;
PRAGMA integrity_check;
END
    compare sh -c 'rm -f t.db && sqlite3 t.db <work.sql'
}

real_node() {
    cat >work.js <<'END'
const crypto = require("crypto"), zlib = require("zlib");
const modules = [];
for (let i = 0; i < 20000; i++) modules.push({ id: i, code: "x".repeat(i % 300) });
const text = JSON.stringify(modules);
const packed = zlib.gzipSync(text);
let out = Buffer.alloc(0);
for (let i = 0; i < 200; i++) out = Buffer.concat([out, Buffer.alloc(5000, i)]);
console.log(crypto.createHash("sha256").update(zlib.gunzipSync(packed)).digest("hex"),
            out.length);
END
    compare node work.js
}

# A bundler with a native part bundles itself.
real_rollup() {
    mkdir -p "$folder"
    if ! cmp -s "$tests/bundler/package-lock.json" "$folder/installed"; then
        cp "$tests/bundler/package.json" "$tests/bundler/package-lock.json" "$folder"
        (cd "$folder" && npm install --no-audit --no-fund) >npm.log 2>&1 ||
            skip "npm install failed: $(grep -m 1 'npm error' npm.log)"
        cp "$tests/bundler/package-lock.json" "$folder/installed"
    fi
    ln -s "$folder/node_modules" node_modules
    compare sh -c 'rm -rf out && node node_modules/rollup/dist/bin/rollup --silent \
        --shimMissingExports --sourcemap --format es --dir out \
        node_modules/rollup/dist/es/rollup.js && cat out/*.js out/*.map'
}

real_sort() {
    large_source >large.c
    compare sh -c 'sort --parallel=4 -k2 large.c | cksum'
}

command=${program%-tests}
[ "$program" = rollup ] && command=npm
command -v "$command" >/dev/null || skip "there is no $command here"
cd "$scratch"
# That the library is in charge at all.
env LD_PRELOAD="$library" grep -q "$(basename "$library")" /proc/self/maps
"real_$(echo "$program" | tr - _)"
