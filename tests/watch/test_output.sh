#!/bin/sh
# Whoever reads the watcher's output may stop to: the sampling goes on, nothing is lost, and Ctrl-C
# ends the program.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

# longest_gap: milliseconds between two samples of the newest run.
longest_gap() {
    sed 's/.*"samples":\[\[//; s/\]\].*//; s/\],\[/\n/g' results/latest-watch/cells.jsonl |
        awk -F, 'NR > 1 && $1 - last > gap { gap = $1 - last } { last = $1 } END { printf "%d\n", gap }'
}

# A reader that begins after three seconds. The program writes more than waits in pipes until then.
mkfifo pipe
{
    sleep 3
    cat
} <pipe >out &
reader=$!
"$tidemark" watch --interval 100 --no-plots -- \
    sh -c 'head -c 1000000 /dev/zero | tr "\0" x; echo; echo last' >pipe 2>errors || fail "$(cat errors)"
wait $reader
[ "$(head -n 1 out | wc -c)" -eq 1000001 ] || fail "of the output $(head -n 1 out | wc -c) bytes came"
grep -qx last out || fail "the last line is missing"
gap=$(longest_gap)
[ "$gap" -lt 1500 ] || fail "$gap ms passed between two samples"
says "was held up for"

# The same through a socket, as Node.js gives one to a program whose output it reads.
perl -MSocket -e 'socketpair my $in, my $out, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die;
    if (!fork) { open STDOUT, ">&", $out; close $in; exec @ARGV }
    close $out;
    sleep 3;
    print $text while sysread $in, $text, 65536;' \
    "$tidemark" watch --interval 100 --no-plots -- \
    sh -c 'head -c 1000000 /dev/zero | tr "\0" x; echo; echo last' >out 2>errors || fail "$(cat errors)"
[ "$(head -n 1 out | wc -c)" -eq 1000001 ] || fail "through a socket $(head -n 1 out | wc -c) bytes came"
grep -qx last out || fail "the last line is missing"
gap=$(longest_gap)
[ "$gap" -lt 1500 ] || fail "through a socket $gap ms passed between two samples"
says "was held up for"

# the control: a reader that reads
"$tidemark" watch --interval 100 --no-plots -- \
    sh -c 'head -c 1000000 /dev/zero | tr "\0" x; echo; sleep 0.5' 2>&1 | cat >out
says_not "was held up for"

# A reader that never reads: the first signal ends the program and writes the results, the next one
# ends the watcher, which only the terminal's table still waits in.
sh -c 'exec sleep 60' <pipe &
reader=$!
"$tidemark" watch --no-plots -- yes "held up $$" >pipe 2>errors &
pid=$!
sleep 1
kill -INT $pid
tries=0
until grep -q interrupted results/latest-watch/results.json 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || fail "the interruption was not heard"
    sleep 0.1
done
! pgrep -fx "yes held up $$" >/dev/null || fail "the program outlived the watcher"
sleep 0.5
kill -INT $pid
code=0
wait $pid || code=$?
[ $code -eq 130 ] || fail "exit code $code while the terminal does not read"
kill $reader
