#!/bin/sh
# survivors: the page floor at the gaps is what arithmetic says, pages x (1 - (1 - s)^n),
# where blocks share pages as the formula has it (ebb: no headers, classes of 16 bytes).
#
# usage: survivors.sh WORKLOAD-PROGRAM LIBRARY
set -eu
program=$1 library=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The driver's part of the protocol: a line "go" for each gap and checkpoint.
cat >"$scratch/drive.py" <<'END'
import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
child = subprocess.Popen([sys.argv[1], "survivors", "--gap=1", "--scale=0.5", f"--report=fd:{theirs.fileno()}"],
                         env=dict(os.environ, LD_PRELOAD=sys.argv[2]), pass_fds=[theirs.fileno()])
theirs.close()
for line in ours.makefile():
    print(line, end="")
    if line.startswith(("checkpoint", "gap", "idle")):
        ours.sendall(b"go\n")
sys.exit(child.wait())
END
command -v python3 >/dev/null || {
    echo "skipped: no python3 to speak the protocol with"
    exit 77
}
python3 "$scratch/drive.py" "$program" "$library" >"$scratch/report"
awk 'BEGIN { split("1 2 5 10 20 50 100 200 500", s) }
     /^gap/ { split($2, n, "="); split($5, floor, "=")
              expected = 32 * 1048576 * (1 - (1 - s[n[2]] / 1000) ^ 16)
              off = floor[2] / expected
              printf "%.1f %%: floor %.2f MiB, expected %.2f\n", s[n[2]] / 10, floor[2] / 1048576, expected / 1048576
              allowed = n[2] < 3 ? 0.15 : 0.06 # few survivors are few draws
              if (off < 1 - allowed || off > 1 + allowed) bad = 1
              lines++ }
     END { exit bad || lines != 9 }' "$scratch/report" || {
    echo "the floor is not what the formula says"
    exit 1
}
