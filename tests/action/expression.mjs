// What stands in ${{ }}: names of contexts, literals, ! == != && ||, parentheses, and the functions of a job's state.
// Anything else is refused, so that a test never runs what it does not understand.

function tokens(text) {
    const found = [];
    const pattern = /\s*(?:('(?:[^']|'')*')|([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)|(\d+)|(==|!=|&&|\|\||[!()]))/y;
    while (pattern.lastIndex < text.trimEnd().length) {
        const at = pattern.lastIndex;
        const match = pattern.exec(text);
        if (!match) throw new Error(`the runner does not understand "${text.slice(at)}"`);
        found.push(match[1] ?? match[2] ?? match[3] ?? match[4]);
    }
    return found;
}

const isTrue = (value) => value !== undefined && value !== null && value !== false && value !== '' && value !== 0;

function lookUp(name, contexts) {
    const [root, ...path] = name.split('.');
    if (!(root in contexts)) throw new Error(`there is no context ${root}`);
    let value = contexts[root];
    for (const member of path) value = value?.[member];
    return value;
}

export const text = (value) => (value === undefined || value === null ? '' : String(value));

export function evaluate(source, contexts, functions) {
    const list = tokens(source);
    const same = (a, b) => text(a).toLowerCase() === text(b).toLowerCase();
    function value() {
        const token = list.shift();
        if (token === '!') return !isTrue(value());
        if (token === '(') {
            const inner = either();
            if (list.shift() !== ')') throw new Error(`no ")" in ${source}`);
            return inner;
        }
        if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
        if (/^\d/.test(token)) return Number(token);
        if (token === 'true' || token === 'false') return token === 'true';
        if (list[0] !== '(') return lookUp(token, contexts);
        list.splice(0, 2); // none of the functions takes anything
        if (!(token in functions)) throw new Error(`there is no function ${token}`);
        return functions[token]();
    }
    function compared() {
        const left = value();
        if (list[0] !== '==' && list[0] !== '!=') return left;
        return (list.shift() === '==') === same(left, value());
    }
    // As on GitHub the value of && and || is that of an operand.
    function both() {
        let left = compared();
        while (list[0] === '&&') {
            list.shift();
            const right = compared();
            left = isTrue(left) ? right : left;
        }
        return left;
    }
    function either() {
        let left = both();
        while (list[0] === '||') {
            list.shift();
            const right = both();
            left = isTrue(left) ? left : right;
        }
        return left;
    }
    const result = either();
    if (list.length) throw new Error(`what is "${list.join(' ')}" in ${source}?`);
    return result;
}

// A text with ${{ }} in it.
export function fill(source, contexts, functions) {
    return text(source).replace(/\$\{\{(.*?)\}\}/gs, (_, inner) => text(evaluate(inner, contexts, functions)));
}

// An `if:`; without a function of the job's state, success() is meant as well.
export function holds(source, contexts, functions) {
    const inner = text(source ?? 'success()').replace(/^\s*\$\{\{(.*)\}\}\s*$/s, '$1');
    if (!/\b(always|cancelled|failure|success)\(\)/.test(inner) && !functions.success()) return false;
    return isTrue(evaluate(inner, contexts, functions));
}
