#!/bin/sh
# The release runs on glibc 2.31, that of Debian 11, from the start of the program to its threads; and with that
# system's git. Skipped where its packages cannot be had.
# shellcheck source=lib.sh
. "$HERE/../dist/lib.sh"
may_enter

sh "$root/scripts/fetch.sh" whole bullseye "$scratch/root" libc6 dash coreutils git 2>why ||
    skip "Debian 11's packages cannot be had: $(cat why)"
make_root
ln -sf dash root/bin/sh
inside /lib/x86_64-linux-gnu/libc.so.6 >out 2>&1 || fail "its libc does not run"
says 'stable release version 2.31'

# the control: what is built here does not run there
expect 1 inside planted anonymous=1
says "GLIBC_2.3"
guard_inside 0 '^WITHIN BOUNDS: all 1 hold' run
guard_inside 0 '^BETTER: app' compare holds-46 holds-40
guard_inside 1 '^WORSE: app, 0.1 s idle: \+15 %' compare holds-40 holds-46
# shellcheck disable=SC2016 # expanded inside
expect 0 inside sh -c 'cd /repository && T=/opt/tidemark/bin/tidemark && $T history import .tidemark/latest-guard --database=/tmp/h.sqlite &&
    $T history trend --database=/tmp/h.sqlite'
says 'over 1 of 1 runs'

# Constructors, of which the driver has none of its own yet: once, with the program's arguments, there and here.
cat >constructor.c <<'END'
static int runs, arguments;
__attribute__((constructor)) static void begin(int argc, char **argv) {
    arguments = argc + !argv[0];
    runs++;
}
int main(int argc, char **argv) { return argv[0] && runs == 1 && arguments == argc ? 0 : 1; }
END
start() { # NAME OLDLIBC.c
    cc -D_GNU_SOURCE -Wno-unused-function -o "root/bin/$1" constructor.c "$2" -Wl,--no-as-needed -l:libpthread.so.0 \
        -Wl,--wrap=__libc_start_main
}
start constructor "$root/harness/system/oldlibc.c"
expect 0 inside constructor one
expect 0 root/bin/constructor one
# the control: without ours, an old libc runs none
sed 's/run_constructors, fini/init, fini/' "$root/harness/system/oldlibc.c" >none.c
start none none.c
expect 1 inside none one
