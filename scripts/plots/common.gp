# Shared looks: one terminal for each format, and the Okabe-Ito palette, whose colours differ
# also for the colour-blind; shapes and dashes differ as well, so that no meaning hangs on colour.
# More than eight lines take the colours again, dashed. Plots of the idle period have a panel for
# each of the drivers dead and collect that was measured, on one scale.
if (format eq 'svg') \
    set terminal svg size width,height dynamic enhanced font 'sans-serif,13' background '#ffffff'; \
else \
    set terminal pngcairo size width,height enhanced font 'sans,10' background '#ffffff'
set output base.'.'.format
set encoding utf8
array colour[8] = ['#000000', '#E69F00', '#56B4E9', '#009E73', '#CC79A7', '#0072B2', '#D55E00', '#8A8A00']
array shape[8] = [7, 5, 9, 11, 13, 4, 6, 8]
pick(i) = (i % 8) + 1
dash(i) = 1 + i / 8
if (!exists("dead")) dead = 0
if (!exists("collect")) collect = 0
if (!exists("top_mib")) top_mib = 1
panels = (dead > 0) + (collect > 0)
blocks(driver) = driver eq 'dead' ? dead : collect
name(driver) = driver eq 'dead' ? 'dead idle' : 'after one collect call'
set border 3 lc rgb '#606060'
set tics nomirror textcolor rgb '#303030'
set grid ytics lc rgb '#d8d8d8' lt 1
set yrange [0:top_mib * 1.1]
