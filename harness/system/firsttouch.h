#ifndef TIDEMARK_HARNESS_FIRSTTOUCH_H
#define TIDEMARK_HARNESS_FIRSTTOUCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * First touches of memory, and what they cost. A virtual machine may hand free memory
 * back to its host (free page reporting, a balloon). Then the host must supply it again
 * at the next touch, which costs many times as much. So every time that is measured
 * depends on what ran before.
 */

/* Address space for memory that is touched piece by piece, and held until it is released.
 */
enum { TOUCH_PIECE = 2 << 20 };
struct touch_room {
    char *mapping, *start; /* the second at a multiple of a piece */
    size_t pieces, touched;
};

/* Reserves room for so many pieces, in huge pages or in small ones. -errno. */
int touch_open(struct touch_room *ret, size_t pieces, bool huge);

/* Touches the next piece, each of its pages; nanoseconds of processor time. There must be
 * one. */
double touch_next(struct touch_room *room);

/* Gives back the last `pieces` pieces that were touched. They can be touched again. */
void touch_back(struct touch_room *room, size_t pieces);

/* Gives back what was touched. A room that was never opened is all zero. */
void touch_close(struct touch_room *room);

/* Microseconds of processor time that the first touch takes, of a page of 4 KiB and of a
 * huge page. */
struct first_touch {
    double page_us;
    double huge_page_us; /* 0: there were none to be had */
};

/*
 * Touches `pieces` pieces (at most FIRST_TOUCH_PIECES) in small pages, and as many in
 * huge ones, and gives them back: medians over the pieces. -errno where that fails.
 */
enum { FIRST_TOUCH_PIECES = 64 };
int first_touch_measure(size_t pieces, struct first_touch *ret);

/* {"page_us", "huge_page_us"}: a new reference, NULL without memory. */
json_t *first_touch_to_json(const struct first_touch *touch);

#endif
