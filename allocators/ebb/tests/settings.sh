#!/bin/sh
# The table of SETTINGS.md: which program runs at which settings, by the names of the tests that
# CMakeLists.txt registers.
# usage: settings.sh BUILD-FOLDER
set -eu

echo '| program | defaults | eager | quarantine | manual, off | refused calls | sanitizers |'
echo '|---|---|---|---|---|---|---|'
ctest --test-dir "${1:?name the build folder}" -N | awk '
    function add(column, word) {
        if (index(" " cell[program, column] ", ", " " word ", ") == 0)
            cell[program, column] = cell[program, column] \
                (cell[program, column] == "" ? "" : ", ") word
    }
    $1 == "Test" && $NF ~ /^ebb\./ {
        rules = $NF ~ /=/
        count = split($NF, part, ".")
        program = part[2]
        build = "release"
        if (sub(/-debug$/, "", program))
            build = "checked"
        if (!(program in known)) {
            known[program] = 1
            order[++programs] = program
        }
        column = "defaults"
        for (i = 3; i <= count; i++) {
            if (part[i] == "debug") build = "checked"
            else if (part[i] ~ /^(archive|static)$/) build = part[i]
            else if (part[i] == "eager") column = "eager"
            else if (part[i] == "quarantine") column = "hard"
            else if (part[i] ~ /^(manual|off)$/) column = "quiet"
            else if (part[i] ~ /^(tsan|ubsan)$/) { column = "sanitizer"; build = part[i] }
        }
        if (rules || program ~ /^(refused|noproc)$/)
            column = "refused"
        add(column, build)
        tests++
    }
    END {
        if (tests == 0) {
            print "no test of ebb is registered there" >"/dev/stderr"
            exit 1
        }
        for (i = 1; i <= programs; i++) {
            p = order[i]
            printf "| `%s` | %s | %s | %s | %s | %s | %s |\n", p, cell[p, "defaults"],
                cell[p, "eager"], cell[p, "hard"], cell[p, "quiet"], cell[p, "refused"],
                cell[p, "sanitizer"]
        }
    }' | sed 's/|  |/| |/g; s/|  |/| |/g'
