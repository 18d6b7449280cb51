#include "firsttouch.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

#include "stats.h"

enum { PAGE = 4096 };

static size_t room_bytes(const struct touch_room *room) {
    return (room->pieces + 1) * TOUCH_PIECE;
}

int touch_open(struct touch_room *ret, size_t pieces, bool huge) {
    struct touch_room room = {.pieces = pieces};
    room.mapping = mmap(NULL, room_bytes(&room), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room.mapping == MAP_FAILED)
        return -errno;
    madvise(room.mapping, room_bytes(&room),
            MADV_DONTFORK); /* a child must not get a copy of the held memory */
    /* a kernel without huge pages refuses both; that is fine */
    madvise(room.mapping, room_bytes(&room), huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    room.start = room.mapping +
                 (TOUCH_PIECE - (uintptr_t)room.mapping % TOUCH_PIECE) % TOUCH_PIECE;
    *ret = room;
    return 0;
}

/* The host's work for a touch counts as processor time of this thread. Waiting for a
 * processor does not. */
static double cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double touch_next(struct touch_room *room) {
    volatile char *piece = room->start + room->touched++ * TOUCH_PIECE;
    double before = cpu_ns();
    for (size_t i = 0; i < TOUCH_PIECE; i += PAGE)
        piece[i] = 1;
    return cpu_ns() - before;
}

void touch_back(struct touch_room *room, size_t pieces) {
    room->touched -= pieces;
    madvise(room->start + room->touched * TOUCH_PIECE, pieces * TOUCH_PIECE,
            MADV_DONTNEED);
}

void touch_close(struct touch_room *room) {
    if (room->mapping)
        munmap(room->mapping, room_bytes(room));
    *room = (struct touch_room){0};
}

/* Whether the first touch of one byte backs the whole piece. It touches the room's first
 * piece. */
static bool is_huge(struct touch_room *room) {
    unsigned char resident[TOUCH_PIECE / PAGE] = {0};
    *(volatile char *)room->start = 1;
    room->touched = 1;
    return mincore(room->start, TOUCH_PIECE, resident) == 0 &&
           (resident[TOUCH_PIECE / PAGE - 1] & 1);
}

static double median_us(struct touch_room *room, size_t pieces) {
    double ns[FIRST_TOUCH_PIECES];
    for (size_t i = 0; i < pieces; i++)
        ns[i] = touch_next(room);
    return stats_median(ns, pieces) / 1000;
}

/*
 * Holds both rooms at once, so that neither gets memory that the other has just touched.
 */
int first_touch_measure(size_t pieces, struct first_touch *ret) {
    struct touch_room small, huge;
    int error = touch_open(&small, pieces, false);
    if (error)
        return error;
    error = touch_open(&huge, pieces + 1, true);
    if (!error) {
        ret->page_us = median_us(&small, pieces) / ((double)TOUCH_PIECE / PAGE);
        ret->huge_page_us = is_huge(&huge) ? median_us(&huge, pieces) : 0;
        touch_close(&huge);
    }
    touch_close(&small);
    return error;
}

json_t *first_touch_to_json(const struct first_touch *touch) {
    return json_pack("{s:f, s:f}", "page_us", touch->page_us, "huge_page_us",
                     touch->huge_page_us);
}
