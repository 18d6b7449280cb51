# What a list of verdicts comes to, as a table, and whether the promises of docs/verdicts.md are kept:
#     awk -v runs=10 -f verdict-rates.awk VERDICTS
# A line of the list is "KIND VERDICT": A/A-row (of each run), A/A-all and A/A-one (of each pair of runs)
# with quiet, worse, moved or blind; dead+5%, dead+30%, time+10% and time+30% (of each pair) with found,
# missed, blind or lost, and the same with :ebb behind. Exit code 1: a promise is not kept, or a kind has fewer
# lines than there are runs or pairs.
BEGIN {
    kinds = split("A/A-row A/A-all A/A-one dead+5% dead+5%:ebb dead+30% dead+30%:ebb time+10% time+10%:ebb " \
        "time+30% time+30%:ebb", kind, " ")
    # of all, whether they say that they could see it or not
    wanted["dead+5%:ebb"] = 95; wanted["dead+30%:ebb"] = 100
}
{ n[$1]++; count[$1, $2]++ }
# Wilson's 95 % interval of k of n, in percent (Wilson 1927)
function interval(k, n,   z, p, middle, half) {
    z = 1.96; p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return sprintf("[%.1f, %.1f]", middle > half ? 100 * (middle - half) : 0, 100 * (middle + half))
}
function promise(broken_words) { broken = broken "; " k ": " broken_words }
END {
    for (i = 1; i <= kinds; i++) {
        k = kind[i]
        enough = k == "A/A-row" ? runs : runs * (runs - 1) / 2
        if (n[k] < enough) {
            promise(n[k] + 0 " comparisons of " enough)
            continue
        }
        is_same = k ~ /^A\/A/
        hits = count[k, is_same ? "worse" : "found"] + 0
        printf "%-12s %5d  %-6s %5.1f %% %s", k, n[k], is_same ? "worse" : "found", 100 * hits / n[k], interval(hits, n[k])
        if (count[k, "moved"]) printf ", the machine moved in %d", count[k, "moved"]
        if (count[k, "missed"]) printf ", missed in %d", count[k, "missed"]
        if (count[k, "blind"]) printf ", told that it could not be seen in %d", count[k, "blind"]
        printf "\n"
        if (count[k, "lost"]) promise(count[k, "lost"] " without a row")
        if (is_same && 100 * hits > 5 * n[k]) promise("more than 5 % called worse")
        if (k in wanted && 100 * hits < wanted[k] * n[k]) promise("found in less than " wanted[k] " %")
        # visible is what is seen nine times in ten
        could = hits + count[k, "missed"]
        if (!is_same && could > 0 && hits < 0.9 * could) promise("of what was to be seen less than 90 % was")
    }
    print broken ? "NOT KEPT: " substr(broken, 3) : "KEPT: every promise holds"
    exit broken != ""
}
