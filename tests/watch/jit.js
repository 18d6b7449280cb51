// Makes machine code from many generated functions, and says how much V8 itself counts.
'use strict';
const v8 = require('v8');
const wanted = Number(process.argv[2]) * 1024 * 1024;
const code = () => v8.getHeapSpaceStatistics()
    .filter((space) => /^(code|code_large_object|new_code)/.test(space.space_name))
    .reduce((sum, space) => sum + space.physical_space_size, 0);

console.log('begin');
const kept = [];
for (let i = 0; code() < wanted; i++) {
    for (let n = 0; n < 50; n++) {
        let body = 'let s = x;';
        for (let k = 0; k < 80; k++) body += `s = s * ${k} + 1 | 0; if (s > 7) s ^= ${k}; s = s - ${k} & 1023;`;
        const made = new Function('x', `/* ${i} ${n} */ ${body} return s`);
        made(i);
        kept.push(made);
    }
}
setTimeout(() => {
    console.log(`code ${code()} kept ${kept.length}`);
    setInterval(() => {}, 1000);
}, 1200);
