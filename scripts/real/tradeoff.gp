# Throughput against memory of tokenizers, relative to glibc, with the published points: the lower right corner is
# where one wants to be.
width = 900; height = 560; top_mib = 1
load share.'/common.gp'
set title "tokenizers on each allocator, relative to glibc"
set xlabel "throughput (right is faster)"
set ylabel "RSS after all batches (low is better)"
set logscale y 2
set yrange [0.2:4]
set ytics (0.25, 0.5, 1, 2, 3)
set offsets graph 0.08, graph 0.2, graph 0.08, 0
set key outside bottom center horizontal
set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb '#b0b0b0' dt 3
file = base.'.dat'
set datafile separator "\t"
plot file index 0 using 2:3 with points lc rgb colour[6] pt shape[1] ps 1.3 title 'one thread', \
     file index 0 using 2:3:1 with labels left offset char 0.8,0 font ',9' notitle, \
     file index 1 using 2:3 with points lc rgb colour[7] pt shape[2] ps 1.3 title 'several threads', \
     file index 1 using 2:3:1 with labels right offset char -0.8,0 font ',9' notitle, \
     file index 2 using 2:3 with points lc rgb colour[1] pt shape[6] ps 1.6 title 'published (tokenizers#2073, mimalloc)', \
     file index 2 using 2:3:1 with labels left offset char 0.8,0.6 font ',9' notitle
