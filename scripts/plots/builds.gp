# Footprint at the end of the idle gap after each build: a line that rises is a ratchet.
width = 900; height = 560
load share.'/common.gp'
set title sprintf("%s, %d threads: footprint at the end of the idle gap after each build", workload, threads)
set yrange [0:*]
set xlabel 'build'
set ylabel 'footprint, MiB'
set key outside right center vertical samplen 3
plot for [i=0:blocks-1] base.'.dat' index i using 1:2 with linespoints \
         lc rgb colour[pick(i)] pt shape[pick(i)] dt dash(i) ps 0.8 lw 1.8 title columnheader(1), \
     floor_mib with lines lc rgb '#404040' dt 3 title 'baseline + page floor'
