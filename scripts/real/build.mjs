// Builds the application BUILDS times in one process, then stays idle:
//     node --expose-gc build.mjs TOOL APP OUT BUILDS
// With LITTLE=SECONDS in the environment, three builds of two modules follow after so many seconds; with
// ENDS=1 it ends instead of staying.
// JavaScript's garbage is collected at the end, so that what stays is the bundler's own. Nothing is
// minified, and source maps are written, by all tools alike.
import fs from 'node:fs';
import path from 'node:path';

const [tool, app, out, buildsText] = process.argv.slice(2);
let entry = path.resolve(app, 'src/main.js');
const target = path.resolve(out);
const define = { 'process.env.NODE_ENV': '"production"' };

async function withRolldown(name) {
    const { rolldown } = await import(name);
    return async () => {
        const bundle = await rolldown({ input: entry, transform: { define } });
        await bundle.write({ dir: target, sourcemap: true });
        await bundle.close();
    };
}

async function withRollup() {
    const { rollup } = await import('rollup');
    const [resolve, commonjs, replace] = (await Promise.all(
        ['node-resolve', 'commonjs', 'replace'].map((name) => import(`@rollup/plugin-${name}`)))).map((m) => m.default);
    return async () => {
        const bundle = await rollup({
            input: entry,
            plugins: [replace({ values: define, preventAssignment: true }), resolve({ browser: true }), commonjs()],
            onwarn() {},
        });
        await bundle.write({ dir: target, sourcemap: true });
        await bundle.close();
    };
}

async function withEsbuild() {
    const { build } = await import('esbuild');
    return () => build({
        entryPoints: [entry], outdir: target, bundle: true, splitting: true, format: 'esm',
        sourcemap: true, define, logLevel: 'error',
    });
}

async function withRspack() {
    const { rspack } = await import('@rspack/core');
    return () => new Promise((resolve, reject) => {
        const compiler = rspack({
            entry, mode: 'production', devtool: 'source-map', output: { path: target },
            optimization: { minimize: false }, performance: { hints: false },
        });
        compiler.run((error, stats) => compiler.close(() =>
            error || stats.hasErrors() ? reject(error ?? new Error(stats.toString('errors-only'))) : resolve()));
    });
}

const tools = {
    'rolldown-v2': () => withRolldown('rolldown-v2'),
    'rolldown-v3': () => withRolldown('rolldown-v3'),
    'rolldown-latest': () => withRolldown('rolldown-latest'),
    rollup: withRollup,
    esbuild: withEsbuild,
    rspack: withRspack,
};
if (!tools[tool]) {
    console.error(`build.mjs: no tool ${tool}; there are ${Object.keys(tools).join(', ')}`);
    process.exit(2);
}
const build = await tools[tool]();
for (let i = 1; i <= Number(buildsText); i++) {
    fs.rmSync(target, { recursive: true, force: true });
    await build();
    console.log(`built ${i}`);
}
const written = fs.readdirSync(target).filter((name) => name.endsWith('.js'));
const bytes = written.reduce((sum, name) => sum + fs.statSync(path.join(target, name)).size, 0);
globalThis.gc();
console.log(`WORK DONE: ${written.length} files, ${bytes} bytes`);
if (!process.env.ENDS)
    setInterval(() => {}, 60000);

// What a little work after long idleness does: three builds of two modules.
async function buildLittle() {
    const folder = `${target}-little`;
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'twice.js'), 'export const twice = (n) => 2 * n;\n');
    entry = path.join(folder, 'main.js');
    fs.writeFileSync(entry, "import { twice } from './twice.js';\nconsole.log(twice(21));\n");
    for (let i = 0; i < 3; i++)
        await build();
    globalThis.gc();
    console.log('LITTLE DONE');
}
if (process.env.LITTLE)
    setTimeout(buildLittle, 1000 * Number(process.env.LITTLE));
