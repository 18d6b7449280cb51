# What a list of verdicts comes to, as a table, and whether the promises of docs/verdicts.md are kept:
#     awk -v enough=200 -f verdict-rates.awk VERDICTS
# A line of the list is "KIND MEASURE VERDICT P", with KIND one of pairs-A/A, runs-A/A, planted-5% and
# planted-1%. Exit code 1: a promise is not kept, or there are fewer comparisons than enough, or none
# of a kind.
{ row = $1 " " $2; n[row]++; total++; count[row, $3]++; if ($4 <= 0.05) significant[row]++ }
function share(row, verdict) { return 100 * count[row, verdict] / n[row] }
END {
    printf "%-12s %-5s %4s  %6s %6s %6s %13s %20s\n", "what", "of", "n", "worse", "better",
        "same", "inconclusive", "p <= 0.05, any size"
    for (row in n) {
        split(row, part, " ")
        printf "%-12s %-5s %4d  %5.1f%% %5.1f%% %5.1f%% %12.1f%% %19.1f%%\n", part[1], part[2], n[row],
            share(row, "worse"), share(row, "better"), share(row, "same"),
            share(row, "inconclusive"), 100 * significant[row] / n[row] | "sort"
        if (row ~ /A\/A/ && share(row, "worse") + share(row, "better") > 5) broken = broken "; " row ": more than 5 % called different"
        if (row ~ /5%/ && share(row, "worse") < 90) broken = broken "; " row ": found in less than 90 %"
        if (row ~ /1%/ && count[row, "same"]) broken = broken "; " row ": called the same"
    }
    close("sort")
    split("pairs-A/A runs-A/A planted-5% planted-1%", kinds, " ")
    for (i = 1; i <= 4; i++)
        for (m = 1; m <= 2; m++) {
            row = kinds[i] (m == 1 ? " time" : " dead")
            if (!(row in n)) broken = broken "; " row ": not one comparison"
        }
    printf "%d comparisons\n", total
    if (total < enough) broken = broken "; too few comparisons"
    print broken ? "NOT KEPT: " substr(broken, 3) : "KEPT: every promise holds"
    exit broken != ""
}
