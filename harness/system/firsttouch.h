#ifndef TIDEMARK_HARNESS_FIRSTTOUCH_H
#define TIDEMARK_HARNESS_FIRSTTOUCH_H

/*
 * What the first touch of memory costs: microseconds for a page of 4 KiB, and for a huge
 * page. On a virtual machine that hands free memory back to its host (free page
 * reporting, a balloon) the host must supply it again, at many times the cost, and
 * whatever is timed depends on what ran before. Medians over pieces of 2 MiB.
 */
struct first_touch {
    double page_us;
    double huge_page_us; /* 0: there were none to be had */
};

/* Maps FIRST_TOUCH_MIB for small pages and as much for huge ones, touches both, then
 * unmaps them. -errno where that fails. */
enum { FIRST_TOUCH_MIB = 128 };
int first_touch_measure(struct first_touch *ret);

#endif
