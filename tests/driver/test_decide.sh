#!/bin/sh
# The page that says whether to switch: each recommendation comes from planted records, what makes it doubtful comes
# first, no number in it is its own, and what cannot be decided is refused with what is there.
# shellcheck source=lib.sh
. "$HERE/lib.sh"

# make FILE [FACTORS]: a baseline file of base and new on the workloads w1, w2 and the control c, with eight rounds of
# time, peak and dead. FACTORS, as JSON, tells what new takes over base: {"time": {"all": 0.8, "w1": 1.2}}. Rounds
# vary by half a percent, and those of new by what "noise" says besides: {"time": {"noise": 0.2}}.
make() {
    jq -n --argjson factors "${2:-{\}}" '
        def near(i; r): 1 + 0.005 * ((i * 7 + r * 5) % 4 - 1.5) / 1.5;
        def factor(measure; workload; variant):
            if variant != "new" then 1
            else ($factors[measure] // {}) | (.[workload] // .all // 1) end;
        {"ref": 1, "base": 0.7, "new": 0.7, "ref:A/A": 1} as $level
        | def noise(measure; variant; round):
            if variant != "new" then 1 else 1 + ($factors[measure].noise // 0) * (round * 5 % 8 - 3.5) / 3.5 end;
        {"time": 1, "peak": 200000000, "dead": 100000000} as $unit
        | {schema: "tidemark-baseline", schema_version: 1,
           facts: {scale: "1", builds: "0", workload_seed: "1", idle_s: "25", reference: "ref"},
           run: {memory: "warm", profile: "planted", again: "ref:A/A", seed: "1", commit: "c0ffee"},
           variants: ($level | map_values({version: "7.8.9", sha256: "0123456789abcdef", settings: "", command: ""})),
           unmeasured: {gone: "unavailable"},
           environment: {kernel: "Linux 6.1", cpu: "A Processor", cores: "2", memory: "2048 MiB", started: "2026-01-02 03:04 UTC"},
           series: [
               ($unit | keys[]) as $measure | (["w1", "w2", "c"] | to_entries[]) as $workload
               | ($level | to_entries | to_entries[]) as $variant
               | {measure: $measure, workload: $workload.value, variant: $variant.value.key, threads: 4,
                  is_control: ($workload.value == "c"), tolerance: 0.05, checksum: "1", failed: 0, fault: "",
                  rounds: [range(8) | $unit[$measure] * $variant.value.value
                           * factor($measure; $workload.value; $variant.value.key)
                           * noise($measure; $variant.value.key; .)
                           * near($variant.key + 3 * $workload.key; .)]}]}' >"$1"
}

# decide CODE FILE: the page of it.
decide() {
    expect "$1" "$tidemark" report --decide base=new "$2"
}

# recommends TEXT: the recommendation, which is the first sentence, begins like that.
recommends() {
    [ "$(sed -n 3p out | cut -c "1-${#1}")" = "$1" ] || fail "the recommendation is \"$(sed -n 3p out)\", not \"$1\""
}

# ---- each answer ----

make yes.json '{"peak": {"all": 0.8}, "dead": {"all": 0.1}}'
decide 0 yes.json
[ "$(head -n 1 out)" = "# Switch 2 workloads from base to new?" ] || fail "another title: $(head -n 1 out)"
recommends "**Yes: new takes 90."
says " less dead footprint and 20."
says " less peak than base, and nothing is seen to be worse.**"

# the page's command can be given to a shell
expect 0 "$tidemark" report --decide base=new --program "Ann's app" yes.json
says "tidemark report --decide base=new yes.json --program 'Ann'\\''s app'"

make no.json '{"time": {"all": 1.3}}'
decide 0 no.json
recommends "**No: new takes 30."
says " more time than base, and nothing is seen to be better.**"

make open_time.json '{"dead": {"all": 0.5}, "time": {"noise": 0.2}}'
decide 0 open_time.json
recommends "**Yes: new takes 50."
grep -Eq 'nothing is seen to be worse; not decided: time \([0-9.]+ % less to [0-9.]+ % more\)\.\*\*$' out ||
    fail "what is not decided is not said: $(sed -n 3p out)"
make open_depends.json '{"dead": {"all": 0.5}, "peak": {"all": 1.2}, "time": {"noise": 0.2}}'
decide 0 open_depends.json
recommends "**It depends: new buys 50."
grep -Eq ' more peak; not decided: time \([^)]*\)\.\*\*$' out || fail "what is not decided is not said: $(sed -n 3p out)"
jq '(.series[] | select(.measure != "time")).rounds |= .[:1]' no.json >one_round.json
decide 0 one_round.json
recommends "**No: new takes 30."
says "peak (too few rounds)"

make depends.json '{"dead": {"all": 0.5}, "time": {"all": 1.2}}'
decide 0 depends.json
recommends "**It depends: new buys 50."
says " less dead footprint than base, for 20."
says " more time.**"

make unless.json '{"dead": {"all": 0.5}, "time": {"w2": 1.3, "w1": 0.79}}'
decide 0 unless.json
recommends "**Yes, unless your program is like w2: over all workloads new takes 50."
says "; but it takes 30."
says " more time in w2.**"

make no_unless.json '{"dead": {"all": 2}, "time": {"w2": 1.27, "w1": 0.79}}'
decide 0 no_unless.json
recommends "**No, unless your program is like w1: over all workloads new takes 100."

# A control of another workload says nothing about programs.
make control.json '{"time": {"c": 2}}'
decide 0 control.json
recommends "**No difference"
jq 'del(.series[] | select(.workload == "w2"))
    | (.series[] | select(.workload == "c" and .variant == "new")).rounds |= (to_entries | map(.value * (1 + .key % 3)))' \
    yes.json >noisy_control.json
decide 0 noisy_control.json
recommends "**Yes: new takes 90."
says "Of w1. Ratio: "

# Nothing: it says what would have been seen, as `compare` does, and more where rounds differ less.
make same.json
decide 0 same.json
recommends "**No difference between base and new could be seen; a change of "
cp out page
expect 0 "$tidemark" compare same.json --between=base,new
for label in time peak 'dead footprint'; do
    seen=$(grep "all workloads on new, 4 threads  *$label " out | grep -o '> [0-9.]* %' | tr -d '> %')
    [ -n "$seen" ] || fail "compare does not say what of $label is visible"
    grep -q "a change of .*$seen % of $label" page || fail "not what is visible of $label, $seen %: $(sed -n 3p page)"
done
jq '.series[].rounds |= (. as $r | to_entries | map(.value * (if .key % 2 == 0 then 1.1 else 1 end)))
    | .series[] |= if .variant == "new" then .rounds |= reverse else . end' same.json >noisy.json
decide 0 noisy.json
recommends "**No difference"
[ "$(sed -n 3p out)" != "$(sed -n 3p page)" ] || fail "other noise, and the same would have been seen"

# ---- what makes it doubtful ----

jq '.series[] |= if .variant == "ref:A/A" and .measure == "time" and .workload != "c"
                 then .rounds |= map(. * 1.3) else . end' yes.json >uncontrolled.json
decide 3 uncontrolled.json
recommends "> **ref differs from itself (A/A)**: it takes 30."
says "**Yes: new takes"
decide 0 yes.json
says_not "differs from itself"
says "ref against itself is \`same\` in"

jq '(.series[] | select(.variant == "new" and .workload == "w1" and .measure == "dead")) |= (.failed = 2 | .fault = "crashed")' \
    yes.json >failed.json
decide 3 failed.json
recommends "**Not decided: w1 on new failed (crashed).**"
says "The dead footprint of w1 on new: crashed in 2 of 8 rounds."
jq '.series[] |= if .variant == "ref" and .workload == "w1" then .failed = 2 | .fault = "crashed" else . end' \
    yes.json >elsewhere.json
decide 0 elsewhere.json

jq '.series[].rounds |= .[:1]' no.json >once.json
decide 3 once.json
recommends "**Not decided: these rounds could have seen no change of the "
says " none |"
says "These rounds would have shown no change;"
jq '.series[].rounds |= (to_entries | map(.value * (1 + 0.4 * (.key % 3))))
    | .series[] |= if .variant == "new" then .rounds |= reverse else . end' same.json >blind.json
decide 3 blind.json
recommends "**Not decided: these rounds could not have seen less than "
says ", and 30 % is demanded.**"
jq '.series[] |= if .measure != "time" and .variant == "new" then .rounds |= map(. / 2) else . end' blind.json >half_blind.json
decide 3 half_blind.json
recommends "**Not decided: these rounds could not have seen less than "
jq '.series[] |= if .measure != "time" and .variant == "new" then .rounds |= map(. * 2) else . end' blind.json >half_blind.json
decide 0 half_blind.json
recommends "**No: new takes 100."

# ---- what there is ----

decide 0 yes.json
says "profile planted: 2 workloads (w1, w2) and the control c on 4 threads; 8 timed rounds on warm memory, 8 rounds of memory with 25 s of idle time; 2026-01-02 03:04 UTC; tidemark of commit c0ffee"
says "base is version 7.8.9, SHA-256 0123456789ab; new is version 7.8.9"
says "Machine: A Processor, 2 cores, 2048 MiB of memory, Linux 6.1"
says "Times on cold memory"
says "Not measured: wake penalty."
jq 'del(.environment.started)' yes.json >undated.json
decide 0 undated.json
says "the day is not recorded"
jq '.series += [.series[] | select(.measure == "time") | .measure = "time-cold"]' yes.json >cold.json
decide 0 cold.json
says "warm and cold memory"
says_not "Times on cold memory"
jq '.series += [.series[] | select(.measure == "time") | .measure = "wake-penalty"]' yes.json >woken.json
decide 0 woken.json
says "| wake penalty "
says_not "Not measured"

# ---- several runs, and names ----

jq 'del(.series[] | select(.measure != "time")) | .run.profile = "time"' no.json >times.json
jq 'del(.series[] | select(.measure == "time")) | .run.profile = "watch" | .run.again = ""
    | .facts.reference = "as is" | del(.variants["ref:A/A"], .variants.ref)
    | del(.series[] | select(.variant | startswith("ref")))
    | .series[].variant |= ({"base": "as is", "new": "A=b"}[.])
    | .variants |= with_entries(.key |= ({"base": "as is", "new": "A=b"}[.]))' yes.json >watched.json
expect 0 "$tidemark" report --decide base=new times.json --decide 'as is=A=b' watched.json --program='my program'
[ "$(head -n 1 out)" = "# Switch my program from base to new?" ] || fail "another title: $(head -n 1 out)"
recommends "**It depends: new buys 90."
says "[1] \`tidemark time\`"
says "[2] \`tidemark watch\`"
grep -q '^| time .*| *\[1\] |$' out || fail "the time is not from the first run"
grep -q '^| dead footprint .*| *\[2\] |$' out || fail "the footprint is not from the second run"
says_not "[2] Control"
says "[1] Control: ref against itself"
says "--decide base=new times.json --decide 'as is=A=b' watched.json"
# said once, or behind the run, it holds for all
expect 2 "$tidemark" report times.json --decide base=new watched.json
says "watched.json has no variant base; it has: as is, A=b"
expect 0 "$tidemark" report times.json --decide base=new
jq '.run.seed = "2"' yes.json >second.json
expect 0 "$tidemark" report --decide base=new yes.json second.json
[ "$(grep -o '\*Dead footprint\*: ' out | wc -l)" -eq 1 ] || fail "the drivers are not explained once"

# ---- a page with its picture ----

expect 0 "$tidemark" report --decide base=new depends.json --output page.md
grep -q '^!\[.*\](page.svg)$' page.md || fail "the page shows no picture"
grep -q '<svg' page.svg || fail "there is no picture"
awk '$1 == "\"new\"" && NF == 6 { exit !($2 > 0.82 && $2 < 0.85 && $3 > 0.49 && $3 < 0.51) }' page-dead.dat ||
    fail "new is at another place: $(cat page-dead.dat)"
expect 0 "$tidemark" report --decide base=new times.json --output times.md
grep -q '!\[' times.md && fail "a picture without a footprint"

# ---- errors ----

expect 2 "$tidemark" report --decide base=nobody yes.json
says "yes.json has no variant nobody; it has: ref, base, new"
expect 2 "$tidemark" report --decide base=gone yes.json
says "yes.json has not measured gone, which is unavailable; it has: ref, base, new"
expect 2 "$tidemark" report --decide base=base yes.json
says "base is both sides of the decision; yes.json has: ref, base, new"
expect 2 "$tidemark" report --decide base yes.json
says "takes BASE=VARIANT, not \"base\""
expect 2 "$tidemark" report --decide base=new yes.json yes.json
says "are the same run: name it once"
expect 2 "$tidemark" report --decide base=new nowhere
says "nowhere is neither a run nor a baseline"
expect 2 "$tidemark" report yes.json no.json
says "one run at a time"
expect 2 "$tidemark" report --output page.md yes.json
says "belong to --decide"
jq 'del(.variants.ref) | del(.series[] | select(.variant == "ref"))' yes.json >unreferred.json
decide 2 unreferred.json
says "unreferred.json has no figures of its reference ref, which times are ratios to; measured were: base, new"
jq 'del(.series[] | select(.variant == "new" and .measure == "peak" and .workload == "w2"))' yes.json >lacking.json
decide 2 lacking.json
says "lacking.json measured peak of w2 on base, but not on new; measure both"
jq '.series[].measure = "system"' times.json >beside.json
decide 2 beside.json
says "beside.json has neither a time nor a footprint of new"
says "there are 3 figures of controls or of measures that decide nothing"
jq 'del(.series[] | select(.workload != "c"))' yes.json >controls_only.json
decide 2 controls_only.json
says "controls_only.json has neither a time nor a footprint of new"

# ---- no number is the page's own ----

# words: those of the input that have a digit, a line each.
words() {
    tr -cs 'A-Za-z0-9.' '\n' | sed 's/[.]*$//' | grep '[0-9]' | sort -u
}
# strange PAGE FILE FROM,TO REFERENCE,AGAIN: numbers of a page that the two comparisons do not print, as they are or, with
# their interval, as the percent of a ratio, that the file does not have, and that are no count of verdicts.
strange() {
    "$tidemark" compare "$2" --between="$3" >compared || [ $? -ne 2 ] || fail "no comparison"
    "$tidemark" compare "$2" --between="$4" >controlled || [ $? -ne 2 ] || fail "no control"
    jq -r '[.series[] | select(.is_control) | .workload] | unique[] | "^  \(.) on "' "$2" >controls
    {
        cat compared controlled "$2"
        # counts: of all that decides, and of each measure without the controls among workloads
        for word in better worse same inconclusive '[a-z]*'; do
            grep -v 'all workloads\|decides nothing' controlled | grep -c " threads .*\] .* $word " || true
            grep ' threads ' controlled | grep -v 'decides nothing' | grep -c "\].* $word " || true
            for measure in time peak dead collect; do
                grep " threads  *$measure " compared | grep -v 'all workloads\|decides nothing' | grep -v -f controls |
                    grep -c "\].* $word " || true
            done
        done
        jq '[.series[] | select(.is_control | not) | .workload] | unique | length' "$2"
        echo 1 256 # the one machine, and the name of the sum SHA-256
        jq -r '.variants[].sha256[:12]' "$2"
    } | words >there
    grep -ohE '[0-9.]+ \[[0-9.]+, [0-9.]+\]' compared controlled | tr -d '[],' >ratios
    grep -v '^<sub>' "$1" | awk '
        function off(a, b) { return a - b > 0.0501 || b - a > 0.0501 }
        function is_ratio(x, low, high,    i, sign) {
            for (i = 1; i <= n; i++) {
                sign = x ~ /^[-+]/ || ratio[i] >= 1 ? 100 : -100
                if (off(x, sign * (ratio[i] - 1))) continue
                if (sign > 0 && !off(low, 100 * (least[i] - 1)) && !off(high, 100 * (most[i] - 1))) return 1
                if (sign < 0 && !off(low, -100 * (most[i] - 1)) && !off(high, -100 * (least[i] - 1))) return 1
            }
            return 0
        }
        FILENAME == "ratios" { ratio[++n] = $1; least[n] = $2; most[n] = $3; next }
        {
            while (match($0, /[-+]?[0-9.]+ % \[[-+]?[0-9.]+, [-+]?[0-9.]+\]/)) {
                found = substr($0, RSTART, RLENGTH)
                printf "%s ", substr($0, 1, RSTART - 1)
                $0 = substr($0, RSTART + RLENGTH)
                split(found, part, /[^-+0-9.]+/)
                if (!is_ratio(part[1], part[2], part[3])) printf "%s ", found
            }
            print
        }' ratios - | words | grep -vxF -f there || true
}
committed=$HERE/../../results/baseline/default.json
for file in yes no depends unless same; do
    decide 0 $file.json
    cp out page
    [ -z "$(strange page $file.json base,new ref,ref:A/A)" ] || fail "numbers of nowhere: $(strange page $file.json base,new ref,ref:A/A)"
done
expect 0 "$tidemark" report --decide mimalloc2=ebb "$committed"
cp out page
[ -z "$(strange page "$committed" mimalloc2,ebb glibc,glibc:A/A)" ] ||
    fail "numbers of nowhere: $(strange page "$committed" mimalloc2,ebb glibc,glibc:A/A)"
# the controls: numbers that are nobody's, and a percent with another's interval
grep -oE '[0-9.]+ % \[[0-9.]+, [0-9.]+\]' page | sort -rnu | head -n 2 >percents
swapped="$(sed -n '1s/ .*//p' percents) % $(sed -n '2s/.*% //p' percents)"
echo "It takes 33.377 % less, in 98765 workloads; $swapped less peak." >>page
[ "$(strange page "$committed" mimalloc2,ebb glibc,glibc:A/A | tr '\n' ' ')" = \
    "$(echo "33.377 98765 $swapped" | grep -oE '[0-9.]+' | sort -u | tr '\n' ' ')" ] ||
    fail "a planted number passes: $(strange page "$committed" mimalloc2,ebb glibc,glibc:A/A)"

# ---- runs of each command ----

expect 0 small_run --workloads=churn,handoff --allocators=glibc,ebb --rounds=2 --memory-rounds=2 --timed-rounds=2 --output=ran
"$tidemark" report --decide glibc=ebb ran/latest >out || [ $? -eq 3 ] || fail "no page of a run" # two rounds decide little
says "\`tidemark run\`, profile"
says "| dead footprint "
says "$(date -u +%Y)-"
says "it was measured on 1 machine."
jq '.machines = [{shard: 1, environment: .environment}, {shard: 2, environment: (.environment + {cpu: "Another"})}]' \
    ran/latest/results.json >merged.json
"$tidemark" report --decide glibc=ebb merged.json >out || [ $? -eq 3 ] || fail "no page of a merged run"
says "it was measured on 2 machines."
expect 0 "$tidemark" replay "$BIN/../share/rolldown-build.trace" --allocators=glibc,ebb --memory=any --scale=0.02 --rounds=2 \
    --idle=0.1 --idle-drivers=dead --no-plots --output=replayed
"$tidemark" report --decide glibc=ebb replayed/latest >out || [ $? -eq 3 ] || fail "no page of a replay"
says "\`tidemark replay\`, profile"
says "profile default: rolldown-build on "
says "The table above is all of it: no run has several workloads."
expect 0 "$tidemark" time --rounds=6 --memory=any --name=naps 'short=sleep 0.02' "long=sleep 0.2"
held="x=\$(head -c 8000000 /dev/zero | tr '\\0' a); echo DONE" # eight megabytes, beside which a page is nothing
expect 0 "$tidemark" watch --hide-output --rounds=6 --interval=20 --until=DONE --idle=0,0.1 --no-plots \
    --command "one=$held; sleep 9; :" --command "two=$held; sleep 10; :"
expect 0 "$tidemark" report --decide short=long results/latest --decide one=two results/latest-watch --output both.md
cp both.md out
[ "$(head -n 1 out)" = "# Switch naps from short to long?" ] || fail "another title: $(head -n 1 out)"
recommends "**No: long takes "
says "short is \`sleep 0.02\`; long is \`sleep 0.2\`"
grep -q '^| time  *| *naps | *0\.0[0-9]* s | *0\.2[0-9]* s |' out || fail "the times are not in seconds: $(grep '^| time' out)"
grep -q '^| idle@0.1s footprint .*| *\[2\] |$' out || fail "no idle footprint of the watched program"
says "](both.svg)"
# a run that was interrupted lacks measurements: that comes first
jq -c 'select(.round != 6 or .variant != "long")' results/latest/cells.jsonl >fewer
cp -rL results/latest broken && rm broken/results.json && cp fewer broken/cells.jsonl
expect 3 "$tidemark" report --decide short=long broken
says "> **The run is incomplete**: 1 measurements of its plan are missing."
