# Throughput against idle footprint: the lower right corner is where one wants to be. The points come
# by throughput, so that neighbours have their labels above and below by turns.
width = 1100; height = 500
load share.'/common.gp'
set multiplot layout 1,panels title sprintf("%s, %d threads: throughput against idle footprint", workload, threads)
set xlabel sprintf("throughput relative to %s (right is faster)", reference)
set ylabel sprintf("footprint after %g s idle, MiB (low is better)", idle_s)
set offsets graph 0.08, graph 0.25, 0, 0
set bmargin 8
set key at graph 0.5,-0.22 center top horizontal
do for [driver in 'dead collect'] {
    if (blocks(driver) > 0) {
        set title name(driver)
        file = base.'-'.driver.'.dat'
        plot file index 1 using 2:3 with linespoints lc rgb '#909090' dt 2 pt 6 ps 2.2 title 'Pareto front', \
             file index 0 using 2:3 with points lc rgb '#0072B2' pt 7 ps 1.2 notitle, \
             file index 0 every 2 using 2:3:1 with labels left offset char 0.8,0.6 font ',9' notitle, \
             file index 0 every 2::1 using 2:3:1 with labels left offset char 0.8,-0.7 font ',9' notitle, \
             floor_mib with lines lc rgb '#404040' dt 3 title 'baseline + page floor'
    }
}
unset multiplot
