#ifndef TIDEMARK_HARNESS_CONDITIONING_H
#define TIDEMARK_HARNESS_CONDITIONING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "ballast.h"
#include "firsttouch.h"
#include "plan.h"

struct reason;

/*
 * Brings free memory into a condition just before something is timed. The cost of first
 * touches before and after proves the condition (docs/measuring.md).
 *
 * Warm: it touches and frees memory, so that the memory handed out next is backed. For a
 * program that runs for seconds, it holds memory and gives it back bit by bit
 * (ballast.h), since a host would take free memory back meanwhile. Cold: it takes and
 * holds backed memory until the memory handed out next is not backed.
 */
struct conditioning {
    const volatile int *stop;
    struct first_touch warm;       /* what this machine takes where it is */
    struct touch_room huge, small; /* held, for cold */
    struct ballast ballast;        /* for warm, while something runs for long */
    size_t largest;                /* bytes: the largest process that was timed so far */
    bool remains_cold; /* small pages were: those that no huge one can be made of */
    size_t held_warm;  /* pieces that were warm when they were taken for cold */
    /* Of the last cell: */
    size_t touched; /* bytes that were touched for it, or are held */
    struct first_touch before, after;
    struct ballast_account account;
};

/* Whether a first touch is so much dearer than a warm one that the host supplied it. */
bool conditioning_is_cold(double us, double warm_us);

/* Learns what warm memory costs here: touches some, several times. -errno. */
int conditioning_begin(struct conditioning *ret, const volatile int *stop,
                       struct reason *reason);

/* Releases what is held. */
void conditioning_end(struct conditioning *c);

/*
 * Conditions memory for what is started next: where it `lasts`, for seconds. True where
 * the probe agrees.
 */
bool conditioning_prepare(struct conditioning *c, enum memory_condition condition,
                          bool lasts);

/*
 * Looks again, after it has ended: whether there was enough of such memory for it to the
 * last. `used`: the largest resident set of its processes, bytes, which are warm now: the
 * look is behind them.
 */
bool conditioning_held(struct conditioning *c, enum memory_condition condition,
                       size_t used);

/* Whether free memory can be cold here at all; takes a minute where it cannot. */
bool conditioning_finds_cold(struct conditioning *c);

/* Why the last cell's memory was not in its condition, with what was looked at. */
void conditioning_describe(const struct conditioning *c, enum memory_condition condition,
                           char *buffer, size_t size);

/* Of the last cell, for its record: {"before", "after", "touched"}, and where it lasted
 * "ballast". */
json_t *conditioning_to_json(const struct conditioning *c);

#endif
