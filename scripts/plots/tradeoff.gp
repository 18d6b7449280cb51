# Throughput against idle footprint: the lower right corner is where one wants to be.
width = 1000; height = 460
load share.'/common.gp'
panels = (dead > 0) + (collect > 0)
set multiplot layout 1,panels title sprintf("%s, %d threads: throughput against idle footprint", workload, threads)
set xlabel sprintf("throughput relative to %s (right is faster)", reference)
set ylabel sprintf("footprint after %g s idle, MiB (low is better)", idle_s)
set yrange [0:*]
set offsets graph 0.12, graph 0.25, graph 0.12, 0
set key outside below
do for [driver in 'dead collect'] {
    n = driver eq 'dead' ? dead : collect
    if (n > 0) {
        set title driver.' idle'
        file = base.'-'.driver.'.dat'
        plot file index 1 using 2:3 with linespoints lc rgb '#909090' dt 2 pt 6 ps 2.2 title 'Pareto front', \
             file index 0 using 2:3 with points lc rgb '#0072B2' pt 7 ps 1.2 notitle, \
             file index 0 using 2:3:1 with labels left offset char 0.8,0.5 font ',10' notitle, \
             floor_mib with lines lc rgb '#404040' dt 3 title 'baseline + page floor'
    }
}
unset multiplot
