#!/bin/sh
# What scripts/verify-verdicts.sh says of its experiment: each promise, kept and broken.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

rates=$HERE/../../scripts/verdict-rates.awk

# verdicts COUNT KIND VERDICT: so many lines of it.
verdicts() {
    for _ in $(seq "$1"); do echo "$2 $3"; done
}

# list ODD-KIND VERDICT: forty of each kind as they should be, but of one kind five with another verdict.
list() {
    for kind in A/A-row=quiet A/A-all=quiet A/A-one=quiet dead+5%=found dead+5%:ebb=found dead+30%=found \
        dead+30%:ebb=found time+10%=found time+10%:ebb=found time+30%=found time+30%:ebb=found; do
        count=40
        if [ "${kind%=*}" = "$1" ]; then
            count=35
            verdicts 5 "${kind%=*}" "$2"
        fi
        verdicts $count "${kind%=*}" "${kind#*=}"
    done
}

judge() { awk -v runs="${2:-9}" -f "$rates" "$1"; } # 36 pairs

list none >kept
judge kept >said || fail "promises that are kept are called broken: $(cat said)"
grep -q '^KEPT' said || fail "nothing says that the promises are kept"
# Wilson's interval of 0 and of 40 of 40
grep -q '^A/A-one .* worse  *0.0 % \[0.0, 8.8\]' said || fail "the interval is wrong: $(cat said)"
grep -q '^time+30% .* found  *100.0 % \[91.2, 100.0\]' said || fail "the interval is wrong: $(cat said)"

# broken ODD-KIND VERDICT WORDS
broken() {
    list "$1" "$2" >odd
    code=0
    judge odd >said || code=$?
    [ $code -eq 1 ] || fail "$1 $2: exit code $code"
    grep -qF "NOT KEPT: $1: $3" said || fail "$1 $2: $(tail -n 1 said)"
}
broken A/A-row worse "more than 5 % called worse"
broken A/A-all worse "more than 5 % called worse"
broken A/A-one worse "more than 5 % called worse"
broken dead+5%:ebb blind "found in less than 95 %"
broken dead+30%:ebb blind "found in less than 100 %"
broken dead+5% missed "of what was to be seen less than 90 % was"
broken time+30% missed "of what was to be seen less than 90 % was"
broken dead+5% lost "5 without a row"
list time+10% blind >odd # it says so itself: no promise is broken
judge odd >said || fail "what says that it cannot see is called broken: $(tail -n 1 said)"
grep -q 'told that it could not be seen in 5' said || fail "it is not told how often nothing could be seen"
list A/A-all moved >odd
judge odd >said || fail "a machine that moved is called an alarm: $(tail -n 1 said)"
grep -q 'the machine moved in 5' said || fail "it is not told that the machine moved"

grep -v '^dead+5% ' kept >lacking
if judge lacking >said; then fail "a kind without comparisons is called kept"; fi
grep -qF "dead+5%: 0 comparisons of 36" said || fail "$(tail -n 1 said)"
if judge kept 10 >said; then fail "too few comparisons are called enough"; fi

# A run of which a cell failed is resumed, twice at most; bad input is not tried again. The stand-in for
# tidemark notes how it is called; it ends with $CODE for $CALLS times, and then with 4, which is not tried again.
mkdir -p stand-in/bin experiment
cat >stand-in/bin/tidemark <<'END'
#!/bin/sh
echo "$*" >>calls
mkdir -p experiment/run-1/latest
[ "$(wc -l <calls)" -gt "$CALLS" ] || exit "$CODE"
exit 4
END
chmod +x stand-in/bin/tidemark
# called CODE CALLS TIMES
called() {
    rm -rf calls experiment
    code=0
    CODE=$1 CALLS=$2 TIDEMARK_BUILD=stand-in sh "$HERE/../../scripts/verify-verdicts.sh" experiment >out 2>&1 || code=$?
    [ $code -eq 3 ] || fail "a run that ends with $1 ends the experiment with $code"
    [ "$(wc -l <calls)" -eq "$3" ] || fail "ends with $1 $2 times: $(cat calls)"
    if sed 1d calls | grep -qv -e --resume=experiment/run-1/latest; then
        fail "it begins again instead of resuming: $(cat calls)"
    fi
}
called 3 9 3 # never measured wholly
called 3 1 2
called 2 9 1
