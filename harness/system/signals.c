#include "signals.h"

#include <signal.h>
#include <stddef.h>

static volatile int stop;

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static void on_child(int number) {
    (void)number;
}

static void handle_ends(void (*handler)(int)) {
    struct sigaction end = {.sa_handler = handler}, before;
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    /* nohup has the driver ignore SIGHUP */
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &end, NULL);
}

const volatile int *signals_heed(bool with_children) {
    struct sigaction child = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
    handle_ends(on_signal);
    if (with_children)
        sigaction(SIGCHLD, &child, NULL);
    return &stop;
}

void signals_stop_heeding(void) {
    handle_ends(SIG_DFL);
}
