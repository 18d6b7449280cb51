#!/bin/sh
# The real addons with mimalloc inside, where `make bench-real ONLY=addons` has installed them: each does its work
# transplanted, with the same result; its mimalloc says that it has handed out nothing; and its recording holds, call
# by call, the bytes that it held.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
unset TMPDIR # it may be in memory
files=$BIN/../real/addons/files
meter=$BIN/../lib/libmeter.so
lock=$HERE/../../scripts/real/addons/package-lock.json
{ command -v node >/dev/null && [ -d "$files" ] && cmp -s "$lock" "$BIN/../real/addons/installed.json"; } ||
    skip "the addons of npm are not here; \`make bench-real ONLY=addons\` installs them"

# work.js NAME ADDON: its own work, on one thread.
cat >work.js <<'END'
const [name, file] = process.argv.slice(2);
const addon = require(file);
let source = '';
for (let i = 0; i < 20000; i++) source += `export const f${i} = (a, b) => ({ a, b: [b, 'text ${i}'] }).b[0];\n`;
const options = Buffer.from('{"filename":"a.js","jsc":{"target":"es5"}}');
const works = {
    'rollup-rollup': () => addon.parse(source, false, false).length,
    'oxc-parser-binding': () => addon.parseSync('a.js', source, {}).program.length,
    'next-swc': () => addon.transformSync(source, false, options).code.length,
    'rspack-binding': () => addon.transformSync(source, '{"jsc":{"target":"es5"}}').code.length,
    'rolldown-binding': () => addon.transformSync('a.js', source, { target: 'es2015' }).code.length,
    'oxlint-binding': () => {
        require('fs').writeFileSync('linted.js', source);
        return addon.lint(['linted.js', '--silent', '--threads=1'], ...Array(16).fill(async () => '{}'));
    },
};
(async () => console.log('worked', await works[name]()))();
END

# arenas: how much its mimalloc has reserved, of the text that it prints at the end.
arenas() {
    sed -n 's/^ *reserved *: *\([0-9.]* [KMG]\{0,1\}i\{0,1\}B\{0,1\}\).*/\1/p' out | tail -n 1
}

for name in rollup-rollup oxc-parser-binding next-swc rspack-binding rolldown-binding oxlint-binding; do
    file=$(readlink -f "$files/$name"@*)
    expect 0 env MIMALLOC_SHOW_STATS=1 node work.js $name "$file"
    worked=$(grep '^worked' out) || fail "$name does not work as it is"
    # the control
    case $(arenas) in
    *[1-9]*) ;;
    *) fail "$name: its mimalloc does not say what it has reserved" ;;
    esac
    expect 0 env MIMALLOC_SHOW_STATS=1 "$tidemark" transplant -- node work.js $name "$file"
    says "runs on malloc"
    grep -qx "$worked" out || fail "$name: not \"$worked\""
    case $(arenas) in
    '' | 0* | 2.2*) ;; # v3.7 prints nothing where nothing was called; v3.1 maps 2.2 MiB for its tables
    *) fail "$name: its mimalloc has reserved $(arenas)" ;;
    esac

    # Its garbage is collected at the same calls in every run.
    work="node --single-threaded --max-semi-space-size=256 work.js $name $file"
    # shellcheck disable=SC2086 # words
    expect 0 "$tidemark" record -o "$name.trace" -- "$tidemark" transplant -- $work
    METER_OUT=$name.original "$tidemark" transplant -- sh -c "LD_PRELOAD=\"\$LD_PRELOAD:$meter\" exec $work" >/dev/null 2>&1
    # two threads of oxlint allocate at once: who was first is known to a call or so
    bound=0.1
    [ $name != oxlint-binding ] || bound=2
    holds_likewise "$name" "$bound" --threads=1 >out || fail "$name: the recording is not what it did: $(cat out)"
    echo "$name: $(cat out)"
done
! holds_likewise "$name" "$bound" --threads=1 --scale=0.97 >out || fail "a replay of 97 % passes: $(cat out)"
