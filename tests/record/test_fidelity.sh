#!/bin/sh
# A replay does to the allocator what the recorded program did: meter.c in the program as it is, and
# in the replay of its trace. Bytes held stay within 1 % of their peak, all through the run; what the C
# library's malloc says it has in use is within 1 % at its peak, what it has obtained within 5 %.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
meter=$BIN/../lib/libmeter.so

# check NAME THREADS COMMAND...
check() {
    name=$1 threads=$2
    shift 2
    METER_OUT=$name.original LD_PRELOAD=$meter "$@" >/dev/null
    expect 0 "$tidemark" record -o "$name.trace" -- "$@"
    says_not "left out"
    says_not "not seen"
    code=0
    holds_likewise "$name" 1 "--threads=$threads" >out || code=$?
    echo "$name: $(cat out)"
    [ $code -eq 0 ] || fail "$name: the replay is not what the program was"
    checked=$((checked + 1))
}

checked=0
awk 'BEGIN {
    for (i = 0; i < 600; i++) {
        printf "static int f%d(int *a, int n) { int s = %d; for (int i = 0; i < n; i++) ", i, i
        printf "{ if (a[i] %% %d == 0) s += a[i] * i; else s ^= a[n - i - 1] + %d; } ", i % 7 + 2, i * 3
        printf "switch (s & 7) { case 1: s += f%d(a, n - 1); break; ", i ? i - 1 : 0
        print "case 2: a[s & 3] = n; break; default: s *= 3; } return s; }"
    }
    print "int main(int c, char **v) { int a[8] = {c, (long)v}; return f599(a, 7); }"
}' >many.c
# The compiler hashes addresses, and does not do the same twice unless they are the same.
same=''
! setarch -R true 2>/dev/null || same='setarch -R'
# shellcheck disable=SC2086 # two words
check cc1 1 $same "$(gcc -print-prog-name=cc1)" -quiet -O2 many.c -o /dev/null
# The control: a replay of a part of the objects is told from the program.
! holds_likewise cc1 1 --threads=1 --scale=0.97 >out || fail "a replay of 97 % passes: $(cat out)"

cat >work.py <<'END'
import json
docs = []
for i in range(60):
    rows = [{"name": "n%d" % (i * 7919 + k), "v": [k * 0.5, str(k) * (k % 9)]} for k in range(400)]
    docs.append(json.loads(json.dumps({"id": i, "rows": rows})))
    if i % 3 == 2:
        docs.pop(0)
words = {}
for w in "".join(json.dumps(d) for d in docs).split():
    words[w] = words.get(w, 0) + 1
END
if [ -x /usr/bin/python3 ]; then
    check python 1 env PYTHONMALLOC=malloc PYTHONHASHSEED=1 /usr/bin/python3 work.py
fi

cat >work.js <<'END'
const kept = [];
for (let i = 0; i < 4000; i++) {
  kept.push(Buffer.alloc(1000 + (i * 7919) % 30000, i));
  if (i % 3 === 2) kept.splice((i * 31) % kept.length, 1);
  JSON.parse(JSON.stringify({ i, rows: [...Array(50).keys()].map((k) => ({ k, name: 'n' + k })) }));
}
END
if command -v node >/dev/null; then
    # When its garbage collector runs is not the same in every run: collect at known instants only.
    check node 6 node --single-threaded --max-semi-space-size=256 work.js
fi
[ $checked -eq 3 ] || echo "only $checked of three programs are here"
