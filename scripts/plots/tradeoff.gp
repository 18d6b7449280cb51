# Throughput against idle footprint: the lower right corner is where one wants to be. The names stand in a column at
# the right, where report/plot_points.c has placed them. Those on the Pareto front stand out; where the picture is
# about a change (`change` is its title), what it is from and to does, by colour: bold takes gnuplot's enhanced text,
# in which the "_" of a setting's name means another thing.
width = 1100; height = 500
load share.'/common.gp'
is_change = exists("change")
if (!is_change) change = ''; to = ''; panel = ''
stands_out(name, on_front) = is_change ? name eq reference || name eq to : on_front > 0
set multiplot layout 1,panels title (is_change ? change : \
    sprintf("%s, %d threads: throughput against idle footprint", workload, threads)) noenhanced
set xlabel sprintf("throughput relative to %s (right is faster)", reference) noenhanced
set ylabel (is_change ? sprintf("%s relative to %s (low is better)", panel, reference) : \
    sprintf(together ? "footprint after %g s idle relative to %s (low is better)" : \
    "footprint after %g s idle, MiB (low is better)", idle_s, reference)) noenhanced
set offsets graph 0.08, graph 0.2, 0, 0
set bmargin (is_change ? 4 : 8)
set key at graph 0.5,-0.22 center top horizontal
bold = format eq 'svg' ? 'sans-serif:Bold,12' : 'sans:Bold,10'
floor_or_none = together ? NaN : floor_mib
do for [driver in 'dead collect'] {
    if (blocks(driver) > 0) {
        set title (is_change ? panel : name(driver)) noenhanced
        file = base.'-'.driver.'.dat'
        plot file index 0 using 2:3:($4-$2):($5-$3) with vectors nohead lc rgb '#d0d0d0' notitle, \
             file index 1 using (is_change ? NaN : $2):3 with lines lc rgb '#0072B2' dt 2 title is_change ? '' : 'Pareto front', \
             file index 0 using (is_change && strcol(1) eq to ? 1 : NaN):(1):($2-1):($3-1) with vectors filled lw 2 lc rgb '#0072B2' notitle, \
             file index 0 using (stands_out(strcol(1), $6) ? NaN : $2):3 with points lc rgb '#a0a0a0' pt 7 ps 1.1 notitle, \
             file index 0 using (stands_out(strcol(1), $6) ? $2 : NaN):3 with points lc rgb '#0072B2' pt 7 ps 1.7 notitle, \
             file index 0 using (stands_out(strcol(1), $6) ? NaN : $4):5:1 with labels left offset char 0.4,0 textcolor rgb '#606060' noenhanced notitle, \
             file index 0 using (stands_out(strcol(1), $6) && !is_change ? $4 : NaN):5:1 with labels left offset char 0.4,0 font bold notitle, \
             file index 0 using (stands_out(strcol(1), $6) && is_change ? $4 : NaN):5:1 with labels left offset char 0.4,0 textcolor rgb '#0072B2' noenhanced notitle, \
             floor_or_none with lines lc rgb '#404040' dt 3 title together ? '' : 'baseline + page floor'
    }
}
unset multiplot
