#!/bin/sh
# The text of a pull request's comment: the verdict first, then what changed, the plots of it, and
# folded away the other plots and the whole report. It ends with the marker by which ci/comment.sh finds
# it again.
#     ci/comment-text.sh VERDICT.md REPORT.md [COUNTS.md]
# Plots are linked where they can be read from ($TIDEMARK_PLOTS, the address of the folder that
# holds plots/); without one they are left out, since a comment cannot show what lies in an artefact.
set -eu

cat "$1"
if [ -n "${TIDEMARK_PLOTS:-}" ]; then
    # the workloads of the first table, which is that of what changed
    changed=$(sed -n '/<details>/q; s/^| *\([a-z0-9_-]*\) on .*/\1/p' "$1" | sort -u)
    plots=$(sed -n "s|^\(!\[[^]]*\](\)plots/|\1$TIDEMARK_PLOTS/plots/|p" "$2")
    printf '\n'
    for workload in $changed; do
        printf '%s\n' "$plots" | grep "^!\[$workload, " || true
    done
    printf '\n<details><summary>All plots</summary>\n\n%s\n\n</details>\n' "$plots"
fi
if [ -s "${3:-}" ]; then
    printf '\n'
    cat "$3"
fi
printf '\n<details><summary>The whole report</summary>\n\n'
grep -v '^!\[' "$2"
printf '\n</details>\n\n<!-- tidemark verdict -->\n'
