#!/bin/sh
# shellcheck disable=SC2016 # scripts are written literally
# The style checks can fail: on a badly formatted file, a faulty script, a document that names what is not there,
# and an empty list.
here=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=../lib.sh
. "$here/tests/lib.sh"

git init -q .
cp "$here/.clang-format" .
! sh "$here/ci/check-format.sh" . 2>/dev/null || fail "no files to format were accepted"
! sh "$here/ci/check-shell.sh" . 2>/dev/null || fail "no scripts to check were accepted"
printf 'int   main( void ){return 0;}\n' >bad.c
printf '#!/bin/sh\necho $1\n' >bad.sh
git add bad.c bad.sh
code=0
sh "$here/ci/check-format.sh" . >out 2>&1 || code=$?
[ $code -eq 1 ] || [ $code -eq 77 ] || fail "a badly formatted file: exit code $code"
! sh "$here/ci/check-shell.sh" . >/dev/null 2>&1 || fail "a faulty script was accepted"
printf 'int main(void) {\n    return 0;\n}\n' >bad.c
printf '#!/bin/sh\necho "$1"\n' >bad.sh
[ $code -eq 77 ] || sh "$here/ci/check-format.sh" . || fail "a well formatted file was refused"
sh "$here/ci/check-shell.sh" . || fail "a sound script was refused"

! sh "$here/ci/check-workflows.sh" . 2>/dev/null || fail "no workflows to check were accepted"
mkdir -p .github/workflows
printf 'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ %s.ref }}\n' \
    nothing >.github/workflows/one.yml
code=0
TIDEMARK_BUILD=$BUILD sh "$here/ci/check-workflows.sh" . >/dev/null 2>&1 || code=$?
if [ $code -ne 77 ]; then
    [ $code -eq 1 ] || fail "a faulty workflow: exit code $code"
    sed -i 's/nothing/github/' .github/workflows/one.yml
    TIDEMARK_BUILD=$BUILD sh "$here/ci/check-workflows.sh" . || fail "a sound workflow was refused"
    # An action, sound and with each fault.
    while read -r verdict step; do
        printf 'name: a\ndescription: b\ninputs:\n  one:\n    description: c\nruns:\n  using: composite\n  steps:\n    - %s\n' \
            "$step" >action.yml
        code=0
        TIDEMARK_BUILD=$BUILD sh "$here/ci/check-workflows.sh" . >out 2>&1 || code=$?
        case $verdict in
            sound) [ $code -eq 0 ] || fail "actions: refused: $step" ;;
            wrong) [ $code -eq 1 ] || fail "actions: exit code $code: $step" ;;
        esac
    done <<'STEPS'
sound {shell: sh, run: echo, env: {A: "${{ inputs.one }}"}}
wrong {shell: sh, run: echo, env: {A: "${{ inputs.two }}"}}
wrong {run: echo, env: {A: "${{ inputs.one }}"}}
wrong {shell: sh, run: "echo ${{ inputs.one }}"}
wrong {shell: sh, run: echo, if: "${{ steps.none.outputs.a }}"}
STEPS
    rm action.yml
fi

mkdir -p harness/base harness/report
! sh "$here/ci/check-layers.sh" . 2>/dev/null || fail "a harness without headers was accepted"
touch harness/base/low.h harness/report/high.h
echo '#include "low.h"' >harness/report/high.c
sh "$here/ci/check-layers.sh" . || fail "an include downwards was refused"
echo '#include "high.h"' >harness/base/low.c
! sh "$here/ci/check-layers.sh" . >/dev/null 2>&1 || fail "an include upwards was accepted"
rm harness/base/low.c
mkdir harness/stray
! sh "$here/ci/check-layers.sh" . 2>/dev/null || fail "a folder without a place was accepted"

mkdir ebb
! sh "$here/ci/check-ebb-layers.sh" ebb 2>/dev/null || fail "an ebb without a list was accepted"
printf 'set(EBB_SOURCES\n    low.c high.c)\n' >ebb/CMakeLists.txt
printf '| `low.*`, `high.*` | x |\n' >ebb/DESIGN.md
echo '#include "low.h"' >ebb/high.c
touch ebb/low.c
sh "$here/ci/check-ebb-layers.sh" ebb || fail "an include downwards was refused"
echo '#include "high.h"' >ebb/low.c
! sh "$here/ci/check-ebb-layers.sh" ebb >/dev/null 2>&1 || fail "ebb: an include upwards was accepted"
echo >ebb/low.c
touch ebb/stray.c
! sh "$here/ci/check-ebb-layers.sh" ebb 2>/dev/null || fail "a file of ebb without a place was accepted"

rm -rf .git
git init -q .
! sh "$here/ci/check-docs.sh" . 2>/dev/null || fail "no documents to check were accepted"
mkdir -p docs ci harness/commands
printf 'build:\ntest:\n' >Makefile
printf '    {"run", "measure", cmd_run},\n' >harness/commands/main.c
printf '    TEXT(HOW, 0, "rounds", "N", rounds, "of cells"),\n' >harness/commands/cmd_run.c
printf '# One\n\n## A `second` part\n\n<a id="word"></a>\n' >docs/one.md
git add docs/one.md
# The document's sound line, and one with each fault.
while read -r verdict line; do
    printf '%s\n' "$line" | sed 's/^CODE/    /' >README.md
    git add README.md
    code=0
    sh "$here/ci/check-docs.sh" . >out 2>&1 || code=$?
    case $verdict in
        sound) [ $code -eq 0 ] || fail "documents: refused: $line" ;;
        wrong) [ $code -eq 1 ] || fail "documents: exit code $code: $line" ;;
    esac
done <<'LINES'
sound [link](docs/one.md), [part](docs/one.md#a-second-part), [word](docs/one.md#word), [far](https://example.org/none)
wrong [link](docs/two.md)
wrong [link](docs/one.md#a-third-part)
sound `make test`, and do not make haste
wrong `make tests`
wrong CODEA=1 make tests
sound CODEbuild/bin/tidemark run --rounds=2 -- program --other
wrong CODEbuild/bin/tidemark walk
wrong CODEbuild/bin/tidemark run --round=2
sound `docs/one.md`, `results/latest`
wrong `ci/none.sh`
wrong `make
LINES
printf 'Up: [readme](../README.md)\n' >docs/one.md
printf 'nothing\n' >README.md
sh "$here/ci/check-docs.sh" . || fail "a link upwards was refused"
printf 'nothing\n' >docs/README.md
git add docs/README.md
! sh "$here/ci/check-docs.sh" . 2>/dev/null || fail "an index that lacks a document was accepted"
printf '[one](one.md)\n' >docs/README.md
sh "$here/ci/check-docs.sh" . || fail "an index of all documents was refused"

# The container's file, and each fault in it.
TIDEMARK_CONTAINERFILE=$scratch/Containerfile
export TIDEMARK_CONTAINERFILE
while read -r verdict text; do
    printf '%b' "$text" >Containerfile
    code=0
    sh "$here/ci/container.sh" >out 2>&1 || code=$?
    case $verdict in
        sound) [ $code -eq 0 ] || fail "containers: refused: $text" ;;
        wrong) [ $code -eq 1 ] || fail "containers: exit code $code: $text" ;;
    esac
done <<'FILES'
sound FROM debian:12 AS one\nWORKDIR /a\nCOPY . .\nRUN make && \\\n    true\nCMD ["make", "bench"]\nFROM one\n
wrong # nothing\n
wrong RUN make\n
wrong FROM debian:13\n
wrong FROM debian:12 AS one\nFROM two\n
wrong FROM debian:12 as one\n
wrong FROM debian:12\nRUN echo $1\n
wrong FROM debian:12\nCOPY src .\n
wrong FROM debian:12\nWORKDIR a\n
wrong FROM debian:12\nCMD make bench\n
wrong FROM debian:12\nENTRY ["make"]\n
wrong FROM debian:12\nRUN make \\\n
FILES
