# What a program held, as meter.c wrote it, and what the replay of its recording held: how far they are apart. Fails
# where the bytes held are more than `bound` percent of their peak apart, what the C library's
# malloc says it has in use more than 1 % at its peak, or what it has obtained more than 5 %.
# The replay makes a few calls of its own: an interval of it may reach into the original's next or
# last one, so it is compared with the range of all three.
function excess(low, high, from, to) { return from < low ? low - from : to > high ? to - high : 0 }
NR == FNR {
    n++; at[$1] = n; least[n] = $2; most[n] = $3
    if ($3 > held) held = $3
    if ($4 > used) used = $4
    if ($5 > obtained) obtained = $5
    next
}
$4 > used_again { used_again = $4 }
$5 > obtained_again { obtained_again = $5 }
$1 in at {
    low = least[at[$1]]; high = most[at[$1]]
    for (k = at[$1] - 1; k <= at[$1] + 1; k += 2) {
        if (k in least && least[k] < low) low = least[k]
        if (k in most && most[k] > high) high = most[k]
    }
    off = excess(low, high, $2, $3)
    sum += off; compared++
    if (off > worst) worst = off
}
END {
    live = 100 * worst / held; in_use = 100 * (used_again / used - 1)
    peak = 100 * (obtained_again / obtained - 1)
    printf "%d intervals: bytes held at most %.2f %% apart, on average %.3f %%; peak in use %+.2f %%, " \
        "obtained %+.2f %%\n", compared, live, 100 * sum / compared / held, in_use, peak
    exit !(compared >= 500 && live < bound && in_use ^ 2 < 1 && peak ^ 2 < 25)
}
