// The script of the site's page. It draws what `tidemark site` wrote into the page (site.h).
// It knows no measure by name: data.measures lists the measures and says how to show them.
'use strict';
(() => {
    const data = JSON.parse(document.getElementById('data').textContent);
    const history = data.history, runs = data.runs;
    if (history) {
        history.nights = history.nights.map(([id, commit, when]) => ({id, commit, when}));
        history.lines = history.lines.map(([m, w, t, v, step, d, level, noise, c]) => ({m, w, t, v, step, d, level, noise, c}));
    }
    for (const run of runs)
        run.figures = run.figures.map(([m, w, t, v, median, low, high, rounds, fault]) => ({m, w, t, v, median, low, high, rounds, fault}));
    const newest = runs[runs.length - 1];
    // A run beside the history may have another reference, such as one of programs that were watched.
    const reference = (history || newest.facts).reference;
    const main = document.getElementById('main');

    // ---- elements ----

    // el('td', {class: 'n'}, 'text', child...); a function among the attributes is a listener.
    function el(tag, attributes, ...children) {
        const made = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes || {}))
            if (typeof value === 'function') made.addEventListener(name, value);
            else if (value !== null && value !== false) made.setAttribute(name, value === true ? '' : value);
        made.append(...children.flat().filter(child => child !== null && child !== undefined));
        return made;
    }
    const link = (href, text) => el('a', {href}, text);
    const place = (...parts) => '#/' + parts.map(part => encodeURIComponent(part === '' ? '*' : part)).join('/');

    // A row is an array of cells, or {class, cells}; a number's cell is {n: text}. The first is its heading.
    function table(caption, head, rows, tall) {
        const cell = (content, tag) => {
            const isNumber = content !== null && typeof content === 'object' && 'n' in content;
            return el(tag, {class: isNumber ? 'n' : null, scope: tag === 'th' ? 'row' : null},
                isNumber ? content.n : content);
        };
        return el('div', {class: tall ? 'scroll tall' : 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
            el('table', {'aria-label': caption},
                el('thead', {}, el('tr', {}, head.map(h => el('th', {scope: 'col', class: h.n ? 'n' : null}, h.n || h)))),
                el('tbody', {}, rows.map(row => el('tr', {class: row.class || null},
                    (row.cells || row).map((content, i) => cell(content, i ? 'td' : 'th')))))));
    }

    // The content is made when it is opened, because that can take long.
    function folded(title, make) {
        const details = el('details', {}, el('summary', {}, title));
        details.addEventListener('toggle', () => {
            if (details.open && details.children.length === 1) details.append(make());
        });
        return details;
    }

    function choice(label, options, chosen, change) {
        const select = el('select', {change: event => change(event.target.value)},
            options.map(([value, text, tip]) => el('option', {value, title: tip || null, selected: value === chosen}, text)));
        return el('label', {}, label, select);
    }

    // ---- words and numbers ----

    const about = m => data.measures[m] || {label: m, unit: '', series: 'not', decides: false};
    const workloadName = w => w || 'all workloads';
    const threadsName = t => t === 0 ? '' : t === 1 ? ', 1 thread' : `, ${t} threads`;
    const byRegistry = (a, b) => about(a).order - about(b).order || (a > b) - (a < b);
    const unitOf = (m, w, base = reference) => {
        const unit = w === '' ? 'x reference' : about(m).unit;
        return unit === 'x reference' ? `× ${base}` : unit;
    };
    const title = text => text.charAt(0).toUpperCase() + text.slice(1);

    function show(value, decimals) {
        if (value === null || value === undefined || Number.isNaN(value)) return '–';
        if (decimals === undefined) {
            const size = Math.abs(value);
            decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
        }
        return value.toFixed(Math.max(0, decimals));
    }
    const percent = ratio => `${ratio >= 1 ? '+' : '−'}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
    const interval = row => row.low === null || row.low === undefined || row.high === null ? ''
        : ` [${show(row.low, 2)}, ${show(row.high, 2)}]`;
    const verdict = word => el('span', {class: word === 'better' || word === 'worse' ? word : 'weak'}, word);
    const night = n => `night ${n.id}, ${n.when.slice(0, 10)}`;

    // A run's name is its date, commit and profile; its path is the tooltip. Older runs do not record their start, so it
    // is taken from the name of their folder. An old baseline has no date.
    const started = run => {
        const told = run.environment && run.environment.started, folder = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)\d\dZ/.exec(run.name);
        if (told) return told.slice(0, 16);
        return folder ? `${folder[1]}-${folder[2]}-${folder[3]} ${folder[4]}:${folder[5]}` : '';
    };
    const shortCommit = run => run.run.commit.slice(0, 8);
    const runName = run => [run.baseline ? 'baseline' : '', started(run), `commit ${shortCommit(run)}`, run.run.profile].filter(part => part).join(', ');
    const shortName = run => `${run.baseline ? 'Baseline' : 'Run'} ${started(run).slice(0, 10) || shortCommit(run)}`;
    const named = run => el('span', {title: run.name}, `the ${run.baseline ? '' : 'run of '}${runName(run)}`);
    // The facts in which two runs differ. If there are any, the runs did not measure the same: no change can be seen.
    const unlike = (a, b) => Object.keys(a.facts).filter(fact => a.facts[fact] !== b.facts[fact])
        .map(fact => `${fact.replace(/_s$/, ' seconds').replace('_', ' ')} ${a.facts[fact]} and ${b.facts[fact]}`).join(', ');

    // ---- variants: one order and one colour everywhere ----

    const again = newest && newest.facts.reference === reference && newest.run.again || `${reference}:A/A`;
    const variants = (() => {
        const names = new Set([reference]);
        runs.slice().reverse().forEach(run => Object.keys(run.variants).forEach(v => names.add(v)));
        if (history) history.lines.forEach(line => names.add(line.v));
        names.delete(again);
        return [...names, again];
    })();
    const colourName = (() => {
        const free = ['--v1', '--v2', '--v3', '--v6', '--v7'];
        const names = {[reference]: '--v0', [again]: '--v5'};
        if (data.subject !== reference) names[data.subject] = '--v4';
        let next = 0;
        variants.forEach(v => { if (!names[v]) names[v] = free[next++ % free.length]; });
        return names;
    })();
    const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const colour = v => css(colourName[v]);
    const rowClass = v => v === data.subject ? 'subject' : v === again ? 'noise' : null;

    // ---- the history's figures (site.h) ----

    const digits = [...Array(95).keys()].map(i => String.fromCharCode(32 + i)).filter(c => !' "\\<'.includes(c));
    const digitOf = Object.fromEntries(digits.map((c, i) => [c, i]));

    function decode(line) {
        if (line.values) return line.values;
        const text = line.d, values = [];
        let last = 0;
        for (let i = 0; i < text.length; i++) {
            if (text[i] === ' ') {
                values.push(null);
                continue;
            }
            let u = digitOf[text[i]];
            if (u === 90) {
                u = (digitOf[text[i + 1]] * 91 + digitOf[text[i + 2]]) * 91 + digitOf[text[i + 3]];
                i += 3;
            } else if (u >= 80) {
                u = 80 + (u - 80) * 91 + digitOf[text[++i]];
            }
            last += u % 2 ? -(u + 1) / 2 : u / 2;
            values.push(line.step < 1 ? last / (1 / line.step) : last * line.step);
        }
        line.values = values;
        return values;
    }

    const decimalsOf = line => Math.max(0, -Math.floor(Math.log10(line.step) + 1e-9));

    const seriesKey = (m, w, t) => JSON.stringify([m, w, t]);
    const series = new Map(); // of the history: key -> its lines
    if (history)
        for (const line of history.lines) {
            const key = seriesKey(line.m, line.w, line.t);
            if (!series.has(key)) series.set(key, []);
            series.get(key).push(line);
        }
    series.forEach(lines => lines.sort((a, b) => variants.indexOf(a.v) - variants.indexOf(b.v)));
    const hasSeries = (m, w, t) => series.has(seriesKey(m, w, t));

    const median = values => {
        const sorted = values.filter(v => v !== null).sort((a, b) => a - b), n = sorted.length;
        return n ? (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2 : null;
    };

    // A line's changes, with the levels before and after.
    function changesOf(line) {
        const values = decode(line);
        return line.c.map(([at, p], i) => {
            const begin = i ? line.c[i - 1][0] : 0, end = i + 1 < line.c.length ? line.c[i + 1][0] : values.length;
            return {line, at, p, from: median(values.slice(begin, at)), to: median(values.slice(at, end))};
        }).filter(change => change.from && change.to);
    }

    // ---- charts ----

    let charts = []; // of the page that is shown
    function discardCharts() {
        charts.forEach(chart => chart.discard());
        charts = [];
    }

    /*
     * lines: [{v, values}]; x: the place of each value. settings: label, unit, decimals, hint; x: {name(i), label(x)};
     * marks: the changes of level, [{index, v}]; ticks: indices at the foot; band: {low, high}; spans: how many of the
     * last values a button shows; pick(index, readout): two values can be picked.
     */
    function chart(x, lines, settings) {
        const box = el('div', {class: 'chart', tabindex: 0, role: 'group',
            'aria-label': `Chart: ${settings.label}. Left and right move from value to value, plus and minus zoom, 0 shows ` +
                `all${settings.pick ? ', Enter picks' : ''}. The table below has the values.`});
        const readout = el('p', {class: 'readout', 'aria-live': 'polite'}, settings.hint || '\u00a0');
        const shown = {}, values = {};
        const key = el('ul', {class: 'key', 'aria-label': 'What is drawn'}, lines.map((line, i) => {
            values[i] = el('span', {class: 'value'});
            const button = el('button', {type: 'button', 'aria-pressed': 'true',
                class: line.v === again ? 'again' : line.v === data.subject ? 'subject' : null,
                click: () => {
                    const on = button.getAttribute('aria-pressed') !== 'true';
                    button.setAttribute('aria-pressed', on);
                    plot.setSeries(i + 1, {show: on});
                }}, el('span', {class: 'dash', style: `border-color: var(${colourName[line.v]})`}), line.v, values[i]);
            return el('li', {}, button);
        }));

        function tell(index) {
            lines.forEach((line, i) => { values[i].textContent = index === null ? '' : show(line.values[index], settings.decimals); });
            readout.textContent = index === null ? settings.hint || '\u00a0' : settings.x.name(index);
        }
        function underneath(u) {
            const context = u.ctx, {left, top, width, height} = u.bbox;
            context.save();
            context.beginPath();
            context.rect(left, top, width, height);
            context.clip();
            if (settings.band) {
                context.fillStyle = css('--band');
                context.beginPath();
                const points = settings.band.low.map((low, i) => [i, low]).filter(([, low]) => low !== null);
                const at = ([i, y]) => context.lineTo(u.valToPos(x[i], 'x', true), u.valToPos(y, 'y', true));
                points.forEach(at);
                points.reverse().forEach(([i]) => at([i, settings.band.high[i]]));
                context.fill();
            }
            context.restore();
        }
        function above(u) {
            const context = u.ctx, {left, top, width, height} = u.bbox, dot = devicePixelRatio;
            context.save();
            context.beginPath();
            context.rect(left, top, width, height);
            context.clip();
            context.lineWidth = dot;
            context.strokeStyle = css('--weak');
            (settings.ticks || []).forEach(index => {
                const at = u.valToPos(x[index], 'x', true);
                context.beginPath();
                context.moveTo(at, top + height);
                context.lineTo(at, top + height - 6 * dot);
                context.stroke();
            });
            (settings.marks || []).forEach(mark => {
                const i = lines.findIndex(line => line.v === mark.v);
                if (i < 0 || !u.series[i + 1].show) return;
                const at = u.valToPos(x[mark.index] - .5, 'x', true);
                context.strokeStyle = context.fillStyle = colour(mark.v);
                context.setLineDash([5 * dot, 4 * dot]);
                context.beginPath();
                context.moveTo(at, top);
                context.lineTo(at, top + height);
                context.stroke();
                context.beginPath();
                context.moveTo(at - 5 * dot, top);
                context.lineTo(at + 5 * dot, top);
                context.lineTo(at, top + 8 * dot);
                context.fill();
            });
            context.restore();
        }

        const axis = {stroke: css('--weak'), grid: {stroke: css('--line'), width: 1}, ticks: {stroke: css('--line'), width: 1}};
        const few = x.length < 60;
        const plot = new uPlot({
            width: 600, height: 340, legend: {show: false},
            scales: {x: {time: false, range: x.length > 1 ? undefined : [x[0] - 1, x[0] + 1]}},
            cursor: {drag: {x: true, y: false}, points: {size: 7}},
            axes: [
                {...axis, space: 70, values: (u, places) => places.map(p => settings.x.label(p))},
                {...axis, label: settings.unit, labelSize: 22, size: 58},
            ],
            series: [{}, ...lines.map(line => ({
                label: line.v, stroke: colour(line.v), spanGaps: false,
                width: line.v === data.subject ? 2.5 : 1.25, dash: line.v === again ? [3, 3] : undefined,
                points: {show: few, size: 5},
            }))],
            hooks: {drawAxes: [underneath], draw: [above], setCursor: [u => tell(u.cursor.idx === undefined ? null : u.cursor.idx)]},
        }, [x, ...lines.map(line => line.values)], box);

        let pressed = 0;
        plot.over.addEventListener('mousedown', event => { pressed = event.clientX; });
        plot.over.addEventListener('click', event => {
            if (settings.pick && Math.abs(event.clientX - pressed) < 4 && plot.cursor.idx !== null)
                settings.pick(plot.cursor.idx, readout);
        });
        function view(from, to) {
            from = Math.max(0, from);
            to = Math.min(x.length - 1, to);
            if (to > from) plot.setScale('x', {min: x[from], max: x[to]});
        }
        const inView = () => {
            const first = x.findIndex(place => place >= plot.scales.x.min);
            let last = x.length - 1;
            while (last > 0 && x[last] > plot.scales.x.max) last--;
            return [Math.max(0, first), last];
        };
        function zoom(factor) {
            const [first, last] = inView(), centre = at === null ? (first + last) / 2 : at;
            const half = Math.max(1, (last - first) * factor / 2);
            view(Math.floor(centre - half), Math.ceil(centre + half));
        }
        let at = null;
        function move(step) {
            const [first, last] = inView();
            at = at === null ? (step > 0 ? first : last) : Math.min(x.length - 1, Math.max(0, at + step));
            if (at < first || at > last) view(at - (last - first) / 2 | 0, at + (last - first) / 2 | 0);
            plot.setCursor({left: plot.valToPos(x[at], 'x'), top: 10});
        }
        box.addEventListener('keydown', event => {
            const act = {ArrowLeft: () => move(-1), ArrowRight: () => move(1), '+': () => zoom(.5), '-': () => zoom(2),
                '0': () => view(0, x.length - 1),
                Enter: () => { if (settings.pick && at !== null) settings.pick(at, readout); }}[event.key];
            if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
            event.preventDefault();
            act();
        });
        const watcher = new ResizeObserver(() => {
            const width = Math.floor(box.clientWidth);
            if (width > 0) plot.setSize({width, height: width < 500 ? 260 : 340});
        });
        watcher.observe(box);
        charts.push({discard: () => { watcher.disconnect(); plot.destroy(); }});

        const button = (text, action) => el('button', {type: 'button', click: action}, text);
        const tools = x.length < 8 ? null : el('div', {class: 'tools', role: 'group', 'aria-label': 'Zoom'},
            button('All', () => view(0, x.length - 1)),
            (settings.spans || []).filter(n => n < x.length).map(n => button(`Last ${n}`, () => view(x.length - n, x.length - 1))),
            button('Zoom in', () => zoom(.5)), button('Zoom out', () => zoom(2)));
        return el('div', {}, key, box, readout, tools);
    }

    // ---- the overview ----

    // The newest totals: of the newest run, with intervals and verdicts, or of the last night.
    function front() {
        if (newest && newest.facts.reference === reference && newest.overall.length) return newest.overall;
        const rows = [];
        if (history)
            for (const line of history.lines) {
                const values = decode(line), last = values[values.length - 1];
                if (line.w === '' && last !== null && line.v !== reference)
                    rows.push({m: line.m, t: line.t, v: line.v, ratio: last, low: null, high: null, verdict: ''});
            }
        return rows;
    }

    function frontCards(rows, threads) {
        const measures = [...new Set(rows.map(row => row.m))].sort(byRegistry);
        return el('ul', {class: 'cards', 'aria-label': 'The front'}, measures.map(m => {
            const best = rows.filter(row => row.m === m && row.t === threads && row.v !== again)
                .concat({v: reference, ratio: 1, low: null, high: null})
                .reduce((a, b) => b.ratio < a.ratio ? b : a);
            const text = `Least ${about(m).label}`;
            return el('li', {}, el('div', {class: 'what'}, hasSeries(m, '', threads) ? link(place('series', m, '', threads), text) : text),
                el('div', {class: 'who'}, best.v),
                el('div', {}, best.v === reference ? 'the reference' : `${show(best.ratio, 2)}${interval(best)} × ${reference}`));
        }));
    }

    function frontTable(rows, threads) {
        const measures = [...new Set(rows.map(row => row.m))].sort(byRegistry);
        const cell = (m, v) => {
            const row = rows.find(r => r.m === m && r.v === v && r.t === threads);
            return {n: !row ? '–' : [el('span', {class: 'figure'}, `${show(row.ratio, 2)}${interval(row)}`), ' ', row.verdict ? verdict(row.verdict) : '']};
        };
        return table('All workloads together, relative to the reference', ['allocator', ...measures.map(m => ({n: about(m).label}))],
            variants.filter(v => rows.some(row => row.v === v)).map(v => ({class: rowClass(v),
                cells: [v === again ? `${v} (noise)` : v, ...measures.map(m => cell(m, v))]})));
    }

    function changedSection() {
        const compared = data.compared;
        if (!compared && runs.length > 1) {
            const why = unlike(runs[runs.length - 2], newest);
            return [el('h2', {}, 'What changed since the run before'),
                el('p', {}, 'Nothing is said of it: ', named(runs[runs.length - 2]), ' and ', named(newest), ` cannot be compared${why ? `: they have ${why}` : ''}.`)];
        }
        if (!compared) return null;
        const counts = Object.entries(compared.counts).filter(([word]) => word !== '-').map(([word, n]) => `${n} ${word}`).join(', ');
        const worse = compared.counts.worse || 0, better = compared.counts.better || 0;
        const rows = compared.rows.filter(row => row.total || row.verdict === 'worse' || row.verdict === 'better');
        rows.sort((a, b) => ['worse', 'better'].indexOf(b.verdict) - ['worse', 'better'].indexOf(a.verdict));
        return [el('h2', {}, 'What changed since the run before'),
            el('p', {}, el('span', {class: worse ? 'worse' : better ? 'better' : null},
                worse ? 'Something got worse. ' : better ? 'Something got better. ' : 'Nothing got worse or better. '),
            el('span', {class: 'weak'}, [named(runs[runs.length - 2]), ' → ', named(newest), `: ${counts || 'nothing was judged'}.`])),
            compared.notes.length ? folded(`Notes (${compared.notes.length})`, () => el('ul', {}, compared.notes.map(n => el('li', {}, n)))) : null,
            rows.length ? table('What changed', ['what', 'allocator', 'measure', {n: 'before'}, {n: 'after'}, {n: 'change'}, 'verdict'],
                rows.map(row => [row.total ? 'all workloads' : row.w + threadsName(row.t), row.v, about(row.m).label,
                    {n: row.total ? '' : show(row.a)}, {n: row.total ? '' : `${show(row.b)} ${unitOf(row.m, row.w, newest.facts.reference)}`},
                    {n: `${percent(row.ratio)}${interval(row)}`},
                    el('span', {}, verdict(row.verdict), row.decides ? '' : ' (does not decide)')])) : null];
    }

    // What `tidemark guard` said about a run: its first line, what is demanded, the bounds.
    function guardSection(run) {
        const said = run.guard;
        return [el('p', {class: ['better', 'worse'][said.exit_code] || null}, said.headline),
            said.rows.length ? table('What is demanded', ['scenario', 'instant', {n: 'before → after'}, {n: 'change'}, {n: 'allowed'}, 'verdict'],
                said.rows.map(row => [row.scenario, row.instant, {n: row.medians.replace('->', '→')},
                    {n: row.high === null ? 'too few rounds' : `${percent(row.ratio)} [${percent(row.low)}, ${percent(row.high)}]`}, {n: `${+(100 * row.allowed).toPrecision(3)} %`}, verdict(row.verdict)])) : null,
            said.bounds.length ? el('ul', {}, said.bounds.map(text => el('li', {}, `bound: ${text}`))) : null];
    }

    function levelsSection() {
        if (!history) return null;
        const changes = history.lines.flatMap(changesOf).sort((a, b) => b.at - a.at);
        const n = history.nights.length;
        return [el('h2', {}, 'Levels that changed'),
            el('p', {class: 'weak'}, `Change points of ${history.lines.length} series over ${n} nights (E-divisive means, p ≤ 0.01).`),
            changes.length === 0 ? el('p', {}, 'None.') : changeTable(changes.slice(0, 12)),
            changes.length > 12 ? folded(`All ${changes.length}`, () => changeTable(changes)) : null];
    }

    function changeTable(changes) {
        return table('Levels that changed', ['series', 'allocator', 'since', {n: 'before'}, {n: 'after'}, {n: 'change'}, {n: 'p'}],
            changes.map(({line, at, p, from, to}) => {
                const name = `${workloadName(line.w)}${threadsName(line.t)}: ${about(line.m).label}`;
                const worse = to > from;
                return [link(place('series', line.m, line.w, line.t), name), line.v,
                    `${night(history.nights[at])} (${history.nights[at].commit.slice(0, 8)})`,
                    {n: show(from, decimalsOf(line))}, {n: `${show(to, decimalsOf(line))} ${unitOf(line.m, line.w)}`},
                    {n: el('span', {class: worse ? 'worse' : 'better'}, percent(to / from))}, {n: p.toFixed(3)}];
            }));
    }

    // Every series of the history, as links: workloads down, measures across.
    function seriesSection() {
        if (!history) return null;
        const lines = [...series.keys()].map(key => JSON.parse(key));
        const deciding = [...new Set(lines.map(([m]) => m))].sort((a, b) => about(b).decides - about(a).decides || byRegistry(a, b));
        const rows = [...new Set(lines.map(([, w, t]) => JSON.stringify([w, t])))].map(text => JSON.parse(text))
            .sort((a, b) => (a[0] > b[0]) - (a[0] < b[0]) || a[1] - b[1]);
        return [el('h2', {}, 'Every series'),
            el('p', {class: 'weak'}, `The last value of ${data.subject}, or of the reference. Each links to the chart of all allocators.`),
            table('Every series', ['workload', ...deciding.map(m => ({n: about(m).label}))], rows.map(([w, t]) =>
                [workloadName(w) + threadsName(t), ...deciding.map(m => {
                    const own = series.get(seriesKey(m, w, t));
                    if (!own) return {n: ''};
                    const line = own.find(l => l.v === data.subject) || own[0], values = decode(line);
                    const text = `${show(values[values.length - 1], decimalsOf(line))} ${unitOf(m, w)}`;
                    const anchor = link(place('series', m, w, t), text);
                    anchor.setAttribute('aria-label', `${workloadName(w)}${threadsName(t)}, ${about(m).label}: ${text}`);
                    return {n: anchor};
                })]))];
    }

    function overview() {
        const rows = front(), threads = [...new Set(rows.map(row => row.t))];
        const source = newest && newest.overall.length ? named(newest) : history ? `${night(history.nights[history.nights.length - 1])}, commit ${history.nights[history.nights.length - 1].commit}` : '';
        const isGuarded = newest && newest.guard;
        const parts = isGuarded ? [el('h1', {}, 'The verdict'), ...guardSection(newest),
            el('p', {class: 'weak'}, 'The figures are those of ', link(place('run', runs.length - 1), named(newest)), '.')] : [el('h1', {}, 'The front'),
            el('p', {class: 'weak'}, rows.length ? [`All workloads together, relative to ${reference}; smaller is better. These are the figures of `, source, '.']
                : newest ? ['There is no front: ', named(newest), ` has no figures of all workloads together; ${newest.run.again ? 'it is of one workload or one allocator'
                    : 'it is of a watched program'}. Its own figures are on `, link(place('run', runs.length - 1), 'its page'), '.']
                    : 'No run was given, and the history has no totals.')];
        for (const t of threads)
            parts.push(threads.length > 1 ? el('h2', {}, title(threadsName(t).slice(2))) : '', frontCards(rows, t), frontTable(rows, t));
        if (rows.some(row => row.v === again))
            parts.push(el('p', {class: 'weak'}, `${again} is ${reference}, measured as if it were another allocator. Its row shows what noise looks like.`));
        return ['tidemark', parts.concat(changedSection() || [], levelsSection() || [], seriesSection() || [])];
    }

    // ---- a series ----

    let picked = null;

    function bandOf(lines) {
        const own = lines.find(line => line.v === reference), other = lines.find(line => line.v === again);
        if (!own || !other || !(other.noise > 0)) return null;
        const values = decode(own);
        return {share: 2 * other.noise, low: values.map(v => v === null ? null : v * (1 - 2 * other.noise)),
            high: values.map(v => v === null ? null : v * (1 + 2 * other.noise))};
    }

    function pick(index, readout) {
        const id = history.nights[index].id;
        if (picked !== null && picked !== id) {
            const [from, to] = [picked, id].sort((a, b) => a - b);
            picked = null;
            location.hash = place('compare', `n${from}`, `n${to}`);
            return;
        }
        picked = id;
        readout.textContent = `Night ${id} is picked. Pick another one to compare the two.`;
    }

    function seriesPage(m, w, t) {
        t = Number(t);
        const lines = series.get(seriesKey(m, w, t));
        if (!lines) return notFound();
        const nights = history.nights, name = `${title(about(m).label)}, ${workloadName(w)}${threadsName(t)}`;
        const decimals = Math.max(...lines.map(decimalsOf));
        const drawn = lines.map(line => ({v: line.v, values: decode(line)}));
        const changes = lines.flatMap(changesOf).sort((a, b) => b.at - a.at);
        const band = bandOf(lines);
        const options = which => [...series.keys()].map(key => JSON.parse(key)).filter(which);
        const other = options(([mm, ww, tt]) => ww === w && tt === t).sort((a, b) => byRegistry(a[0], b[0])), same = options(([mm]) => mm === m);
        return [name, [el('h1', {}, name),
            el('div', {class: 'tools'},
                choice('Measure', other.map(([mm]) => [mm, about(mm).label]), m, mm => { location.hash = place('series', mm, w, t); }),
                choice('Workload', same.map(([, ww, tt]) => [JSON.stringify([ww, tt]), workloadName(ww) + threadsName(tt)]), JSON.stringify([w, t]),
                    text => { const [ww, tt] = JSON.parse(text); location.hash = place('series', m, ww, tt); })),
            chart(nights.map((_, i) => i), drawn, {label: name, unit: unitOf(m, w), decimals, band, pick, spans: [30, 90],
                hint: 'Point at a night for its values; drag to zoom; click two nights to compare them.',
                ticks: nights.map((n, i) => i && n.commit !== nights[i - 1].commit ? i : -1).filter(i => i > 0),
                marks: changes.map(change => ({index: change.at, v: change.line.v})),
                x: {name: i => `${title(night(nights[i]))}, commit ${nights[i].commit.slice(0, 12)}`,
                    label: i => Number.isInteger(i) && nights[i] ? nights[i].when.slice(5, 10) + `\n#${nights[i].id}` : ''}}),
            el('p', {class: 'weak'}, 'A dashed line with a triangle is a change of level; a tick at the foot is another commit.',
                band ? ` Grey: ${reference} ± ${(100 * band.share).toFixed(1)} %, two deviations of ${again}.` : ''),
            el('h2', {}, 'Changes of level'),
            changes.length ? changeTable(changes) : el('p', {}, 'No change was found.'),
            el('h2', {}, 'Since the last change'),
            table('Levels', ['allocator', {n: `level, ${unitOf(m, w)}`}, {n: 'noise'}], lines.map(line => ({class: rowClass(line.v),
                cells: [line.v, {n: show(line.level, decimalsOf(line))}, {n: `${(100 * line.noise).toFixed(1)} %`}]}))),
            folded('All values as a table', () => table(name, ['night', 'commit', ...lines.map(line => ({n: line.v}))],
                nights.map((n, i) => [link(place('compare', `n${(nights[i - 1] || n).id}`, `n${n.id}`), night(n)), n.commit.slice(0, 12),
                    ...lines.map(line => ({n: show(decode(line)[i], decimalsOf(line))}))]).reverse(), true))]];
    }

    // ---- a run ----

    const cellName = cell => cell.w + threadsName(cell.t);
    const cellsOf = list => [...new Set(list.map(c => JSON.stringify([c.w, c.t])))].map(text => JSON.parse(text));
    const byOrder = (a, b) => variants.indexOf(a.v) - variants.indexOf(b.v);

    function returnChart(run, w, t, idle) {
        const seconds = run.seconds, curves = run.memory.filter(c => c.w === w && c.t === t && c.idle === idle).sort(byOrder);
        const name = `Footprint over idle time, ${w}${threadsName(t)}, ${idle}`;
        return [chart(seconds, curves.map(c => ({v: c.v, values: decode(c)})), {label: name, unit: 'MiB',
            hint: 'Point at a time for its values; drag to zoom.',
            x: {name: i => `After ${show(seconds[i], 2)} s`, label: s => `${+s.toFixed(2)} s`}}),
        folded('The curves as a table', () => table(name, [{n: 'seconds'}, ...curves.map(c => ({n: c.v}))],
            seconds.map((s, i) => [{n: show(s, 2)}, ...curves.map(c => ({n: show(decode(c)[i], decimalsOf(c))}))]), true))];
    }

    const partNames = ['baseline', 'live', 'sparse', 'retained'];
    function decomposition(run, w, t, idle) {
        const rows = run.memory.filter(p => p.w === w && p.t === t && p.idle === idle).sort(byOrder);
        const sum = row => partNames.reduce((total, name) => total + Math.max(0, row[name] || 0), 0);
        const most = Math.max(...rows.map(sum), 1e-9);
        return [el('p', {class: 'parts', 'aria-hidden': 'true'}, partNames.map(name => el('span', {}, el('i', {class: name}), name))),
            el('div', {class: 'bars', 'aria-hidden': 'true'}, rows.flatMap(row => [el('span', {}, row.v),
                el('div', {class: 'bar'}, partNames.map(name => el('i', {class: name, style: `width: ${(100 * Math.max(0, row[name] || 0) / most).toFixed(2)}%`}))),
                el('span', {}, `${show(sum(row), 1)} MiB`)])),
            folded('The parts as a table', () => table('Decomposition, MiB', ['allocator', ...partNames.map(name => ({n: name}))],
                rows.map(row => ({class: rowClass(row.v), cells: [row.v, ...partNames.map(name => ({n: show(row[name], 1)}))]}))))];
    }

    function svg(tag, attributes, ...children) {
        const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
        for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
        made.append(...children);
        return made;
    }

    // Smaller is better on both axes. The labels stand to the right, one below the other.
    function tradeoff(run, w, t, mx, my) {
        const value = (m, v) => { const f = run.figures.find(g => g.m === m && g.w === w && g.t === t && g.v === v); return f ? f.median : null; };
        const points = variants.map(v => ({v, x: value(mx, v), y: value(my, v)})).filter(p => p.x !== null && p.y !== null);
        const name = `${about(mx).label} against ${about(my).label}, ${w}${threadsName(t)}`;
        if (!points.length) return [el('p', {}, 'No allocator has both figures.')];
        const width = Math.min(640, Math.max(340, main.clientWidth - 24)); // no smaller letters on a narrow screen
        const height = 340, left = 64, right = width < 500 ? 100 : 150, top = 16, bottom = 46;
        const xMost = 1.08 * Math.max(...points.map(p => p.x)), yMost = 1.08 * Math.max(...points.map(p => p.y));
        const px = x => left + x / xMost * (width - left - right), py = y => height - bottom - y / yMost * (height - top - bottom);
        const isBest = p => p.v !== again && !points.some(q => q.v !== again && q.x <= p.x && q.y <= p.y && (q.x < p.x || q.y < p.y));
        const best = points.filter(isBest).sort((a, b) => a.x - b.x);
        const labels = points.slice().sort((a, b) => b.y - a.y).map(p => ({p, y: py(p.y)}));
        labels.forEach((label, i) => { if (i) label.y = Math.max(label.y, labels[i - 1].y + 17); });
        for (let i = labels.length - 1, limit = height - bottom; i >= 0; i--, limit -= 17) labels[i].y = Math.min(labels[i].y, limit);
        const steps = most => { const raw = most / (width < 500 ? 4 : 7), power = Math.pow(10, Math.floor(Math.log10(raw))); return [1, 2, 5, 10].map(n => n * power).find(s => s >= raw); };
        const grid = [];
        for (let x = 0, s = steps(xMost); x <= xMost; x += s)
            grid.push(svg('line', {class: 'axis', x1: px(x), x2: px(x), y1: top, y2: height - bottom}),
                svg('text', {class: 'weak', x: px(x), y: height - bottom + 18, 'text-anchor': 'middle'}, String(+x.toPrecision(3))));
        for (let y = 0, s = steps(yMost); y <= yMost; y += s)
            grid.push(svg('line', {class: 'axis', x1: left, x2: width - right, y1: py(y), y2: py(y)}),
                svg('text', {class: 'weak', x: left - 8, y: py(y) + 4, 'text-anchor': 'end'}, String(+y.toPrecision(3))));
        const edge = width - right + 14;
        return [svg('svg', {class: 'tradeoff', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${name}; the table below has the values`},
            ...grid,
            svg('text', {class: 'weak', x: (left + width - right) / 2, y: height - 8, 'text-anchor': 'middle'}, `${about(mx).label}, ${unitOf(mx, w, run.facts.reference)}`),
            svg('text', {class: 'weak', x: 14, y: height / 2, 'text-anchor': 'middle', transform: `rotate(-90 14 ${height / 2})`}, `${about(my).label}, ${unitOf(my, w, run.facts.reference)}`),
            svg('polyline', {class: 'front', points: best.map(p => `${px(p.x)},${py(p.y)}`).join(' ')}),
            ...labels.flatMap(({p, y}) => [
                svg('line', {class: 'leader', 'stroke-opacity': .35, x1: px(p.x) + 7, y1: py(p.y), x2: edge - 4, y2: y - 4}),
                svg('circle', {cx: px(p.x), cy: py(p.y), r: p.v === data.subject ? 8 : 6, fill: colour(p.v), 'fill-opacity': isBest(p) ? 1 : .45}),
                svg('text', {x: edge, y, 'font-weight': isBest(p) ? 700 : 400}, p.v)])),
        el('p', {class: 'weak'}, 'Bold: on the front, which means that no other allocator is at least as good in both figures and better in one.'),
        folded('The points as a table', () => table(name, ['allocator', {n: `${about(mx).label}, ${unitOf(mx, w, run.facts.reference)}`}, {n: `${about(my).label}, ${unitOf(my, w, run.facts.reference)}`}, 'on the front'],
            points.map(p => ({class: rowClass(p.v), cells: [p.v, {n: show(p.x)}, {n: show(p.y)}, isBest(p) ? 'yes' : '']}))))];
    }

    function rawTable(run, m) {
        const figures = run.figures.filter(f => f.m === m), most = Math.max(0, ...figures.map(f => f.rounds.length));
        return table(`${about(m).label}, every round`, ['workload', run.guard ? 'variant' : 'allocator', {n: 'median'}, {n: '95 %'}, ...Array.from({length: most}, (_, i) => ({n: `${i + 1}`}))],
            figures.map(f => ({class: rowClass(f.v), cells: [cellName(f), f.v, {n: show(f.median)}, {n: f.median === null ? f.fault : `[${show(f.low)}, ${show(f.high)}]`},
                ...f.rounds.map(value => ({n: show(value)}))]})), true);
    }

    function runPage(number) {
        const run = runs[Number(number)];
        if (!run) return notFound();
        const chosen = {m: run.figures.length ? run.figures[0].m : ''};
        const body = el('div', {}), name = title(`${run.baseline ? '' : 'run of '}${runName(run)}`);
        const first = kind => (run.figures.find(f => about(f.m).series === kind && about(f.m).decides) || {}).m;
        const cells = cellsOf(run.figures), idles = run.memory ? [...new Set(run.memory.map(p => p.idle))] : [];
        [chosen.w, chosen.t] = cells[0] || ['', 0];
        chosen.idle = idles[0];
        chosen.x = first('timed') || chosen.m;
        const measures = [...new Set(run.figures.map(f => f.m))].map(m => [m, about(m).label]);
        chosen.y = first('idle') || first('once') || (measures[1] || measures[0] || [''])[0];
        const set = (part, value) => { chosen[part] = value; draw(); };
        const setCell = text => { [chosen.w, chosen.t] = JSON.parse(text); draw(); };
        const isThere = m => run.figures.some(f => f.m === m && f.median !== null);

        function draw() {
            discardCharts();
            const {w, t, idle} = chosen, parts = [];
            if (run.memory && run.memory.length)
                parts.push(el('h2', {}, 'What comes back while idle'), ...returnChart(run, w, t, idle),
                    el('h2', {}, 'What is left'), ...decomposition(run, w, t, idle));
            const some = measures.filter(([m]) => isThere(m));
            if (!run.guard && some.length > 1 && Object.keys(run.variants).length > 1)
                parts.push(el('h2', {}, 'The trade-off'), el('div', {class: 'tools'},
                    choice('Across', some, chosen.x, m => set('x', m)), choice('Up', some, chosen.y, m => set('y', m))),
                ...tradeoff(run, w, t, chosen.x, chosen.y));
            body.replaceChildren(...parts);
        }
        const raw = el('div', {}, rawTable(run, chosen.m));
        const facts = Object.entries({...run.run, ...run.facts}).map(([k, v]) => [k.replace('_', ' '), v]);
        draw();
        return [name, [el('h1', {title: run.name}, name),
            el('p', {class: 'weak'}, `Commit ${run.run.commit}, profile ${run.run.profile}, ${run.run.memory} memory.`,
                run.baseline ? ' A baseline keeps each figure\'s median of every round, but no curves: what comes back while idle is not in it.' : ''),
            run.guard ? null : el('div', {class: 'tools'},
                choice('Workload', cells.map(([w, t]) => [JSON.stringify([w, t]), w + threadsName(t)]), JSON.stringify([chosen.w, chosen.t]), setCell),
                idles.length ? choice('Idle', idles.map(i => [i, i]), chosen.idle, i => set('idle', i)) : null),
            ...(run.guard ? guardSection(run) : []),
            body,
            el('h2', {}, 'Raw values'),
            el('div', {class: 'tools'}, choice('Measure', measures, chosen.m, m => raw.replaceChildren(rawTable(run, m)))), raw,
            folded('Where it was measured', () => table('Environment', ['', ''], [['path', run.name], ...facts, ...Object.entries(run.environment || {})]
                .filter(([, v]) => typeof v !== 'object').map(([k, v]) => [k, String(v)]))),
            folded(run.guard ? 'Variants' : 'Allocators', () => table('Allocators', [run.guard ? 'variant' : 'allocator', 'version', 'settings'],
                Object.entries(run.variants).map(([v, f]) => [v, f.version || '', f.settings || f.command || ''])))]];
    }

    // ---- two of them ----

    // "n12" is a night by its number, "r0" a run by its place.
    function source(text) {
        const number = Number(text.slice(1));
        if (text[0] === 'r' && runs[number]) return {text, run: runs[number], name: runName(runs[number]), commit: runs[number].run.commit,
            value: (m, w, t, v) => { const f = runs[number].figures.find(g => g.m === m && g.w === w && g.t === t && g.v === v); return f ? f.median : null; }};
        const index = history && text[0] === 'n' ? history.nights.findIndex(n => n.id === number) : -1;
        if (index < 0) return null;
        return {text, index, name: night(history.nights[index]), commit: history.nights[index].commit,
            value: (m, w, t, v) => { const line = (series.get(seriesKey(m, w, t)) || []).find(l => l.v === v); return line ? decode(line)[index] : null; }};
    }

    function allSeries() {
        const all = new Map();
        const add = one => all.set(JSON.stringify([one.m, one.w, one.t, one.v]), one);
        runs.forEach(run => run.figures.forEach(add));
        if (history) history.lines.forEach(add);
        return [...all.values()];
    }

    // If a change point lies between the two nights, the change is not by chance.
    function levelChanged(line, a, b) {
        if (a.index === undefined || b.index === undefined || !line.c) return '';
        const between = line.c.filter(([at]) => at > a.index && at <= b.index).length;
        return el('span', {class: between ? 'worse' : 'weak'}, between ? 'level changed' : 'no change of level');
    }

    let comparedMeasure = '';
    function comparePage(from, to) {
        const a = source(from), b = source(to);
        if (!a || !b) return notFound();
        const sources = [...runs.map((run, i) => [`r${i}`, title(runName(run)), run.name]),
            ...(history ? history.nights.slice().reverse().map(n => [`n${n.id}`, night(n)]) : [])];
        const base = b.run ? b.run.facts.reference : reference;
        const rows = allSeries().map(line => ({line, a: a.value(line.m, line.w, line.t, line.v), b: b.value(line.m, line.w, line.t, line.v)}))
            .filter(row => row.a > 0 && row.b > 0 && row.line.v !== again && !(row.line.v === base && unitOf(row.line.m, row.line.w).startsWith('×')))
            .sort((x, y) => Math.abs(Math.log(y.b / y.a)) - Math.abs(Math.log(x.b / x.a)));
        const measures = [...new Set(rows.map(row => row.line.m))].sort((x, y) => about(y).decides - about(x).decides || byRegistry(x, y));
        const box = el('div', {});
        const draw = m => {
            comparedMeasure = m;
            const own = rows.filter(row => m === '' ? about(row.line.m).decides : row.line.m === m);
            box.replaceChildren(table('Two of them compared', ['series', 'allocator', {n: 'before'}, {n: 'after'}, {n: 'change'}, {n: 'noise of a night'}, ''],
                own.map(row => {
                    const line = row.line, name = `${workloadName(line.w)}${threadsName(line.t)}: ${about(line.m).label}`;
                    return {class: rowClass(line.v), cells: [hasSeries(line.m, line.w, line.t) ? link(place('series', line.m, line.w, line.t), name) : name, line.v,
                        {n: show(row.a)}, {n: `${show(row.b)} ${unitOf(line.m, line.w, base)}`}, {n: percent(row.b / row.a)},
                        {n: line.noise === undefined ? '' : `${(100 * line.noise).toFixed(1)} %`}, levelChanged(line, a, b)]};
                })));
        };
        draw(measures.includes(comparedMeasure) ? comparedMeasure : '');
        return ['Compare', [el('h1', {}, 'Compare'),
            el('div', {class: 'tools'}, choice('From', sources, from, text => { location.hash = place('compare', text, to); }),
                choice('to', sources, to, text => { location.hash = place('compare', from, text); }),
                choice('Measure', [['', 'those that decide'], ...measures.map(m => [m, about(m).label])], comparedMeasure, draw)),
            a.run && b.run && unlike(a.run, b.run) ? el('p', {class: 'worse'}, `These two did not measure the same: they have ${unlike(a.run, b.run)}. The changes below say nothing of the allocators.`) : null,
            el('p', {class: 'weak'}, `Commit ${a.commit} → ${b.commit}. The largest changes come first. ` +
                'If a change of level lies between the two nights, the change is not by chance. Compare any other change with the noise.'), box]];
    }

    function nightsPage() {
        return ['Nights', [el('h1', {}, 'Nights'),
            el('p', {class: 'weak'}, `Profile ${history.profile}, kind ${history.kind}; newest first. Each night is compared with the one before it.`),
            table('Nights', ['night', 'date', 'commit'], history.nights.map((n, i) => [link(place('compare', `n${(history.nights[i - 1] || n).id}`, `n${n.id}`), `${n.id}`),
                n.when, n.commit]).reverse(), true)]];
    }

    const notFound = () => ['Not found', [el('h1', {}, 'Not found'), el('p', {}, 'There is no such page. ', link('#/', 'To the overview'))]];

    // ---- which page ----

    const pages = {'': overview, series: seriesPage, run: runPage, compare: comparePage, nights: nightsPage};

    function navigation() {
        const last = history && history.nights.slice(-2).map(n => `n${n.id}`);
        const compared = runs.length > 1 ? [`r${runs.length - 2}`, `r${runs.length - 1}`] : last && last.length === 2 ? last : null;
        return [['#/', 'Overview'], ...(history ? [['#/nights', 'Nights']] : []),
            ...runs.map((run, i) => [place('run', i), shortName(run), run.name]),
            ...(compared ? [[place('compare', ...compared), 'Compare']] : [])];
    }

    function render() {
        discardCharts();
        const [name, ...rest] = location.hash.replace(/^#\/?/, '').split('/').map(part => decodeURIComponent(part)).map(part => part === '*' ? '' : part);
        const page = pages[name] && !(name === 'nights' && !history) ? pages[name] : notFound;
        const [heading, content] = page(...rest);
        document.title = heading === 'tidemark' ? heading : `${heading} – tidemark`;
        main.replaceChildren(...content.filter(part => part !== null && part !== ''));
        document.getElementById('nav').replaceChildren(...navigation().map(([href, text, tip]) =>
            el('a', {href, title: tip || null, 'aria-current': (location.hash || '#/') === href ? 'page' : null}, text)));
    }

    document.getElementById('footer').textContent = `Written by tidemark ${data.tidemark}, ${data.made}. Charts by uPlot (MIT, © Leon Sorokin).`;
    addEventListener('hashchange', () => { render(); scrollTo(0, 0); main.focus({preventScroll: true}); });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', render);
    render();
    document.documentElement.dataset.ready = Math.round(performance.now()); // ms since the page was requested
})();
