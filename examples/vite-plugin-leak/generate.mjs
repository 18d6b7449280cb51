// Writes the application: a page, and 300 modules that it imports.
import { mkdirSync, writeFileSync } from 'node:fs';

const MODULES = 300, FUNCTIONS = 20;

const body = (m, f) => `export function f${f}(a, b) {
  const list = [a, b, ${m}, ${f}].map((x) => x * ${m + 1}).filter((x) => x % 2 === 0);
  return list.reduce((sum, x) => sum + x, a > b ? f${f ? f - 1 : 0}.length : ${m});
}
`;

mkdirSync('src', { recursive: true });
const numbers = [...Array(MODULES).keys()];
for (const m of numbers)
  writeFileSync(`src/module${m}.js`, Array.from({ length: FUNCTIONS }, (_, f) => body(m, f)).join(''));
writeFileSync('src/main.js', numbers.map((m) => `import * as module${m} from './module${m}.js';\n`).join('') +
  `document.body.append([${numbers.map((m) => `module${m}.f1(1, 2)`)}].length);\n`);
