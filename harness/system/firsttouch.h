#ifndef TIDEMARK_HARNESS_FIRSTTOUCH_H
#define TIDEMARK_HARNESS_FIRSTTOUCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Measures what the first touch of memory costs. A virtual machine may hand free memory
 * back to its host (free page reporting, a balloon). Then the host must supply the memory
 * again at the next touch, which takes many times as long. So every measured time depends
 * on what ran before.
 */

/* Address space that is touched piece by piece and held until it is released. */
enum { TOUCH_PIECE = 2 << 20 };
struct touch_room {
    char *mapping, *start; /* `start` is aligned to a piece */
    size_t pieces, touched;
};

/* Reserves room for `pieces` pieces, in huge pages or in small ones. -errno. */
int touch_open(struct touch_room *ret, size_t pieces, bool huge);

/* Touches every page of the next piece. Returns the processor time in nanoseconds. There
 * must be an untouched piece left. */
double touch_next(struct touch_room *room);

/* Gives back the last `pieces` touched pieces. They can be touched again. */
void touch_back(struct touch_room *room, size_t pieces);

/* Releases the room and all its memory. A room that was never opened must be all zero. */
void touch_close(struct touch_room *room);

/* The processor time of a first touch, in microseconds: of a page of 4 KiB, and of a huge
 * page. */
struct first_touch {
    double page_us;
    double huge_page_us; /* 0: no huge page was available */
};

/*
 * Touches `pieces` pieces (1 to FIRST_TOUCH_PIECES) in small pages, and as many in huge
 * ones, then gives them back. The results are medians over the pieces. -errno on failure.
 */
enum { FIRST_TOUCH_PIECES = 64 };
int first_touch_measure(size_t pieces, struct first_touch *ret);

/* {"page_us", "huge_page_us"}: a new reference, or NULL if memory runs out. */
json_t *first_touch_to_json(const struct first_touch *touch);

#endif
