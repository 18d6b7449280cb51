# The wake penalty: the build after an idle gap against a warm one, and the page faults it has more.
width = 1000; height = 520
load share.'/common.gp'
set multiplot layout 1,2 title sprintf("%s, %d threads: what it costs to wake up after an idle gap", workload, threads)
set style data histograms
set style histogram clustered gap 0.5
set style fill solid 0.9 border rgb '#404040'
set boxwidth 0.9 relative
set xtics rotate by 35 right
set bmargin 8
unset key
set title 'wall time'.note
set ylabel 'build after a gap / warm build'
set yrange [0:*]
plot base.'.dat' using 2:xtic(1) lc rgb '#56B4E9' notitle, 1 with lines lc rgb '#404040' dt 2 notitle
set title 'page faults'
set ylabel 'thousands more than a warm build'
set yrange [*<0:0<*]
set xzeroaxis lc rgb '#404040'
plot base.'.dat' using 3:xtic(1) lc rgb '#E69F00' notitle
unset multiplot
