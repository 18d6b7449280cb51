# Every series that is compared, over the reference's: a row each, a mark and its 95 % interval for each
# allocator. Logarithmic: half and twice are as far from one. The reference is 1 by definition, and there
# for its colour.
width = 1000; height = 120 + 46 * words(series) + 24 * blocks
load share.'/common.gp'
set title sprintf("%s, %d threads: everything that is compared, over %s", workload, threads, reference)
n = words(series)
set yrange [n - 0.4:-0.6]
set logscale x 2
set xrange [*:*]
set xtics format '%g'
set grid xtics ytics lc rgb '#d8d8d8' lt 1
set ytics ()
do for [i=1:n] { set ytics add (word(series, i) i - 1) }
set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb '#404040' dt 2
set xlabel 'ratio to the reference, with its 95 % interval (log; below 1 is better)'
set key outside below center horizontal samplen 2
set bmargin 6
step = 0.7 / (blocks > 1 ? blocks - 1 : 1)
plot for [i=0:blocks-1] base.'.dat' index i using 2:($1 - 0.35 + i * step):3:4 with xerrorbars \
         lc rgb colour[pick(i)] pt shape[pick(i)] ps 1 lw 1.6 title columnheader(1)
