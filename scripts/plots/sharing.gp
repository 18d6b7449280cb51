# The sharing factor: peak footprint at T threads over that at one. Threads that peak one after the
# other need T times as much where memory belongs to threads, and no more where it is shared.
width = 900; height = 560
load share.'/common.gp'
set title sprintf("%s: peak footprint by number of threads, over that of one thread", workload)
set logscale x 2
set logscale y 2
set xrange [0.9:most * 1.1]
set yrange [0.8:most * 1.25]
set xtics autofreq
set xlabel 'threads'
set ylabel 'peak without baseline, relative to one thread'
set key outside right center vertical samplen 3
plot x with lines lc rgb '#909090' dt 2 title 'memory belongs to threads', \
     1 with lines lc rgb '#909090' dt 3 title 'memory is shared', \
     for [i=0:blocks-1] base.'.dat' index i using 1:2 with linespoints \
         lc rgb colour[pick(i)] pt shape[pick(i)] dt dash(i) ps 1.1 lw 1.8 title columnheader(1)
