# A watched program: footprint over time, with its checkpoints as points and names. The data file
# has a block for each line and, where marks > 0, the checkpoints in the last one.
width = 1100; height = 520
load share.'/common.gp'
set title 'memory of the process tree over time'
set xlabel 'time since the start, s'
set ylabel 'MiB'
set yrange [0:*]
set offsets 0, graph 0.03, graph 0.12, 0
set bmargin 8
set key at graph 0.5,-0.16 center top horizontal maxcols 2 samplen 2
file = base.'.dat'
if (marks > 0) \
    plot for [i=0:series-1] file index i using 1:2 with lines lc rgb colour[pick(i)] lw 1.6 \
             title columnheader(1), \
         file index series using 1:2 with points pt 7 ps 0.8 lc rgb colour[7] title 'checkpoints', \
         file index series using 1:2:3 with labels offset 0,0.9 font ',10' noenhanced notitle; \
else \
    plot for [i=0:series-1] file index i using 1:2 with lines lc rgb colour[pick(i)] lw 1.6 \
             title columnheader(1)
