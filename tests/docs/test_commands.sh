#!/bin/sh
# Every command of the README and of docs/ does what it is there for, at a reduced scale (commands.tsv), in a clone with
# programs that stand in for other people's. The control: a document and a table with each fault.
# shellcheck disable=SC2016 # commands are written literally
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
docs=$(cd "$HERE/../docs" && pwd)
command -v node >/dev/null || skip "node is not there"

source=$(cd "$HERE/../.." && pwd)
clone=$scratch/clone repo=$scratch/repository
small='--memory=any --scale=0.02 --rounds=1 --threads=2 --idle=0.1 --idle-drivers=dead --no-plots'
export clone repo scratch small PATH="$scratch/bin:$BIN:$PATH" GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org \
    GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=init.defaultBranch GIT_CONFIG_VALUE_0=main

# The clone, with this build and the documents as they are now; what a placeholder stands for is there.
git clone -q --shared "$source" clone
(cd "$source" && git ls-files -z '*.md' Makefile scripts ci tests/docs | xargs -0 tar -cf -) | tar -C clone -xf -
ln -s "$(cd "$BIN/.." && pwd)" clone/build
mkdir bin tmp
(
    cd clone
    # shellcheck disable=SC2086 # words
    "$tidemark" run $small --workloads=churn --allocators=glibc,ebb --seed=1 >"$scratch/out" 2>&1 || fail "no run"
    "$tidemark" history import results/latest >/dev/null
    for name in RUN-A RUN-B RUN; do cp -rL results/latest $name; done
)

# Programs of others: one that builds at once and then serves, and one that ends.
cat >serve.mjs <<'END'
console.log('built in 1 ms\nready in 1 ms\nready');
setInterval(() => {}, 1000);
END
echo "console.log('built in 1 ms'); setTimeout(() => console.log('done'), 300);" >build.mjs
printf '#!/bin/sh\nexec node "%s/serve.mjs"\n' "$scratch" >bin/npx
printf '#!/bin/sh\n' >bin/curl
cp bin/curl bin/npm
printf '#!/bin/sh\necho ready; echo built in 1 ms; exec sleep 20\n' >bin/program
printf '#!/bin/sh\nshift\nexec "%s/tidemark-workload" churn "$@"\n' "$BIN" >bin/speaks
chmod +x bin/*
for folder in clone repository; do
    mkdir -p $folder
    cp serve.mjs $folder/server.mjs
    cp build.mjs $folder/build.mjs
    cp build.mjs $folder/build.js
    printf '#!/bin/sh\n' >$folder/crawl.sh
    chmod +x $folder/crawl.sh
done
addon=repository/node_modules/@rolldown/binding-linux-x64-gnu
mkdir -p $addon repository/node_modules/one
cp "$BIN/../lib/addon.node" $addon/rolldown-binding.linux-x64-gnu.node
cp "$BIN/../lib/addon.node" repository/node_modules/one/one.node
(cd repository && git init -q . && echo node_modules >.gitignore && git add . && git commit -qm one)
mkdir fresh
(cd fresh && git init -q . && git commit -qm one --allow-empty && git clone -q --bare . ../origin && git remote add origin ../origin &&
    git fetch -q origin)

run() { # CODE TABLE DOCUMENT...
    expect "$1" sh -c 'cd "$1" && shift && exec sh "$@"' sh "$clone" "$docs/run_commands.sh" "$2" "$3" ${4+"$4"}
}
(cd clone && sh "$docs/run_commands.sh" "$docs/commands.tsv" README.md docs/*.md) >out 2>&1 || fail "commands of the documents fail"
cat out

# The controls.
printf 'Text\n\n    build/bin/tidemark list allocators\n    build/bin/tidemark \\\n        list workloads    all of them\n' >clone/sound.md
printf '@\t0\tbuild/bin/tidemark list allocators\n@\t0\tbuild/bin/tidemark list workloads\n' >table
run 0 "$scratch/table" sound.md
says "2 commands, 0 skipped by the table, 0 lines of text"
printf '\n    build/bin/tidemark list policies\n' >>clone/sound.md
run 1 "$scratch/table" sound.md
says "sound.md:7: the table has no line for: build/bin/tidemark list policies"
printf '@\t0\tbuild/bin/tidemark list policies\n@\t0\tmake none\n' >>table
run 1 "$scratch/table" sound.md
says "the table: no document has: make none"
sed -i 's/make none/make */; s/@\t0\tmake/skip: later\t-\tmake/' table
printf '\n    make bench\n\n```\nbuild/bin/tidemark lost\n```\n\n```yaml\nno: command\n```\n' >>clone/sound.md
printf '@\t0\tbuild/bin/tidemark lost\n' >>table
run 1 "$scratch/table" sound.md
says "sound.md:12: exit code 2 instead of 0: build/bin/tidemark lost"
sed -i 's/^@\t0\tbuild.bin.tidemark lost/@\t2\tbuild\/bin\/tidemark lost/' table
run 0 "$scratch/table" sound.md
says "4 commands, 1 skipped by the table, 0 lines of text"
printf 'needs glibc: @\t0\tbuild/bin/tidemark list allocators\nneeds none: @\t0\tmake none\n' >table
printf '    build/bin/tidemark list allocators\n    make none\n' >clone/sound.md
run 0 "$scratch/table" sound.md
says "exit code 0: sound.md:1: build/bin/tidemark list allocators"
says "left out, since there is no none: sound.md:2: make none"
printf 'nothing\n' >clone/sound.md
run 2 "$scratch/table" sound.md
