#!/bin/sh
# The real bindings, where `make bench-real` has installed them: each is transplanted and builds an
# application, on the C library's malloc; or says why it is not.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
unset TMPDIR # it may be in memory
real=$BIN/../real
{ command -v node >/dev/null && [ -d "$real/node_modules" ]; } ||
    skip "no real bundlers are here; scripts/real/real.sh setup installs them from npm"

# build_moved: node carries out $real/tidemark-test.mjs, the addon of $name on malloc, and its calls are recorded.
build_moved() {
    rm -rf out.d # what another has built there would do as well
    mkdir out.d
    code=0
    "$tidemark" record -o "$name.trace" -- "$tidemark" transplant -- node "$real/tidemark-test.mjs" >out 2>&1 || code=$?
    rm -f "$real/tidemark-test.mjs"
    [ $code -eq 0 ] || fail "$name: exit code $code"
    says built
    says "runs on malloc"
    [ "$(node out.d/main.js)" = 42 ] || fail "$name built something else"
    expect 0 "$tidemark" profile "$name.trace"
}

mkdir app
echo "import { twice } from './twice.js'; console.log(twice(21));" >app/main.js
echo "export const twice = (n) => 2 * n;" >app/twice.js
for name in rolldown-v2 rolldown-v3 rolldown-latest; do
    cat >"$real/tidemark-test.mjs" <<END
import { rolldown } from '$name';
const bundle = await rolldown({ input: '$PWD/app/main.js' });
await bundle.write({ dir: '$PWD/out.d' });
await bundle.close();
console.log('built');
END
    build_moved
done

# Those whose shims are dissolved, by what their functions do.
for name in rspack rollup; do
    case $name in
    rspack) build='import { rspack } from "@rspack/core";
            await new Promise((done, fail) => rspack({ entry, mode: "none", target: "node", context: dir,
                output: { path: dir + "/out.d", filename: "main.js" } }).run((e, s) => e || s.hasErrors() ? fail(e ?? s) : done()));' ;;
    rollup) build='import { rollup } from "rollup";
            await (await rollup({ input: entry })).write({ file: dir + "/out.d/main.js" });' ;;
    esac
    cat >"$real/tidemark-test.mjs" <<END
const dir = '$PWD', entry = dir + '/app/main.js';
$build
console.log('built');
END
    build_moved
done
