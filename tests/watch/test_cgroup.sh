#!/bin/sh
# The sum over the tree against the kernel's own: anonymous memory and the number of processes of a
# cgroup that the program, its orphan included, lives in.
# shellcheck source=../driver/lib.sh
. "$HERE/lib.sh"

if [ -d /sys/fs/cgroup/memory ]; then
    # below our own group, which alone we may be allowed to write to
    parent=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
    field=rss
else
    parent=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
    field=anon
fi
group=$parent/tidemark-test.$$
mkdir "$group" 2>/dev/null || skip "no cgroup can be made in $parent"
[ -f "$group/memory.stat" ] || { rmdir "$group"; skip "$parent has no memory controller"; }
trap 'rmdir "$group" 2>/dev/null || true; cleanup' EXIT

"$tidemark" watch --until ready --idle 6 --no-plots -- \
    sh -c "echo \$\$ >'$group/cgroup.procs' && exec '$BIN/planted' tree '$PWD/list' 48" >out 2>&1 &
watcher=$!
tries=0
until grep -q ready out; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || fail "the program never came so far"
    sleep 0.1
done
sleep 4 # the kernel brings these counters up to date every two seconds
kernel_bytes=$(sed -n "s/^$field //p" "$group/memory.stat")
kernel_processes=$(wc -l <"$group/cgroup.procs")
wait $watcher || fail "the watcher failed"

watched_bytes=$(sed -n '/"name": "idle@6s"/,/"pss_anon"/s/.*"pss_anon": \([0-9]*\).*/\1/p' \
    results/latest-watch/results.json)
watched_processes=$(sed -n '/"name": "idle@6s"/,/"processes": [0-9]/s/.*"processes": \([0-9]*\).*/\1/p' \
    results/latest-watch/results.json)
echo "kernel: $kernel_bytes bytes, $kernel_processes processes; watch: $watched_bytes, $watched_processes"
[ "$kernel_processes" -eq 2 ] || fail "two processes should have lived"
[ "$watched_processes" -eq "$kernel_processes" ] || fail "watch saw another number of processes"
# The kernel charges in batches for each CPU, so a little may differ.
difference=$((kernel_bytes - watched_bytes))
[ ${difference#-} -lt $((kernel_bytes / 50)) ] || fail "the sums differ by $difference bytes"
