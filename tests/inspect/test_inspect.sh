#!/bin/sh
# tidemark inspect says which allocator is in a file, and in which version: known libraries and
# addons, stripped. Controls: texts without code that uses them, texts that were wiped out, a program
# without any allocator, and damaged files.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"
addons=$BIN/../allocators/conformance
missing=

# is_told FILE INSIDE VERSION: a row of the table, by its columns.
is_told() {
    expect 0 "$tidemark" inspect --table "$1"
    sed 1d out | sed 's/   */\t/g; s/^\t//' >row
    [ "$(cut -f 2 row)" = "$2" ] || fail "$1: inside is not \"$2\""
    [ -z "${3:-}" ] || [ "$(cut -f 3 row)" = "$3" ] || fail "$1: the version is not \"$3\""
}

[ "$(uname -m)" = x86_64 ] || skip "only the code of x86-64 is read"

# Each listed library, stripped of what can be stripped, has the version that it answers at run time.
"$tidemark" list allocators --tsv >listed.tsv
while read -r name version library status _; do
    [ "$status" = ok ] || {
        missing="$missing $name"
        continue
    }
    case $name in
    glibc) inside="glibc's malloc" ;;
    tcmalloc) inside="tcmalloc (gperftools)" version= ;; # they do not hold their version
    scudo) inside=scudo version= ;;
    *) inside=$(printf %s "$name" | sed 's/[0-9.]*$//') ;;
    esac
    strip -o "library-$name.so" "$library" 2>/dev/null || cp "$library" "library-$name.so"
    is_told "library-$name.so" "$inside" "$version"
done <listed.tsv
[ -f library-ebb.so ] || fail "not even ebb is built"

# Linked into an addon, with hidden symbols, stripped: no name is left.
for row in ebb:ebb:0.1.0 mimalloc2:mimalloc:"2, 2.1 or later" mimalloc3:mimalloc: jemalloc:jemalloc:; do
    name=${row%%:*}
    version=${row##*:}
    inside=${row#*:}
    inside=${inside%:*}
    addon=$addons/conformance-$name-node-one.node
    [ -f "$addon" ] || {
        missing="$missing $name"
        continue
    }
    strip -o "$name.node" "$addon"
    is_told "$name.node" "$inside" "$version"
    [ "$(cut -f 5 row)" = certain ] || fail "$name is not certain"
    expect 0 "$tidemark" inspect "$name.node"
    says ", stripped"
    says "tidemark transplant cannot move it"
done
if [ -f mimalloc3.node ]; then
    is_told mimalloc3.node mimalloc
    cut -f 3 row | grep -Eq '^3\.[0-9]+\.[0-9]+$' || fail "the version is not read from the code"
    cut -f 4 row | grep -q 'purge_delay=1000' || fail "the built-in defaults are not read"
    # Control: without the text that prints the version, only the generation is left.
    LC_ALL=C sed 's/v%i\.%i\.%i/v%i-%i-%i/' mimalloc3.node >unversioned.node
    is_told unversioned.node mimalloc 3
fi

# The same addon, as it is, has symbols, and they say so.
expect 0 "$tidemark" inspect "$addons/conformance-ebb-node-one.node"
says "ebb is inside"
says "it defines"

# Control: the texts wiped out, nothing of ebb is seen any more; its calls of malloc stay.
LC_ALL=C sed 's/EBB_/XXX_/g; s/ebb:/xxx:/g' ebb.node >wiped.node
expect 0 "$tidemark" inspect wiped.node
says_not "ebb is"
says "no other allocator is inside"

# Control: the driver holds all the texts that it looks for, but no code prints them.
expect 0 "$tidemark" inspect "$tidemark"
says "possible  jemalloc is inside"
says "it calls the process's malloc, which a preloaded allocator replaces"
is_told "$tidemark" "none found"

# A program on the C library's malloc, addons with and without the four functions, and a static program.
is_told "$BIN/calls" "none found"
[ "$(cut -f 7 row)" = preload ] || fail "a program on malloc can be preloaded"
for name in addon addon-shimless; do
    code=0
    "$tidemark" transplant --check "$BIN/../lib/$name.node" >/dev/null 2>&1 || code=$?
    "$tidemark" inspect --table "$BIN/../lib/$name.node" >out 2>&1 || true
    if [ $code -eq 0 ]; then says transplant; else says_not transplant; fi
done
if [ -f "$BIN/calls-static" ]; then
    is_told "$BIN/calls-static" "glibc's malloc"
fi

# A static program that can be loaded anywhere is no library.
expect 0 "$tidemark" inspect "$BIN/inspect-static-pie"
says ": static program, x86-64"
# The version is the number behind a text of glibc. A text without a number is no version.
for number in 2.36. none; do
    cp "$BIN/inspect-static-pie" released
    printf 'stable release version %s' $number >>released
    expect 0 "$tidemark" inspect released
    says "glibc's malloc is inside"
    if [ $number = none ]; then says_not "glibc is version"; else says "glibc is version 2.36"; fi
done

# Go's runtime, by the names that its section has in programs and in libraries.
for name in .gopclntab .data.rel.ro.gopclntab; do
    objcopy --add-section $name=listed.tsv "$BIN/inspect-none" go
    is_told go "Go's heap"
done

# A program with ebb inside, loaded anywhere or where it says, and one that loads it as a library.
for kind in pie no-pie; do
    is_told "$BIN/inspect-$kind" ebb 0.1.0
    expect 0 "$tidemark" inspect "$BIN/inspect-$kind"
    says ", stripped"
    says "it provides malloc to other files"
done
expect 0 "$tidemark" inspect "$BIN/inspect-linked"
says "it loads ebb"
says "it needs the library libebb.so.0"

# Nothing that could be told.
expect 3 "$tidemark" inspect "$BIN/inspect-none"
says "its allocator is unknown"
expect 3 "$tidemark" inspect --table "$BIN/inspect-none" "$tidemark"
says "unknown"

expect 3 "$tidemark" inspect "$BIN/inspect-namesake"
says_not "jemalloc is inside"

# Bad input.
expect 2 "$tidemark" inspect
expect 2 "$tidemark" inspect missing.so
says "cannot read missing.so: No such file or directory"
expect 2 "$tidemark" inspect listed.tsv
says "it is not an ELF file"
: >empty
expect 2 "$tidemark" inspect empty
expect 2 "$tidemark" inspect --table empty "$tidemark"
says "tidemark"

# Damaged files never crash it.
size=$(wc -c <ebb.node)
for part in 1 2 3 5 8 13 21 34 55 89 97; do
    head -c $((size * part / 100)) ebb.node >cut.node
    code=0
    "$tidemark" inspect cut.node >out 2>&1 || code=$?
    case $code in 0 | 2 | 3) ;; *) fail "exit code $code on a file that is cut off at $part %" ;; esac
done
for at in 16 24 32 40 48 54 56 58 60 62 72 96 104 128 160 200 256 320; do
    cp ebb.node broken.node
    printf '\377\377\377\177' | dd of=broken.node bs=1 seek=$at conv=notrunc 2>/dev/null
    code=0
    "$tidemark" inspect broken.node >out 2>&1 || code=$?
    case $code in 0 | 2 | 3) ;; *) fail "exit code $code on a file that is damaged at byte $at" ;; esac
done
# Of the damage in the table of sections and in symbols, at the file's end.
for back in 8 24 40 64 100 160 400 1000 2000; do
    cp ebb.node broken.node
    printf '\377\377\377\377\377\377\377\377' | dd of=broken.node bs=1 seek=$((size - back)) conv=notrunc 2>/dev/null
    code=0
    "$tidemark" inspect broken.node >out 2>&1 || code=$?
    case $code in 0 | 2 | 3) ;; *) fail "exit code $code on a file that is damaged $back bytes before its end" ;; esac
done

[ -z "$missing" ] || skip "these could not be had, all others were told:$missing"
