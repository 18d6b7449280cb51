#!/bin/sh
# The figures of README.md are those of the committed baseline: `tidemark compare` computes each again. A README with
# another figure is refused.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

baseline=$HERE/../../results/baseline/default.json
readme=$HERE/../../README.md

# "FROM/TO/WORKLOAD/MEASURE RATIO LOW HIGH MEDIAN" of every comparison of two variants; MEDIAN is TO's.
for pair in glibc,jemalloc glibc,mimalloc2 glibc,mimalloc3 glibc,ebb glibc,glibc:A/A mimalloc2,ebb; do
    code=0
    "$tidemark" compare "$baseline" --between="$pair" >out 2>&1 || code=$?
    [ $code -le 1 ] || fail "compare --between=$pair: exit code $code"
    awk -v from="${pair%,*}" -v to="${pair#*,}" '
        match($0, /[0-9.]+ \[[0-9.]+, [0-9.]+\]/) && / threads .* -> / {
            split(substr($0, RSTART, RLENGTH), figure, /[^0-9.]+/)
            head = $0
            sub(/ +[0-9.]+ -> .*/, "", head)
            workload = measure = head
            sub(/ on .*/, "", workload)
            sub(/^ +/, "", workload)
            sub(/.* threads +/, "", measure)
            sub(/ footprint$/, "", measure)
            gsub(/ /, "-", workload)
            gsub(/ /, "-", measure)
            sub(/.* -> /, "")
            print from "/" to "/" workload "/" measure, figure[1], figure[2], figure[3], $1
        }' out
done >compared
[ "$(wc -l <compared)" -ge 200 ] || fail "few comparisons were read: $(wc -l <compared)"

# check FILE: prints each figure that differs, and succeeds if there is none.
check() {
    tr -s '\n ' '  ' <"$1" >one-line
    awk '
    FILENAME == "compared" {
        ratio[$1] = $2; low[$1] = $3; high[$1] = $4; median[$1] = $5
        next
    }
    function demand(what, shown, computed, tolerance) {
        seen++
        if (shown != "" && computed != "" && shown - computed <= tolerance && computed - shown <= tolerance)
            return
        print what ": README has \"" shown "\", the baseline " computed
        wrong = 1
    }
    # the number behind a text that is there once
    function behind(text) {
        at = index($0, text)
        return at && match(substr($0, at + length(text)), /^[0-9.]*[0-9]/) ? substr($0, at + length(text), RLENGTH) : ""
    }
    function kept(variant) {
        return median["glibc/" variant "/all-workloads/dead"] / median["glibc/" variant "/all-workloads/peak"]
    }
    FILENAME != "one-line" && /^ +(jemalloc|mimalloc2|mimalloc3|ebb|glibc:A\/A) +[0-9]+ +[0-9.]+ \[/ {
        text = $0
        for (i = split("time peak dead collect", measure, " "); i; i--) { # from the right
            match(text, /[0-9.]+ \[[0-9.]+, [0-9.]+\][ a-z]*$/)
            split(substr(text, RSTART, RLENGTH), figure, /[^0-9.]+/)
            text = substr(text, 1, RSTART - 1)
            key = "glibc/" $1 "/all-workloads/" measure[i]
            demand($1 " " measure[i], figure[1], ratio[key], 0.0055)
            if ($1 == "ebb") { # the row that the README says how to print
                demand("ebb " measure[i] ", low", figure[2], low[key], 0.0055)
                demand("ebb " measure[i] ", high", figure[3], high[key], 0.0055)
            }
        }
        if ($1 ~ /^(jemalloc|mimalloc)/)
            demand($1 ", nine tenths of its peak or more", 1, kept($1), 0.1)
    }
    FILENAME == "one-line" {
        key = "mimalloc2/ebb/all-workloads/"
        demand("ebb over mimalloc2, time", behind("ebb takes "), ratio[key "time"], 0.0055)
        demand("ebb over mimalloc2, peak", behind("mimalloc v2, its peak is "), ratio[key "peak"], 0.0055)
        demand("ebb over mimalloc2, idle", index($0, "its idle footprint a ninth") ? 1 / 9 : "", ratio[key "dead"], 0.0055)
        demand("ebb over mimalloc2, handoff", behind("allocates, the ratio is "), ratio["mimalloc2/ebb/handoff/time"], 0.0055)
        demand("idle, percent of the peak", behind("It holds "), 100 * kept("ebb"), 0.55)
    }
    END {
        if (seen != 36)
            print "README should have 36 figures, and has " seen
        exit wrong || seen != 36
    }' compared "$1" one-line
}

check "$readme" >out || fail "a figure of README.md is not that of the baseline"

# The controls: a changed figure is found, and so is a row that is gone.
controls=0
for edit in 's/1\.33 \[/1.35 [/' 's/0\.58 \[0\.56/0.58 [0.54/' 's/2\.42 \[/2.46 [/' 's/takes 0\.88/takes 0.90/' \
    's/is 1\.05/is 1.07/' 's/15 % of its/17 % of its/' 's/0\.71/0.73/' 's/a ninth/an eighth/' '/mimalloc3  /d'; do
    sed "$edit" "$readme" >README.changed
    ! cmp -s "$readme" README.changed || fail "the control $edit changes nothing"
    ! check README.changed >out || fail "the control $edit was not found"
    controls=$((controls + 1))
done
[ $controls -eq 9 ] || fail "$controls controls"
