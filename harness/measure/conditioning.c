/* See conditioning.h. */
#include "conditioning.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "file.h"
#include "procfile.h"
#include "reason.h"

enum {
    PROBE_PIECES = 8,  /* for a look: 16 MiB of each kind */
    LEAST_PIECES = 64, /* touched for the first cell, of which nothing is known */
    LEARN_LOOKS = 4,   /* not each gets all that the last has left */
    COLD_RUN = 4,      /* so many dear pieces in a row: this is what will be had */
    COLD_TRIES = 6,    /* waits of PAUSE_S until memory is cold */
    PAUSE_S = 5,       /* Linux reports free pages in passes of two seconds */
};

/* So many times as dear as warm memory is cold; here it is three to twenty times. */
#define COLD_TIMES 3.0

/* Room beyond the largest footprint that has been seen. */
#define MARGIN 1.25

static size_t free_pieces(void) {
    char *text;
    uint64_t bytes = 0;
    if (file_read("/proc/meminfo", &text, NULL) == 0) {
        procfile_kib_field(text, "MemFree", &bytes);
        free(text);
    }
    return bytes / TOUCH_PIECE;
}

/* The largest resident set of any process that was measured so far, in bytes: of the
 * children, and theirs. */
static size_t largest_so_far(void) {
    struct rusage usage;
    return getrusage(RUSAGE_CHILDREN, &usage) == 0 ? (size_t)usage.ru_maxrss << 10 : 0;
}

static size_t pieces_wanted(void) {
    size_t pieces =
        (size_t)(MARGIN * (double)largest_so_far()) / TOUCH_PIECE + 2 * PROBE_PIECES;
    size_t most = free_pieces() / 2;
    pieces = pieces > LEAST_PIECES ? pieces : LEAST_PIECES;
    return pieces < most ? pieces : most;
}

/* Touches so many pieces, or fewer at a signal, and holds them. */
static int touch_pieces(struct touch_room *room, size_t pieces, bool huge,
                        const volatile int *stop) {
    int error = touch_open(room, pieces, huge);
    for (size_t i = 0; !error && i < pieces && !*stop; i++)
        touch_next(room);
    return error;
}

static bool has_huge(const struct conditioning *c) {
    return c->warm.huge_page_us > 0;
}

static bool is_cold(double us, double warm_us) {
    return us > COLD_TIMES * warm_us;
}

int conditioning_begin(struct conditioning *ret, const volatile int *stop,
                       struct reason *reason) {
    struct conditioning c = {.stop = stop};
    int error = first_touch_measure(FIRST_TOUCH_PIECES, &c.warm);
    for (int look = 0; !error && look < LEARN_LOOKS; look++) {
        struct first_touch again;
        error = first_touch_measure(PROBE_PIECES, &again);
        c.warm.page_us = fmin(c.warm.page_us, again.page_us);
        c.warm.huge_page_us = fmin(c.warm.huge_page_us, again.huge_page_us);
    }
    if (error)
        reason_set(reason,
                   "cannot map memory to bring it into a known condition: %s; "
                   "free some, or measure with --memory=any",
                   strerror(-error));
    else
        *ret = c;
    return error;
}

static void release(struct conditioning *c) {
    touch_close(&c->huge);
    touch_close(&c->small);
}

void conditioning_end(struct conditioning *c) {
    ballast_stop(&c->ballast);
    release(c);
}

/* ---- warm ---- */

static bool is_warm(const struct conditioning *c, const struct first_touch *touch) {
    return !is_cold(touch->page_us, c->warm.page_us) &&
           !(has_huge(c) && is_cold(touch->huge_page_us, c->warm.huge_page_us));
}

/* So much of what was wanted may have been wanted faster than it was given. */
#define BEHIND_MOST 0.1

/* The process's own, and what it frees and takes again. */
static int hold_ballast(struct conditioning *c) {
    size_t wanted = 2 * c->touched / TOUCH_PIECE, most = free_pieces() / 2;
    if (c->ballast.running && c->ballast.room.pieces >= wanted)
        return 0;
    ballast_stop(&c->ballast);
    return ballast_start(&c->ballast, wanted < most ? wanted : most, has_huge(c));
}

static bool prepare_lasting(struct conditioning *c) {
    if (hold_ballast(c) < 0)
        return false;
    bool settled = ballast_settle(&c->ballast);
    ballast_account(&c->ballast); /* from here on */
    return settled && first_touch_measure(PROBE_PIECES, &c->before) == 0 &&
           is_warm(c, &c->before);
}

/* In huge pages, which small ones are split from. */
static bool prepare_warm(struct conditioning *c) {
    struct touch_room huge = {0};
    ballast_stop(&c->ballast);
    int error = touch_pieces(&huge, c->touched / TOUCH_PIECE, true, c->stop);
    touch_close(&huge);
    return !error && first_touch_measure(PROBE_PIECES, &c->before) == 0 &&
           is_warm(c, &c->before);
}

/* ---- cold ---- */

/* Takes and holds memory until COLD_RUN pieces on end are dear; false where the room ends
 * before. The mean of the last pieces is `ret_us` a page. */
static bool hold_until_cold(struct touch_room *room, double warm_us, double pages,
                            const volatile int *stop, double *ret_us) {
    double last[COLD_RUN];
    unsigned run = 0;
    while (run < COLD_RUN && room->touched < room->pieces && !*stop) {
        double us = touch_next(room) / 1000 / pages;
        last[run] = us;
        run = is_cold(us, warm_us) ? run + 1 : 0;
    }
    *ret_us = 0;
    for (unsigned i = 0; i < run; i++)
        *ret_us += last[i] / run;
    return run == COLD_RUN;
}

/* Together at most half of what is free. */
static bool open_rooms(struct conditioning *c) {
    size_t most = free_pieces() / 4;
    if (c->small.mapping)
        return true;
    return touch_open(&c->small, most, false) == 0 &&
           touch_open(&c->huge, most, true) == 0;
}

/* Huge pages first: small ones are taken from smaller remains, and then split. */
static bool prepare_cold(struct conditioning *c) {
    static const double small_pages = TOUCH_PIECE / 4096.0;
    for (int attempt = 0; attempt < COLD_TRIES && !*c->stop; attempt++) {
        bool found = open_rooms(c);
        if (found && has_huge(c))
            found = hold_until_cold(&c->huge, c->warm.huge_page_us, 1, c->stop,
                                    &c->before.huge_page_us);
        if (found && hold_until_cold(&c->small, c->warm.page_us, small_pages, c->stop,
                                     &c->before.page_us))
            return true;
        release(c);
        nanosleep(&(struct timespec){.tv_sec = PAUSE_S}, NULL); /* a signal ends it */
    }
    return false;
}

bool conditioning_finds_cold(struct conditioning *c) {
    return prepare_cold(c);
}

/* ---- of a cell ---- */

bool conditioning_prepare(struct conditioning *c, enum memory_condition condition,
                          bool lasts) {
    c->before = c->after = (struct first_touch){0};
    c->touched = pieces_wanted() * TOUCH_PIECE;
    if (condition == MEMORY_COLD) {
        ballast_stop(&c->ballast);
        return prepare_cold(c);
    }
    release(c);
    return lasts ? prepare_lasting(c) : prepare_warm(c);
}

/* Of memory that is kept warm: whether it was there as fast as it was wanted. */
static bool ballast_held(struct conditioning *c) {
    c->account = ballast_account(&c->ballast);
    return first_touch_measure(PROBE_PIECES, &c->after) == 0 && is_warm(c, &c->after) &&
           (double)c->account.behind <= BEHIND_MOST * (double)c->account.given;
}

bool conditioning_held(struct conditioning *c, enum memory_condition condition) {
    if (c->ballast.running)
        return ballast_held(c);
    size_t used = largest_so_far();
    size_t pieces = used / TOUCH_PIECE + 1;
    struct touch_room deep = {0};
    int error = touch_pieces(&deep, pieces, has_huge(c), c->stop);
    if (!error)
        error = first_touch_measure(PROBE_PIECES, &c->after);
    touch_close(&deep);
    if (error)
        return false;
    if (condition == MEMORY_WARM)
        return used <= c->touched && is_warm(c, &c->after);
    return has_huge(c) ? is_cold(c->after.huge_page_us, c->warm.huge_page_us)
                       : is_cold(c->after.page_us, c->warm.page_us);
}

void conditioning_describe(const struct conditioning *c, enum memory_condition condition,
                           char *buffer, size_t size) {
    snprintf(buffer, size,
             "memory was not %s: the first touch of a page took %.2f us before and %.2f "
             "after, of a huge page %.0f and %.0f, where %.2f and %.0f are warm; %zu MiB "
             "were touched before; see `tidemark doctor`",
             plan_memory_name(condition), c->before.page_us, c->after.page_us,
             c->before.huge_page_us, c->after.huge_page_us, c->warm.page_us,
             c->warm.huge_page_us, c->touched >> 20);
}

json_t *conditioning_to_json(const struct conditioning *c) {
    json_t *json =
        json_pack("{s:o, s:o, s:I}", "before", first_touch_to_json(&c->before), "after",
                  first_touch_to_json(&c->after), "touched", (json_int_t)c->touched);
    if (json && c->ballast.running)
        json_object_set_new(json, "ballast",
                            json_pack("{s:f, s:I, s:I, s:I}", "cpu_s", c->account.cpu_s,
                                      "given", (json_int_t)c->account.given, "taken",
                                      (json_int_t)c->account.taken, "behind",
                                      (json_int_t)c->account.behind));
    return json;
}
