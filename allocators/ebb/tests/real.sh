#!/bin/sh
# Runs real programs with and without the library preloaded and compares what they
# print. A program that isn't installed is skipped by name; if none is, the test is.
# usage: real.sh LIBRARY
set -eu

library=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
ran=0

# compare NAME COMMAND...: same output, same status, under the library.
compare() {
    name=$1
    shift
    if ! command -v "$1" >/dev/null; then
        echo "skipped: $name ($1 is not installed)"
        return
    fi
    plain=0
    ours=0
    "$@" >"$scratch/plain" 2>&1 || plain=$?
    env LD_PRELOAD="$library" "$@" >"$scratch/ours" 2>&1 || ours=$?
    if [ "$plain" -ne 0 ] || [ "$ours" -ne 0 ]; then
        echo "$name: status $plain without, $ours with" >&2
        tail -n 5 "$scratch/ours" >&2
        exit 1
    fi
    if ! [ -s "$scratch/plain" ]; then
        echo "$name: printed nothing" >&2
        exit 1
    fi
    if ! cmp "$scratch/plain" "$scratch/ours" >&2; then
        echo "$name: output differs" >&2
        exit 1
    fi
    echo "same: $name"
    ran=$((ran + 1))
}

# That the library is in charge at all.
cat >"$scratch/maps.sh" <<'END'
grep -c "$1" /proc/self/maps >/dev/null
END
env LD_PRELOAD="$library" sh "$scratch/maps.sh" "$(basename "$library")"

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
}' >"$scratch/large.c"

cat >"$scratch/work.py" <<'END'
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

cat >"$scratch/work.pl" <<'END'
my %h; my $s = "";
for my $i (0 .. 150000) { push @{$h{$i % 997}}, "x" x ($i % 50); $s .= chr(65 + $i % 26); }
my $n = 0; $n += length(join(",", @{$h{$_}})) for sort keys %h;
$s =~ s/([AEIOU])/<$1>/g; print $n, " ", length($s), "\n";
END

cat >"$scratch/work.js" <<'END'
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

mkdir "$scratch/tree"
(
    cd "$scratch/tree"
    if command -v git >/dev/null; then
        git init -q .
        cp ../large.c ../work.py .
        git add .
        git -c user.name=a -c user.email=a@example.org commit -q -m one
        tail -n 4000 ../large.c >large.c
        git -c user.name=a -c user.email=a@example.org commit -q -a -m two
    fi
) >/dev/null

compare git-log git -C "$scratch/tree" log -p --stat --format=%T
compare git-grep git -C "$scratch/tree" grep -n 'f29[0-9]*('
compare git-fsck sh -c "git -C '$scratch/tree' gc -q && git -C '$scratch/tree' fsck --full && echo fine"
compare perl perl "$scratch/work.pl"
compare python3 python3 "$scratch/work.py"
compare gcc sh -c "gcc -O1 -S -o - '$scratch/large.c' | cksum"
compare node node "$scratch/work.js"
compare sort sh -c "sort --parallel=4 -k2 '$scratch/large.c' | cksum"
if [ "$ran" -eq 0 ]; then
    echo "skipped: no program to run"
    exit 77
fi
