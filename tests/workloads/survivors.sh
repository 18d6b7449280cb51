#!/bin/sh
# survivors: after each build the share of blocks that is asked for is left (within four standard
# deviations of a binomial count), and the page floor is what arithmetic says of the share that is
# left, pages x (1 - (1 - s)^n), within 2 %, where blocks share pages as the formula has it (ebb:
# no headers, classes of 16 bytes). Controls: clusters don't keep to the formula, nor do other
# shares than those asked for pass.
#
# usage: survivors.sh WORKLOAD-PROGRAM LIBRARY
set -eu
program=$1 library=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The driver's part of the protocol: a line "go" for each that waits for one.
cat >"$scratch/drive.py" <<'END'
import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
child = subprocess.Popen([sys.argv[1], "survivors", "--gap=1", *sys.argv[3:], f"--report=fd:{theirs.fileno()}"],
                         env=dict(os.environ, LD_PRELOAD=sys.argv[2]), pass_fds=[theirs.fileno()])
theirs.close()
for line in ours.makefile():
    print(line, end="")
    if line.startswith(("census", "checkpoint", "gap", "idle")):
        ours.sendall(b"go\n")
sys.exit(child.wait())
END
command -v python3 >/dev/null || {
    echo "skipped: no python3 to speak the protocol with"
    exit 77
}

# run OPTION...: one line for each gap: the share asked for, that which is left (percent), and the
# page floor over the formula's.
run() {
    python3 "$scratch/drive.py" "$program" "$library" "$@" >"$scratch/report"
    awk 'BEGIN { split("0.1 0.2 0.5 1 2 5 10 20 50", asked); per_page = 16 }
         /^gap/ { split($2, n, "="); split($4, live, "="); split($5, floor, "=")
                  share = live[2] / 67108864
                  printf "%s %.4f %.4f\n", asked[n[2]], 100 * share, floor[2] / (67108864 * (1 - (1 - share) ^ per_page)) }
        ' "$scratch/report" | tee "$scratch/lines"
    [ "$(wc -l <"$scratch/lines")" -eq 9 ] || {
        echo "FAILED: not nine gaps: survivors $*" >&2
        exit 1
    }
}

# Each prints the lines that are off.
off_share() {
    awk -v times="${1:-1}" '{ s = times * $1 / 100; d = $2 / 100 - s; if (d * d > 16 * s * (1 - s) / 262144) print }' "$scratch/lines"
}
off_floor() {
    awk '$3 < 0.98 || $3 > 1.02' "$scratch/lines"
}

expect_none() {
    [ -z "$2" ] || {
        echo "FAILED: $1: $2" >&2
        exit 1
    }
}
expect_all() { # nine lines
    [ "$(echo "$2" | grep -c .)" -eq 9 ] || {
        echo "FAILED: the control $1 is off in $(echo "$2" | grep -c .) lines of 9" >&2
        exit 1
    }
}

run --pattern=2
expect_none "by generation another share is left than was asked for" "$(off_share)"
run --pattern=1
expect_all "of clusters" "$(off_floor)"
run
expect_none "another share is left than was asked for" "$(off_share)"
expect_all "of a share twice as large" "$(off_share 2)"
expect_none "the page floor is not what the formula says" "$(off_floor)"
