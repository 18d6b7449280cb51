# A measure over the runs of a history: a panel for each workload, a line for each variant; rings
# mark where a change began. Colours, shapes and dashes all differ between variants.
count = words(panel_names)
columns = count < 3 ? count : 3
rows = (count + columns - 1) / columns
width = 420 * columns + 60; height = 320 * rows + 60
dead = 1; collect = 0; top_mib = 1
load share.'/common.gp'
set multiplot layout rows,columns title sprintf("%s over runs: %s; rings: a change began", measure, measure eq 'time' ? 'ratio to the reference' : 'MiB of footprint')
set autoscale y
dash(i) = (i % 5) + 1
set offsets graph 0.02, graph 0.02, graph 0.1, graph 0.1
set xtics 1
set xtics auto
set xlabel 'run'
set key outside bottom center horizontal
do for [panel in panel_names] {
    set title panel noenhanced
    file = base.'-'.panel.'.dat'
    stats file using 1 nooutput
    last = STATS_blocks - 1
    plot for [i=0:last-1] file index i using 1:2 with linespoints lc rgb colour[pick(i)] pt shape[pick(i)] dt dash(i) lw 1.5 ps 0.7 title columnheader(1) noenhanced, \
         for [i=0:last-1] file index i using 1:3 with points lc rgb '#000000' pt 6 ps 2.2 lw 2 notitle
}
unset multiplot
