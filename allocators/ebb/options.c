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

enum {
    DELAY_MIN = 2, /* ms */
    DELAY_MAX = 3600000,
    WORTH_MAX = 1 << 20, /* KiB */
    HEAP_MAX = 1 << 30,
    RESERVE_MIN = 16, /* MiB */
    RESERVE_MAX = 4 << 20,
};

static const char *const mode_names[] = {"on", "manual", "off"};
static const char *const huge_names[] = {"off", "filled", "on"};
enum { HUGE_NAMES = sizeof huge_names / sizeof *huge_names };

static struct lock once;
static _Atomic bool ready; /* the release store publishes `options` */
static struct options options;
static struct ebb_config config; /* where the environment says nothing; 0: the default */
static char thread_name[16] = "ebb-reclaim";

static void complain(const char *name, const char *value, const char *allowed) {
    const char *parts[] = {
        "ebb: ", name, "=", value, " is not one of ", allowed, "; the default stands\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        os_write_error(parts[i], strlen(parts[i]));
}

/* The number of the value among the names. */
static int read_name(const char *option, const char *const *names, int count,
                     int standard, const char *allowed) {
    const char *value = secure_getenv(option);
    if (value == NULL)
        return standard;
    for (int i = 0; i < count; i++)
        if (strcmp(value, names[i]) == 0)
            return i;
    complain(option, value, allowed);
    return standard;
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

/* The configured value or, if that is 0, the standard one. */
static size_t or_else(size_t configured, size_t standard) {
    return configured != 0 ? configured : standard;
}

static void read_all(void) {
    static const char *const off_on[] = {"off", "on"};
    int reclaim = config.reclaim != EBB_RECLAIM_DEFAULT ? (int)config.reclaim - 1 : 0;
    options.reclaim = (enum reclaim_mode)read_name(
        EBB_OPTION_RECLAIM, mode_names, RECLAIM_OFF + 1, reclaim, "on, manual, off");
    unsigned huge = config.huge_pages != EBB_HUGE_PAGES_DEFAULT
                        ? (unsigned)config.huge_pages
                        : EBB_HUGE_PAGES_ON;
    options.huge_pages = (unsigned)read_name(
        EBB_OPTION_HUGE_PAGES, huge_names, HUGE_NAMES, (int)huge - 1, "off, filled, on");
    options.delay_ms =
        (unsigned)read_number(EBB_OPTION_DELAY, or_else(config.reclaim_delay_ms, 200),
                              DELAY_MIN, DELAY_MAX, "2 to 3600000 (milliseconds)");
    options.worth = read_number(EBB_OPTION_WORTH, or_else(config.reclaim_worth_kib, 64),
                                0, WORTH_MAX, "0 to 1048576 (KiB)")
                    << 10;
    options.zero_on_free = read_name(EBB_OPTION_ZERO, off_on, 2, 0, "off, on") != 0;
    options.quarantine = read_name(EBB_OPTION_QUARANTINE, off_on, 2, 0, "off, on") != 0 ||
                         options.zero_on_free;
    options.guard_sample =
        read_number(EBB_OPTION_GUARD, 0, 1, 1u << 30, "1 to 1073741824 (blocks)");
    options.heap_min =
        read_number(EBB_OPTION_HEAP, or_else(config.reclaim_heap_kib, 4096), 0, HEAP_MAX,
                    "0 to 1073741824 (KiB)")
        << 10;
}

bool options_configure(const struct ebb_config *wanted) {
    struct ebb_config taken = {0};
    size_t size = wanted->size < sizeof taken ? wanted->size : sizeof taken;
    memcpy(&taken, wanted, size);
    bool delay_fits =
        taken.reclaim_delay_ms == 0 ||
        (taken.reclaim_delay_ms >= DELAY_MIN && taken.reclaim_delay_ms <= DELAY_MAX);
    bool reserve_fits = taken.reserve_mib == 0 || (taken.reserve_mib >= RESERVE_MIN &&
                                                   taken.reserve_mib <= RESERVE_MAX);
    if (taken.reclaim > EBB_RECLAIM_OFF || taken.huge_pages > EBB_HUGE_PAGES_ON ||
        !delay_fits || !reserve_fits || taken.reclaim_worth_kib > WORTH_MAX ||
        taken.reclaim_heap_kib > HEAP_MAX ||
        (taken.thread_name != NULL && strlen(taken.thread_name) >= sizeof thread_name))
        return false;
    if (taken.thread_name != NULL)
        strcpy(thread_name, taken.thread_name);
    config = taken;
    return true;
}

bool options_are_read(void) {
    return load_relaxed(&ready); /* relaxed: ebb_configure()'s caller is alone (ebb.h) */
}

const char *options_thread_name(void) {
    return thread_name;
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

const char *options_huge_pages_name(void) {
    return huge_names[options_get()->huge_pages];
}

size_t options_reservation(void) {
    return read_number(EBB_OPTION_RESERVE, config.reserve_mib, RESERVE_MIN, RESERVE_MAX,
                       "16 to 4194304 (MiB)")
           << 20;
}

void options_recover(void) {
    lock_reset(&once);
}
