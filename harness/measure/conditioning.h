#ifndef TIDEMARK_HARNESS_CONDITIONING_H
#define TIDEMARK_HARNESS_CONDITIONING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "ballast.h"
#include "firsttouch.h"
#include "plan.h"

struct child_use;
struct reason;

/*
 * Brings free memory into a condition just before something is timed. The cost of first
 * touches before and after proves the condition (docs/measuring.md). A look touches a few
 * pieces of free memory in small and in huge pages, and measures what that costs.
 *
 * Warm: touches and frees memory, so the memory handed out next is backed. If a program
 * runs for seconds, a ballast (ballast.h) keeps free memory warm meanwhile, since a host
 * would take it back. Cold: takes and holds backed memory until the memory handed out
 * next is not backed.
 */
struct conditioning {
    const volatile int *stop;
    struct first_touch warm;       /* what first touches of warm memory cost here */
    struct touch_room huge, small; /* held, for cold */
    struct ballast ballast;        /* for warm, while a program runs for seconds */
    size_t largest;                /* bytes: the largest process that was timed so far */
    bool remains_cold; /* a look found small pages cold; they were not touched since */
    size_t held_warm;  /* pieces that were warm when they were taken, for cold */
    /* Of the last cell: */
    size_t touched; /* bytes that were touched or are held */
    struct first_touch before, after;
    double paid; /* for cold: system time over the expected cost of its first touches */
    struct ballast_account account;
};

/* Whether a first touch took so much longer than on warm memory that the host must have
 * supplied the page. Microseconds. */
bool conditioning_is_cold(double us, double warm_us);

/* Learns what a first touch of warm memory costs here: touches some memory several times.
 * -errno with `reason`. */
int conditioning_begin(struct conditioning *ret, const volatile int *stop,
                       struct reason *reason);

/* Releases what is held. */
void conditioning_end(struct conditioning *c);

/*
 * Brings memory into the condition for the program that is started next. `lasts`: it runs
 * for seconds. True if a look confirms the condition.
 */
bool conditioning_prepare(struct conditioning *c, enum memory_condition condition,
                          bool lasts);

/*
 * Looks again after the program has ended. True if all memory that it took was in the
 * condition. The memory of its largest process is warm now, so the look is at the memory
 * behind it. On cold memory the processes must also have paid for what they took.
 */
bool conditioning_held(struct conditioning *c, enum memory_condition condition,
                       const struct child_use *use);

/* Whether free memory can be cold here at all. Takes a minute if it cannot. If it can,
 * the memory that was taken stays held. */
bool conditioning_finds_cold(struct conditioning *c);

/* Says why the last cell's memory was not in its condition, and what the looks found. */
void conditioning_describe(const struct conditioning *c, enum memory_condition condition,
                           char *buffer, size_t size);

/* What the record of the last cell says: {"before", "after", "touched"}, "ballast" if one
 * ran, and "paid" on cold memory. The caller owns it. */
json_t *conditioning_to_json(const struct conditioning *c);

#endif
