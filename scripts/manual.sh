#!/bin/sh
# Man pages and completions of tidemark, from the driver's own tables of options (harness/commands/optiontable.h).
#     scripts/manual.sh DRIVER FOLDER
# Writes FOLDER/man1/tidemark*.1, FOLDER/bash/tidemark and FOLDER/zsh/_tidemark.
set -eu

driver=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder/man1" "$folder/bash" "$folder/zsh"
"$driver" --describe >"$folder/commands.tsv"
tab=$(printf '\t')

# Man pages. roff: fields in which nothing means something else to it.
roff() {
    sed "s/\\\\/\\\\e/g; s/-/\\\\-/g; s/$tab\\([.']\\)/$tab\\\\\\&\\1/g"
}
begin_page() { # NAME SUMMARY (for roff)
    printf '.TH %s 1 %s "%s" "tidemark"\n.SH NAME\n%s \\- %s\n' \
        "$(echo "$1" | tr '[:lower:]' '[:upper:]')" "$(date -u ${SOURCE_DATE_EPOCH:+-d "@$SOURCE_DATE_EPOCH"} +%Y-%m-%d)" \
        "$("$driver" --version)" "$(echo "$1" | roff)" "$2"
}
{
    begin_page tidemark 'measure what memory allocators give back'
    cat <<'END'
.SH SYNOPSIS
.B tidemark
COMMAND [OPTION...]
.SH DESCRIPTION
Measures what memory allocators give back when a program goes idle, and what
that costs in speed.
.SH COMMANDS
END
    roff <"$folder/commands.tsv" | awk -F'\t' '{ print ".TP\n.BR tidemark\\-" $1 " (1)\n" $2 }'
    cat <<'END'
.SH EXIT STATUS
.TP
0
fine
.TP
1
a regression was found
.TP
2
wrong usage
.TP
3
a measurement failed, or was inconclusive though a verdict was demanded
END
} >"$folder/man1/tidemark.1"
roff <"$folder/commands.tsv" | while IFS=$tab read -r command summary; do
    "$driver" "$command" --describe >"$folder/described.tsv"
    awk -F'\t' '$1 == "option" && !seen[$4]++' "$folder/described.tsv" | cut -f2- >>"$folder/options.tsv"
    {
        begin_page "tidemark-$command" "$summary"
        roff <"$folder/described.tsv" | awk -F'\t' '
            $1 == "usage" && options { exit } # replay: what follows is of run
            $1 == "usage" { print (forms++ ? ".br" : ".SH SYNOPSIS") "\n.B tidemark " $2 "\n[OPTION...]" ($3 == "" ? "" : " " $3) }
            $1 == "doc" { print (texts++ ? ".PP" : ".SH DESCRIPTION") "\n" $3 }
            ($1 == "title" || $1 == "option") && !options++ { print ".SH OPTIONS" }
            $1 == "title" { print ".SS \"" $3 "\"" }
            $1 == "option" {
                letter = $3 == "\\-" ? "" : "\\fB\\-" $3 "\\fR, "
                value = $5 == "none" ? "" : "=\\fI" $6 "\\fR"
                if ($5 == "optional")
                    value = "[" value "]"
                print ".TP\n" letter "\\fB\\-\\-" $4 "\\fR" value "\n" $7
            }'
        echo '.SH SEE ALSO'
        echo '.BR tidemark (1)'
    } >"$folder/man1/tidemark-$command.1"
done
rm "$folder/described.tsv"

# bash: the words of each command; one that takes a value ends in "=".
{
    echo '# Completion of tidemark for bash, made by scripts/manual.sh.'
    echo '_tidemark() {'
    # shellcheck disable=SC2016 # bash expands these
    printf '    local word=${COMP_WORDS[COMP_CWORD]} commands="help %s" options=\n' \
        "$(cut -f1 "$folder/commands.tsv" | tr '\n' ' ' | sed 's/ $//')"
    # shellcheck disable=SC2016
    echo '    case ${COMP_WORDS[1]} in'
    awk -F'\t' '
        $1 != command { if (command) print "\" ;;"; command = $1; printf "        %s) options=\"", command }
        { printf " --%s%s", $3, ($4 == "none" ? "" : "=") }
        $4 == "optional" { printf " --%s", $3 }
        END { print "\" ;;" }' "$folder/options.tsv"
    cat <<'END'
    esac
    if [ "$COMP_CWORD" -eq 1 ] || { [ "$COMP_CWORD" -eq 2 ] && [ "${COMP_WORDS[1]}" = help ]; }; then
        COMPREPLY=($(compgen -W "$commands" -- "$word"))
    elif [ "${word#-}" != "$word" ]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
        [ "${#COMPREPLY[@]}" -ne 1 ] || [ "${COMPREPLY[0]%=}" = "${COMPREPLY[0]}" ] || compopt -o nospace 2>/dev/null
    else
        COMPREPLY=($(compgen -f -- "${word#=}"))
        compopt -o filenames 2>/dev/null
    fi
}
complete -F _tidemark tidemark
END
} >"$folder/bash/tidemark"

# zsh: what _arguments takes; brackets, colons, apostrophes and backslashes mean something to it.
{
    echo '#compdef tidemark'
    echo '# Completion of tidemark for zsh, made by scripts/manual.sh.'
    echo 'local -a commands'
    echo 'commands=('
    awk -F'\t' '{ gsub(/\047/, "\047\\\047\047", $2); gsub(/:/, "\\:", $2); print "    \047" $1 ":" $2 "\047" }' "$folder/commands.tsv"
    cat <<'END'
)
if (( CURRENT == 2 )) || [[ $words[2] == help ]]; then
    _describe command commands
    return
fi
local command=$words[2]
shift words
(( CURRENT-- ))
case $command in
END
    awk -F'\t' '
        function quoted(text) { gsub(/[\\\[\]:]/, "\\\\&", text); gsub(/\047/, "\047\\\047\047", text); return text }
        $1 != command { if (command) print "        \047*:file:_files\047 ;;"; command = $1; print "    " command ") _arguments \\" }
        {
            value = $4 == "none" ? "" : ($4 == "optional" ? "::" : ":") quoted($5) ":_files"
            equals = $4 == "none" ? "" : $4 == "optional" ? "=-" : "="
            print "        \047*--" $3 equals "[" quoted($6) "]" value "\047 \\"
            if ($2 != "-")
                print "        \047*-" $2 ($4 == "none" ? "" : $4 == "optional" ? "-" : "+") "[" quoted($6) "]" value "\047 \\"
        }
        END { print "        \047*:file:_files\047 ;;" }' "$folder/options.tsv"
    echo 'esac'
} >"$folder/zsh/_tidemark"
