// Loaded before a program (node --import), it resolves no name but this machine's: Next.js asks npm's registry for
// its newest version when it starts, and is told that there is none.
import dns from 'node:dns';

const { lookup } = dns;
dns.lookup = (host, options, done) => {
    if (/^(localhost$|127\.|::1$)/.test(host)) return lookup(host, options, done);
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND', hostname: host });
    process.nextTick(done ?? options, error);
};
