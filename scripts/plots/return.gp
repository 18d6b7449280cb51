# Return curves: footprint over idle time, one line an allocator.
width = 1100; height = 520
load share.'/common.gp'
set multiplot layout 1,panels title sprintf("%s, %d threads: footprint over idle time", workload, threads)
set logscale x
set xrange [0.04:idle_s * 1.15]
set xlabel 'idle time, s (log; the first point is t = 0)'
set ylabel 'footprint, MiB'
set bmargin 11
set key at graph 0.5,-0.24 center top horizontal maxcols 2 samplen 2
clamp(x) = x < 0.05 ? 0.042 : x
do for [driver in 'dead collect'] {
    n = blocks(driver)
    if (n > 0) {
        set title name(driver)
        file = base.'-'.driver.'.dat'
        plot for [i=0:n-1] file index i using (clamp($1)):2 with linespoints \
                 lc rgb colour[pick(i)] pt shape[pick(i)] dt dash(i) ps 0.6 lw 1.6 title columnheader(1), \
             floor_mib with lines lc rgb '#404040' dt 2 title 'baseline + page floor', \
             live_mib with lines lc rgb '#404040' dt 3 title 'baseline + live'
    }
}
unset multiplot
