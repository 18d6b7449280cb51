# Stacked bars at the end of the idle period: baseline + live + sparse = page floor, + retained.
width = 1100; height = 560
load share.'/common.gp'
set multiplot layout 1,panels title sprintf("%s, %d threads: what the footprint consists of after %g s of idle", workload, threads, idle_s)
set style data histograms
set style histogram rowstacked
set style fill solid 0.9 border rgb '#404040'
set boxwidth 0.75
set ylabel 'MiB'
set xtics rotate by 35 right
set bmargin 11
set key at graph 0.5,-0.3 center top horizontal maxcols 3 samplen 2
array part[4] = ['baseline', 'live', 'sparse', 'retained']
array fill[4] = ['#B0B0B0', '#009E73', '#56B4E9', '#D55E00']
do for [driver in 'dead collect'] {
    if (blocks(driver) > 0) {
        set title name(driver)
        file = base.'-'.driver.'.dat'
        plot for [c=1:4] file using (column(c+1)):xtic(1) lc rgb fill[c] title part[c], \
             live_mib with lines lc rgb '#404040' dt 3 title 'baseline + live', \
             floor_mib with lines lc rgb '#404040' dt 2 title 'baseline + page floor'
    }
}
unset multiplot
