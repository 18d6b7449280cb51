/* See options.h. */
#define _GNU_SOURCE /* secure_getenv */
#include "options.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atomic.h"
#include "ebb.h"
#include "lock.h"
#include "os.h"

static const char *const mode_names[] = {"on", "manual", "off"};

static struct lock once;
static _Atomic bool ready; /* the release store publishes `options` */
static struct options options;

static void complain(const char *name, const char *value, const char *allowed) {
    const char *parts[] = {
        "ebb: ", name, "=", value, " is not one of ", allowed, "; the default stands\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        os_write_error(parts[i], strlen(parts[i]));
}

/* The number of the value among the names; the first is the default. */
static int read_name(const char *option, const char *const *names, int count,
                     const char *allowed) {
    const char *value = secure_getenv(option);
    if (value == NULL)
        return 0;
    for (int i = 0; i < count; i++)
        if (strcmp(value, names[i]) == 0)
            return i;
    complain(option, value, allowed);
    return 0;
}

/* A whole number of at most `high`. */
static size_t read_number(const char *name, size_t standard, size_t low, size_t high,
                          const char *allowed) {
    const char *value = secure_getenv(name);
    if (value == NULL)
        return standard;
    size_t number = 0;
    const char *at = value;
    while (*at >= '0' && *at <= '9' && number <= high)
        number = 10 * number + (size_t)(*at++ - '0');
    if (at == value || *at != '\0' || number < low || number > high) {
        complain(name, value, allowed);
        return standard;
    }
    return number;
}

static void read_all(void) {
    static const char *const on_off[] = {"on", "off"};
    static const char *const off_on[] = {"off", "on"};
    options.reclaim = (enum reclaim_mode)read_name(EBB_OPTION_RECLAIM, mode_names,
                                                   RECLAIM_OFF + 1, "on, manual, off");
    options.huge_pages = read_name(EBB_OPTION_HUGE_PAGES, on_off, 2, "on, off") == 0;
    options.delay_ms = (unsigned)read_number(EBB_OPTION_DELAY, 200, 2, 3600000,
                                             "2 to 3600000 (milliseconds)");
    options.worth = read_number(EBB_OPTION_WORTH, 64, 0, 1 << 20, "0 to 1048576 (KiB)")
                    << 10;
    options.zero_on_free = read_name(EBB_OPTION_ZERO, off_on, 2, "off, on") != 0;
    options.quarantine = read_name(EBB_OPTION_QUARANTINE, off_on, 2, "off, on") != 0 ||
                         options.zero_on_free;
    options.guard_sample =
        read_number(EBB_OPTION_GUARD, 0, 1, 1u << 30, "1 to 1073741824 (blocks)");
    options.heap_min =
        read_number(EBB_OPTION_HEAP, 4096, 0, 1 << 30, "0 to 1073741824 (KiB)") << 10;
}

const struct options *options_get(void) {
    /* pairs with the release below */
    if (unlikely(!load_acquire(&ready))) {
        lock_acquire(&once);
        if (!load_relaxed(&ready)) {
            read_all();
            if (environ != NULL)
                store_release(&ready, true); /* pairs with the acquire above */
        }
        lock_release(&once);
    }
    return &options;
}

const char *options_reclaim_name(void) {
    return mode_names[options_get()->reclaim];
}

size_t options_reservation(void) {
    return read_number(EBB_OPTION_RESERVE, 0, 16, 4 << 20, "16 to 4194304 (MiB)") << 20;
}

void options_recover(void) {
    lock_reset(&once);
}
