#!/bin/sh
# What scripts/verify-verdicts.sh says of its experiment: each promise, kept and broken.
. "$HERE/lib.sh"

rates=$HERE/../../scripts/verdict-rates.awk

# verdicts COUNT KIND MEASURE VERDICT P: so many lines of it.
verdicts() {
    for _ in $(seq "$1"); do echo "$2 $3 $4 $5"; done
}

# list ODD-KIND VERDICT: twenty of each kind and measure as they should be, but of one kind and
# measure two with another verdict.
list() {
    for kind in pairs-A/A:same runs-A/A:same planted-5%:worse planted-1%:inconclusive; do
        for measure in time dead; do
            count=20
            if [ "${kind%:*} $measure" = "$1" ]; then
                count=17
                verdicts 3 "${kind%:*}" $measure "$2" 0.01
            fi
            verdicts $count "${kind%:*}" $measure "${kind#*:}" 0.5
        done
    done
}

judge() { awk -v enough="${2:-160}" -f "$rates" "$1"; }

list none >kept
judge kept >said || fail "promises that are kept are called broken: $(cat said)"
grep -q '^KEPT' said || fail "nothing says that the promises are kept"
grep -q '^160 comparisons' said || fail "the comparisons are miscounted"

# broken ODD-KIND VERDICT WORDS
broken() {
    list "$1" "$2" >odd
    code=0
    judge odd >said || code=$?
    [ $code -eq 1 ] || fail "$1 $2: exit code $code"
    grep -qF "NOT KEPT: $1: $3" said || fail "$1 $2: $(tail -n 1 said)"
}
broken "pairs-A/A time" worse "more than 5 % called different"
broken "pairs-A/A dead" better "more than 5 % called different"
broken "runs-A/A time" better "more than 5 % called different"
broken "planted-5% time" inconclusive "found in less than 90 %"
broken "planted-5% dead" same "found in less than 90 %"
broken "planted-1% dead" same "called the same"

grep -v 'planted-5% dead' kept >lacking
if judge lacking 100 >said; then fail "a kind without comparisons is called kept"; fi
grep -qF "planted-5% dead: not one comparison" said || fail "$(tail -n 1 said)"
if judge kept 161 >said; then fail "too few comparisons are called enough"; fi
grep -qF "too few comparisons" said || fail "$(tail -n 1 said)"
