#!/bin/sh
# Man pages and completions have every option of every command, as its --help tells them; a page or a completion that
# lacks one is noticed.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

root=$(cd "$HERE/../.." && pwd)
sh "$root/scripts/manual.sh" "$tidemark" manual || fail "they cannot be made"
cmp -s manual/options.tsv "$BIN/../share/manual/options.tsv" || fail "those of the build are others"

commands=$("$tidemark" help | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/\1/p')
[ "$(echo "$commands" | wc -l)" -gt 15 ] || fail "help lists too few commands: $commands"

# What argp says of a command's options. replay takes those of run, and writes its help itself.
options() {
    if [ "$1" = replay ]; then
        echo --pauses
        options run
    else
        COLUMNS=200 "$tidemark" "$1" --help | sed -n 's/^ *\(-.,\)\{0,1\} *\(--[a-z0-9-]*\).*/\2/p'
    fi
}

# What bash offers for the last word.
offers() { # COMPLETION WORD...
    bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tidemark; printf "%s\n" "${COMPREPLY[@]}"' \
        offers "$@"
}

# lacking FOLDER: the options that a page or a completion in it lacks.
lacking() {
    for command in $commands; do
        sed 's/\\f[BRI]//g; s/\\-/-/g' "$1/man1/tidemark-$command.1" >page
        offers "$1/bash/tidemark" tidemark "$command" -- >offered
        sed -n "/^    $command) _arguments/,/ ;;\$/p" "$1/zsh/_tidemark" >zsh
        for option in $(options "$command"); do
            # replay's page names the page of run for those
            grep -qE -- "^(-., )?$option([=[]|\$)" page || { [ "$command" = replay ] && [ "$option" != --pauses ]; } ||
                echo "the page of $command lacks $option"
            grep -qE -- "^$option=?\$" offered || echo "bash does not offer $command $option"
            grep -qE -- "'\*$option(=-?)?\[" zsh || echo "zsh does not offer $command $option"
        done
    done
}
total=0
for command in $commands; do
    count=$(options "$command" | wc -l)
    [ "$count" -ge 2 ] || fail "the help of $command has no options: $(options "$command")"
    total=$((total + count))
done
[ $total -gt 100 ] || fail "only $total options were looked for"
lacking manual >out
[ ! -s out ] || fail "something is missing"

# An option that is taken out is noticed, in each of them.
cp -r manual less
sed -i '/--idle-drivers/d' less/zsh/_tidemark
sed -i 's/ --idle-drivers=//' less/bash/tidemark
sed -i '/idle\\-drivers/,+1d' less/man1/tidemark-run.1
lacking less >out
says "the page of run lacks --idle-drivers"
says "bash does not offer run --idle-drivers"
says "zsh does not offer replay --idle-drivers"
[ "$(grep -c . out)" -eq 5 ] || fail "other options are missing, too"

# bash, as it is used: commands, options, and files.
offers manual/bash/tidemark tidemark hi >out
[ "$(cat out)" = history ] || fail "hi is not completed to history"
offers manual/bash/tidemark tidemark run --work >out
[ "$(tr '\n' ' ' <out)" = "--workloads= --workload= --workload-seed= " ] || fail "other options begin with --work"
offers manual/bash/tidemark tidemark report man >out
[ "$(cat out)" = manual ] || fail "files are not completed"
offers manual/bash/tidemark tidemark help re >out
[ "$(tr '\n' ' ' <out)" = "record replay report " ] || fail "help does not offer commands"

# The pages are sound: nothing that mandoc warns of, and it does warn of a fault.
if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning manual/man1/*.1 >out 2>&1 || fail "a page is not sound"
    sed 's/^\.TP/.NOTHING/' manual/man1/tidemark-run.1 >broken.1
    ! mandoc -T lint -W warning broken.1 >out 2>&1 || fail "a broken page passes"
else
    echo "not looked at: the pages' form (mandoc is not there)"
fi
if command -v zsh >/dev/null; then
    zsh -n manual/zsh/_tidemark || fail "the completion for zsh is not sound"
    sed '$d' manual/zsh/_tidemark >broken
    ! zsh -n broken 2>/dev/null || fail "a broken completion passes"
    # ... and used, in a terminal that is played: what is typed, a tab, and what must come of it within a minute.
    cat >typed.zsh <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; echo rea''dy"
zpty -r -m shell out '*ready*'
zpty -n -w shell "$2"$'\t'
zpty -r -m shell out "*$3*"
END
    zsh_makes() { # FOLDER TYPED RESULT
        timeout 60 zsh -f typed.zsh "$scratch/$1/zsh" "$2" "$3" >/dev/null 2>&1
    }
    zsh_makes manual 'tidemark hist' ory || fail "zsh does not complete a command"
    zsh_makes manual 'tidemark run --idle-dr' ivers || fail "zsh does not complete an option"
    if timeout 5 zsh -f typed.zsh "$scratch/less/zsh" 'tidemark run --idle-dr' ivers >/dev/null 2>&1; then
        fail "zsh completes an option that is not there"
    fi
else
    echo "not looked at: the form of the completion for zsh (zsh is not there)"
fi

# ... and they are installed.
cmake --install "$BIN/.." --prefix "$scratch/prefix" >out 2>&1 || fail "nothing is installed"
for file in share/man/man1/tidemark-run.1 share/bash-completion/completions/tidemark share/zsh/site-functions/_tidemark; do
    [ -s "prefix/$file" ] || fail "$file is not installed"
done
