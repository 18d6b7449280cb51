// Writes an application of SIZE components on real libraries into a folder:
//     node generate.mjs FOLDER SIZE [ROUTES]
// The same arguments give the same files. Components import others of their page, shared helpers and libraries;
// from HEAVY_FROM components on, the large libraries come in, too. Without ROUTES it is an application for vite:
// pages of 20 components each are imported lazily. With ROUTES it is one for Next.js: each of so many routes, /p1
// and on, imports its share of the pages.
import fs from 'node:fs';
import path from 'node:path';

const [folder, sizeText, routesText = '0'] = process.argv.slice(2);
const size = Number(sizeText), routes = Number(routesText);
if (!folder || !Number.isInteger(size) || size < 20 || !Number.isInteger(routes) || routes < 0 || routes > size / 20) {
    console.error('usage: node generate.mjs FOLDER SIZE (20 or more) [ROUTES (a twentieth of SIZE at most)]');
    process.exit(2);
}
const HEAVY_FROM = 1000;
const PER_PAGE = 20;
const heavy = size >= HEAVY_FROM;
const lodash = ['chunk', 'groupBy', 'sortBy', 'debounce', 'merge', 'zip', 'flatMap', 'uniqBy', 'partition', 'range'];
const dates = ['addDays', 'format', 'parseISO', 'differenceInDays', 'startOfWeek', 'isAfter', 'endOfMonth'];
const mui = ['Button', 'Card', 'Dialog', 'Table', 'Tabs', 'TextField', 'Tooltip', 'Stack', 'Grid', 'Chip'];
const icons = ['AccessAlarm', 'Add', 'Cloud', 'Delete', 'Edit', 'Favorite', 'Home', 'Menu', 'Search', 'Star'];
const antd = ['Alert', 'Badge', 'Calendar', 'Form', 'Input', 'List', 'Modal', 'Select', 'Steps', 'Tree'];
const three = ['Vector3', 'Mesh', 'Scene', 'BoxGeometry', 'Color', 'Matrix4', 'Raycaster'];
const pick = (list, i) => list[i % list.length];

function write(name, text) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
}

// Code that a bundler has to parse and keep: arithmetic, objects, closures, strings.
function body(i, lines) {
    const out = [];
    for (let k = 0; k < lines; k++) {
        out.push(`const table${k} = { id: ${i * 31 + k}, label: 'component ${i} row ${k}', tags: ['${pick(lodash, k)}', '${pick(dates, i)}'], weight: ${((i * 7919 + k * 104729) % 1000) / 10} };`);
        out.push(`const score${k} = (rows) => rows.filter((row) => row.weight > table${k}.weight).map((row) => ({ ...row, id: row.id ^ ${k} })).reduce((sum, row) => sum + row.id, ${k});`);
    }
    return out.join('\n');
}

function component(i) {
    const page = Math.floor(i / PER_PAGE), last = Math.min((page + 1) * PER_PAGE, size) - 1;
    const children = [i + 1, i + 3].filter((child) => child <= last);
    const lines = 5 + (i * 2654435761 % 60); // sizes vary by a factor of ten
    const imports = [
        `import { createElement as h, useMemo } from 'react';`,
        `import { ${pick(lodash, i)} } from 'lodash-es';`,
        `import { ${pick(dates, i)} } from 'date-fns';`,
        `import { helper${i % 10} } from '../shared/helper${i % 10}.js';`,
        ...children.map((child) => `import Component${child} from './Component${child}.js';`),
    ];
    const used = [pick(lodash, i), pick(dates, i)];
    if (heavy) {
        imports.push(`import { ${pick(mui, i)} as Mui${i} } from '@mui/material';`,
            `import { ${pick(icons, i)} as Icon${i} } from '@mui/icons-material';`,
            `import { ${pick(antd, i)} as Ant${i} } from 'antd';`,
            `import { ${pick(three, i)} as Three${i} } from 'three';`);
        used.push(`Mui${i}`, `Icon${i}`, `Ant${i}`, `Three${i}`);
    }
    return `${imports.join('\n')}
${body(i, lines)}
export default function Component${i}(props) {
    const rows = useMemo(() => [${Array.from({ length: lines }, (_, k) => `table${k}`).join(', ')}], []);
    const scores = [${Array.from({ length: lines }, (_, k) => `score${k}`).join(', ')}].map((score) => score(rows));
    return h('section', { title: helper${i % 10}(props.title), 'data-used': [${used.join(', ')}].length }, scores.join(),
        ${children.map((child) => `h(Component${child}, { key: ${child}, title: 'child ${child}' })`).join(', ') || 'null'});
}
`;
}

fs.rmSync(folder, { recursive: true, force: true });
const pages = Math.ceil(size / PER_PAGE);
for (let i = 0; i < 10; i++)
    write(`src/shared/helper${i}.js`, `export const helper${i} = (text) => \`\${text} ${i}\`;\n`);
for (let i = 0; i < size; i++) write(`src/page${Math.floor(i / PER_PAGE)}/Component${i}.js`, component(i));
for (let p = 0; p < pages; p++)
    write(`src/page${p}/index.js`, `export { default } from './Component${p * PER_PAGE}.js';\n`);
function forVite() {
    write('src/main.js', `import { createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
const pages = [${Array.from({ length: pages }, (_, p) => `() => import('./page${p}/index.js')`).join(', ')}];
const root = createRoot(document.getElementById('root'));
const show = async (number) => root.render(h((await pages[number]()).default, { title: 'page' }));
addEventListener('hashchange', () => show(Number(location.hash.slice(1)) || 0));
show(0);
if (location.search === '?all') // a visitor who wants all of it; see browse.mjs
    Promise.all(pages.map((page) => page())).then((all) => { document.documentElement.dataset.imported = all.length; });
`);
    write('index.html', `<!doctype html>
<html><head><title>app</title></head>
<body><div id="root"></div><script type="module" src="/src/main.js"></script></body></html>
`);
}

// Each route imports its pages, as server and client code, and renders next to nothing: it is the bundler that works.
function forNext() {
    for (let r = 0; r < routes; r++) {
        const own = Array.from({ length: pages }, (_, p) => p).filter((p) => Math.floor(p * routes / pages) === r);
        write(`app/p${r + 1}/page.jsx`, `'use client';
import { useEffect } from 'react';
${own.map((p) => `import Page${p} from '../../src/page${p}/index.js';`).join('\n')}
const parts = [${own.map((p) => `Page${p}`).join(', ')}];
export default function Route() {
    useEffect(() => { document.documentElement.dataset.imported = parts.length; });
    return <main>{parts.length} pages, from {parts[0].name} on</main>;
}
`);
    }
    write('app/layout.jsx', 'export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n');
    write('package.json', '{ "private": true, "type": "module" }\n');
    write('next.config.mjs', `const { DIST = '.next', EVICTION, FS_CACHE } = process.env;
const experimental = {};
if (EVICTION) experimental.turbopackMemoryEviction = EVICTION === 'off' ? false : EVICTION;
if (FS_CACHE) experimental.turbopackFileSystemCacheForDev = FS_CACHE !== '0';
export default { distDir: DIST, turbopack: { root: import.meta.dirname + '/..' }, experimental };
`);
}

if (routes > 0) forNext();
else forVite();
console.log(`generated ${size} components on ${pages} pages in ${folder}`);
