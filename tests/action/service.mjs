// What answers as GitHub's API (and GitLab's) would, on the loopback: the comments of one pull request, kept in a file;
// and a release, if there is a folder with one. It records each request.
import { createServer } from 'http';
import { existsSync, readFileSync, writeFileSync } from 'fs';
import { basename, join } from 'path';

// { comments: FILE, releases: FOLDER, token, mayWrite, broken: requests to answer with 500,
//   lost: writings that are done, and answered with 500 }
export async function serve(options) {
    const requests = [];
    const load = () => (existsSync(options.comments) ? JSON.parse(readFileSync(options.comments, 'utf8')) : []);
    const save = (comments) => writeFileSync(options.comments, JSON.stringify(comments, null, 1));
    let broken = options.broken ?? 0;
    let lost = options.lost ?? 0;

    function answer(method, path, query, body) {
        const comments = load();
        const write = (code, comment) => {
            if (!options.mayWrite) return [403, { message: 'Resource not accessible by integration' }];
            comment.body = JSON.parse(body).body;
            save(comments.includes(comment) ? comments : [...comments, comment]);
            return lost-- > 0 ? [500, { message: 'after the fact' }] : [code, comment];
        };
        if (path === '/api/user') return [200, { id: 41 }];
        if (/^\/api\/(repos\/[^/]+\/[^/]+\/issues\/7\/comments|projects\/9\/merge_requests\/7\/notes)$/.test(path)) {
            if (method === 'POST')
                return write(201, { id: 100 + comments.length, user: { type: 'Bot' }, author: { id: 41 } });
            const page = Number(query.get('page'));
            return [200, comments.slice(100 * (page - 1), 100 * page)];
        }
        const one = /^\/api\/(?:repos\/[^/]+\/[^/]+\/issues\/comments|projects\/9\/merge_requests\/7\/notes)\/(\d+)$/.exec(path);
        const comment = one && comments.find((other) => other.id === Number(one[1]));
        if (comment && (method === 'PATCH' || method === 'PUT')) return write(200, comment);
        return [404, { message: 'Not Found' }];
    }

    const server = createServer((request, response) => {
        const url = new URL(request.url, 'http://127.0.0.1');
        let body = '';
        request.on('data', (piece) => (body += piece));
        request.on('end', () => {
            requests.push(`${request.method} ${url.pathname}`);
            const file = options.releases && join(options.releases, basename(url.pathname));
            if (url.pathname.includes('/releases/download/')) {
                const there = file && existsSync(file);
                response.writeHead(there ? 200 : 404).end(there ? readFileSync(file) : '');
                return;
            }
            const known = request.headers.authorization === `Bearer ${options.token}` ||
                request.headers['private-token'] === options.token;
            const [code, value] = !known ? [401, { message: 'Bad credentials' }]
                : broken-- > 0 ? [500, { message: 'Server Error' }]
                : answer(request.method, url.pathname, url.searchParams, body);
            response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(value));
        });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { address: `http://127.0.0.1:${server.address().port}`, requests, close: () => server.close() };
}
