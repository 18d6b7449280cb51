# Stacked bars at the end of the idle period: baseline + live + sparse = page floor, + retained.
width = 1000; height = 500
load share.'/common.gp'
set style data histograms
set style histogram rowstacked title offset 0,-1.2
set style fill solid 0.9 border rgb '#404040'
set boxwidth 0.75
set title sprintf("%s, %d threads: what the footprint consists of after %g s of idle", workload, threads, idle_s)
set ylabel 'MiB'
set yrange [0:*]
set xtics rotate by 35 right
set bmargin 8
set key top right reverse Left invert
unset grid
set grid ytics lc rgb '#d8d8d8' lt 1
# an empty driver draws nothing
only(d) = base.'-'.d.'.dat'
array part[4] = ['baseline', 'live', 'sparse (up to the page floor)', 'retained']
array fill[4] = ['#B0B0B0', '#009E73', '#56B4E9', '#D55E00']
array hatch[4] = [0, 3, 6, 7]
bars(d, first) = ''
if (dead > 0 && collect > 0) {
    plot newhistogram 'dead idle', \
             for [c=1:4] only('dead') using (column(c+1)):xtic(1) lc rgb fill[c] title part[c], \
         newhistogram 'after collect', \
             for [c=1:4] only('collect') using (column(c+1)):xtic(1) lc rgb fill[c] notitle, \
         live_mib with lines lc rgb '#404040' dt 3 title 'baseline + live', \
         floor_mib with lines lc rgb '#404040' dt 2 title 'baseline + page floor'
} else {
    driver = dead > 0 ? 'dead' : 'collect'
    plot newhistogram driver, \
             for [c=1:4] only(driver) using (column(c+1)):xtic(1) lc rgb fill[c] title part[c], \
         live_mib with lines lc rgb '#404040' dt 3 title 'baseline + live', \
         floor_mib with lines lc rgb '#404040' dt 2 title 'baseline + page floor'
}
