#!/bin/sh
# What the documents name exists: the files and headings that links lead to, the targets of `make`, the
# commands of tidemark and their options, and (in README.md and docs/) the files of this repository. The
# index docs/README.md lists every document.
#     ci/check-docs.sh [FOLDER]
set -eu
cd "${1:-$(dirname "$0")/..}"

documents=$(git ls-files '*.md')
if [ -z "$documents" ]; then
    echo "check-docs: git lists no documents here: nothing would be checked" >&2
    exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# FILE#ANCHOR of every heading (as GitHub forms it) and of every id="ANCHOR".
# shellcheck disable=SC2086 # file names here have no spaces
awk '
FNR == 1 { fenced = 0 }
/^```/ { fenced = !fenced }
!fenced && /^#+ / {
    text = tolower($0)
    sub(/^#+ +/, "", text)
    gsub(/\]\([^)]*\)/, "", text)
    gsub(/[^a-z0-9 _-]/, "", text)
    gsub(/ /, "-", text)
    print FILENAME "#" text
}
{
    while (match($0, /id="[^"]*"/)) {
        print FILENAME "#" substr($0, RSTART + 4, RLENGTH - 5)
        $0 = substr($0, RSTART + RLENGTH)
    }
}' $documents >"$work/anchors"

# FILE:LINE KIND VALUE of everything that is named: links outside code; the rest inside it, which is
# what is indented by four, fenced, or between backticks.
# shellcheck disable=SC2086
awk '
function name(kind, value) { print FILENAME ":" FNR, kind, value }
function code(text,    word, count, i, assigned, inside) {
    gsub(/\047[^\047]*\047/, "quoted", text)
    count = split(text, word, /[ \t(){},;]+/)
    for (i = 1; i <= count; i++) {
        if (word[i] == "make" && word[i + 1] ~ /^[a-z][a-z-]*$/ && (word[1] == "make" || assigned || i == 2))
            name("target", word[i + 1])
        if (word[i] ~ /=/)
            assigned = 1
        if (inside && word[i] ~ /^--[a-z]/)
            name("option", substr(word[i], 3, match(word[i] "=", /[]=[]/) - 3))
        if (word[i] == "--" || word[i] == "|")
            inside = 0
        if (word[i] ~ /(^|\/)tidemark$/ && word[i + 1] ~ /^[a-z]+$/) {
            name("command", word[i + 1])
            inside = 1
        }
        if (FILENAME ~ /^(README.md|docs\/.*)$/ &&
            word[i] ~ /^(ci|scripts|tests|harness|workloads|allocators|recorder|transplant)\/[a-z0-9_.\/-]+\.(sh|c|h|def|json|trace)$/)
            name("file", word[i])
    }
}
FNR == 1 { fenced = 0; begun = "" }
/^```/ { fenced = !fenced; next }
fenced || /^    / || begun != "" {
    begun = begun $0
    if (sub(/\\$/, " ", begun))
        next
    code(begun)
    begun = ""
    next
}
{
    count = split($0, piece, /`/)
    if (count > 0 && count % 2 == 0)
        name("open", "span") # its two halves would be taken for text and the text for code
    text = ""
    for (i = 1; i <= count; i++)
        if (i % 2)
            text = text piece[i]
        else
            code(piece[i])
    while (match(text, /\]\([^)]*\)/)) {
        name("link", substr(text, RSTART + 2, RLENGTH - 3))
        text = substr(text, RSTART + RLENGTH)
    }
}' $documents >"$work/names"

sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' Makefile >"$work/targets"
sed -n 's/^    {"\([a-z]*\)", .*/\1/p' harness/commands/main.c >"$work/commands"
echo help | tee -a "$work/commands" >"$work/options"
cat harness/commands/*.c | grep -oE '"(--)?[a-z][a-z-]*"' | sed 's/^"-*//; s/"$//' >>"$work/options" # all that they quote
for list in targets commands options; do
    [ "$(wc -l <"$work/$list")" -gt 1 ] || { echo "check-docs: no $list were found to compare with" >&2; exit 2; }
done

wrong=0
complain() {
    echo "check-docs: $1: $2" >&2
    wrong=1
}
while read -r where kind value; do
    file=${where%:*}
    case $kind in
        link)
            case $value in *://* | mailto:*) continue ;; esac
            path=${value%%#*}
            if [ -z "$path" ]; then
                target=$file
            else
                target=$(dirname "$file")/$path
                target=${target#./}
                while :; do # docs/../README.md is README.md
                    case $target in
                        */../*)
                            before=${target%%/../*}
                            after=${target#*/../}
                            case $before in
                                */*) target=${before%/*}/$after ;;
                                *) target=$after ;;
                            esac
                            ;;
                        *) break ;;
                    esac
                done
            fi
            if [ ! -e "$target" ]; then
                complain "$where" "the link leads to $target, which does not exist"
            elif [ "$path" != "$value" ] && [ "${target%.md}" != "$target" ]; then
                grep -qxF "$target#${value#*#}" "$work/anchors" ||
                    complain "$where" "$target has no heading #${value#*#}"
            fi
            ;;
        target) grep -qx "$value" "$work/targets" || complain "$where" "there is no \`make $value\`" ;;
        command) grep -qx "$value" "$work/commands" || complain "$where" "there is no \`tidemark $value\`" ;;
        option) grep -qx "$value" "$work/options" || complain "$where" "tidemark has no option --$value" ;;
        open) complain "$where" "backticks do not end on the line that they begin on" ;;
        file) [ -e "$value" ] || complain "$where" "there is no $value" ;;
    esac
done <"$work/names"

# A document that the index does not list is not found by a reader either.
[ -e docs/README.md ] || exit $wrong
for file in docs/*.md; do
    [ "$file" != docs/README.md ] || continue
    grep -qE "^docs/README.md:[0-9]+ link ${file#docs/}(#.*)?\$" "$work/names" ||
        complain docs/README.md "it does not list ${file#docs/}"
done
exit $wrong
