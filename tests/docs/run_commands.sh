#!/bin/sh
# Carries out the commands of documents, at the reduced scale that a table gives each, in a sandbox that is there
# already. What is indented by four or fenced without a language is a command, unless the table says that it is text.
#     run_commands.sh TABLE DOCUMENT...
# TABLE has a line for each: "HOW CODE COMMAND", with tabs between them. COMMAND is the document's, word for word; one
# that ends in "*" is the beginning of several. CODE is what it ends with, or "0,3": one of them, as a verdict that few
# rounds decide or not. HOW is
#     ...@...         as it stands, with what is around the @: "@ OPTIONS" adds options
#     text            no command, or none by itself: CODE is "-", and so for
#     skip: REASON    not carried out here
#     needs NAME: HOW  as HOW says, if set-up had NAME: an allocator, or a file of build/share; else it is left out aloud
# and anything else is carried out instead of it. Each block is one shell: cd lasts to its end. Commands on the build
# begin in $clone, all others in $repo. Idle windows, rounds and folders of documents are scaled down for all.
# Exit code 1, with a line for each, where a command is in no line of the table, ends otherwise, or a line is of none.
set -eu

table=$1
shift
: "${clone:?the sandbox}" "${repo:?the sandbox}" "${scratch:?the sandbox}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tab=$(printf '\t')

# "DOCUMENT:LINE BLOCK COMMAND" of each, with tabs; a remark after two spaces is no part of it.
awk '
function end() { if (begun != "") command(begun); begun = "" }
function command(text) {
    if (text ~ /^[^ ].*  +[^ ]/) sub(/  +[^ ].*$/, "", text)
    printf "%s:%d\t%d\t%s\n", FILENAME, line, block, text
}
FNR == 1 { end(); fenced = is_code = 0 }
/^```/ { end(); fenced = !fenced; is_code = fenced && $0 ~ /^```(sh|console)?$/; next }
fenced ? is_code : /^    [^ ]|^     / {
    if (FNR != before + 1 || FILENAME != file) { end(); block++ }
    before = FNR; file = FILENAME
    text = $0
    if (!fenced) sub(/^    /, "", text)
    if (begun == "") line = FNR
    else sub(/^ +/, "", text)
    begun = begun text
    if (sub(/ *\\$/, " ", begun)) next
    if (begun ~ /\|$/) { begun = begun " "; next }
    end()
    next
}
{ end() }
END { end() }' "$@" >"$work/commands"
[ -s "$work/commands" ] || {
    echo "run_commands: no commands were found in $*" >&2
    exit 2
}

# "DOCUMENT:LINE BLOCK CODE HOW COMMAND" by the table.
: >"$work/wrong"
awk -F"$tab" -v wrong="$work/wrong" '
NR == FNR {
    if ($0 ~ /^#/ || $0 == "") next
    if (NF != 3) { print "the table: not three columns: " $0 >wrong; next }
    n++; how[n] = $1; code[n] = $2; begins[n] = $3 ~ /\*$/; what[n] = $3; used[n] = 0
    if (begins[n]) sub(/\*$/, "", what[n])
    next
}
{
    for (i = 1; i <= n; i++)
        if (begins[i] ? index($3, what[i]) == 1 : $3 == what[i]) {
            used[i] = 1
            print $1 "\t" $2 "\t" code[i] "\t" how[i] "\t" $3
            next
        }
    print $1 ": the table has no line for: " $3 >wrong
}
END { for (i = 1; i <= n; i++) if (!used[i]) print "the table: no document has: " what[i] >wrong }' \
    "$table" "$work/commands" >"$work/list"

smaller() {
    sed -E "s#--idle([ =])[0-9.]+,[0-9.,]+#--idle\10,0.2#; s#--idle([ =])[0-9.]+( |\$)#--idle\10.2\2#; s/--rounds([ =])[0-9]+/--rounds\11/; s#/tmp/#$scratch/tmp/#g"
}

# Whether set-up had it.
is_there() { # NAME
    [ -e "$clone/build/share/$1" ] || awk -F"$tab" -v name="$1" '$1 == name && $4 == "ok" { found = 1 } END { exit !found }' \
        "$clone/build/allocators/manifest.tsv"
}

# One block, in one shell.
carry_out() { # BLOCK
    cd "$clone"
    while IFS=$tab read -r where block code how text <&3; do
        [ "$block" = "$1" ] || continue
        case $how in
            'needs '*)
                thing=${how#needs }
                how=${thing#*: } thing=${thing%%: *}
                is_there "$thing" || {
                    echo "left out, since there is no $thing: $where: $text"
                    continue
                }
                ;;
        esac
        case $how in
            text | skip:*) continue ;;
            *@*) line="${how%%@*}$(printf '%s' "$text" | smaller)${how#*@}" ;;
            *) line=$how ;;
        esac
        case $text in
            *build/* | make* | ctest* | scripts/* | ci/* | 'cp -r examples/'* | *' make '*) ;;
            *) [ "$PWD" != "$clone" ] || cd "$repo" ;;
        esac
        began=$(date +%s%3N)
        is=0
        eval "$line" </dev/null >"$work/out" 2>&1 || is=$?
        echo "$(($(date +%s%3N) - began)) ms, exit code $is: $where: $line"
        case ,$code, in *",$is,"*) continue ;; esac
        {
            echo "$where: exit code $is instead of $code: $line"
            tail -n 5 "$work/out" | sed 's/^/    /'
        } >>"$work/wrong"
    done 3<"$work/list"
}
for block in $(cut -f2 "$work/list" | uniq); do
    (carry_out "$block")
done
awk -F"$tab" '{ if ($4 == "text") text++; else if ($4 ~ /^skip:/) skipped++; else run++ }
    END { printf "%d commands, %d skipped by the table, %d lines of text\n", run, skipped, text }' "$work/list"
cat "$work/wrong"
[ ! -s "$work/wrong" ]
