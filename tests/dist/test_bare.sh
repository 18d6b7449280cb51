#!/bin/sh
# The release runs where there are a libc and a shell and nothing else.
# shellcheck source=lib.sh
. "$HERE/../dist/lib.sh"
may_enter

make_root
mkdir -p root/lib/x86_64-linux-gnu
cp -L /lib64/ld-linux-x86-64.so.2 root/lib64
for library in libc.so.6 libm.so.6 libpthread.so.0; do
    cp -L /lib/x86_64-linux-gnu/$library root/lib/x86_64-linux-gnu
done
cp -L "$(command -v dash || skip "there is no dash here")" root/bin/sh
[ "$(find root/lib root/lib64 root/bin -type f | wc -l)" -eq 8 ] || fail "the root is not bare"

# the control: the usual driver does not run there
expect 127 inside tidemark --version
says "libjansson.so.4"
expect 0 inside /opt/tidemark/bin/tidemark --version
guard_inside 0 '^WITHIN BOUNDS: all 1 hold' run
says 'bound: app, 0.1 s idle: 40.'
echo 46 >root/repository/amount
guard_inside 1 '^OVER ITS BOUND: app, 0.1 s idle: 46\.' run

# The site, of the guard's run and of a baseline. The control: a release without the page's files says what it lacks.
cp "$root/results/baseline/default.json" root/tmp
expect 0 inside /opt/tidemark/bin/tidemark site -o /tmp/site /repository/.tidemark/latest-guard
grep -q '\["peak","app",' root/tmp/site/index.html || fail "the page is not of the guard's run"
expect 0 inside /opt/tidemark/bin/tidemark site -o /tmp/site /tmp/default.json
grep -qF 'uPlot' root/tmp/site/index.html || fail "nothing draws the page's charts"
grep -q '\["peak","bundle",' root/tmp/site/index.html || fail "the page is not of the baseline"
rm -r root/opt/tidemark/share/site
expect 3 inside /opt/tidemark/bin/tidemark site -o /tmp/none /tmp/default.json
says "share/site/page.html cannot be read"
