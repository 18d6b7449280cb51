# Footprint by what the process does while it is idle: where lines cross, the ranking of the
# allocators hangs on it. Logarithmic, since the ranking is decided among the low ones.
width = 900; height = 560
load share.'/common.gp'
set title sprintf("%s, %d threads: footprint after %g s, by what the process does while idle", workload, threads, idle_s)
n = words(drivers)
set xrange [-0.3:n - 0.7]
set logscale y 2
set yrange [*:*]
set xtics ()
do for [i=1:n] { set xtics add (word(drivers, i) i - 1) }
set xlabel 'while idle'
set ylabel 'footprint, MiB (log)'
set key outside right center vertical samplen 3
plot for [i=0:blocks-1] base.'.dat' index i using 1:2 with linespoints \
         lc rgb colour[pick(i)] pt shape[pick(i)] dt dash(i) ps 1.1 lw 1.8 title columnheader(1), \
     floor_mib with lines lc rgb '#404040' dt 3 title 'baseline + page floor'
