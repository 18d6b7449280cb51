/* The settings in the environment: EBB_RECLAIM and its relatives. They are read at the
 * first use, which is in the first malloc, and kept. As long as libc does not know the
 * environment yet, nothing is kept, and each use reads again. */
#ifndef EBB_OPTIONS_H
#define EBB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum reclaim_mode {
    RECLAIM_ON,     /* in the background */
    RECLAIM_MANUAL, /* by ebb_collect() and malloc_trim() only */
    RECLAIM_OFF,    /* never; those two do nothing */
};

struct options {
    enum reclaim_mode reclaim;
    unsigned delay_ms; /* memory that stays unused for so long is given back */
    size_t worth;      /* bytes: the reclaimer leaves a cache alone that pins less */
    unsigned
        huge_pages; /* a growing heap asks for huge pages for uses (huge.h) below this */
    bool zero_on_free;   /* a freed block is cleared at once; implies a quarantine */
    bool quarantine;     /* freed blocks wait before they serve again */
    size_t guard_sample; /* one block in so many lies between guard pages; 0: none */
    size_t heap_min;     /* bytes: a heap that never grew larger has no reclaimer */
};

/* If a value is out of range or unknown, a line on stderr says so, and the default
 * applies. As long as libc doesn't know the environment yet, all defaults apply. */
const struct options *options_get(void);

const char *options_reclaim_name(void);
const char *options_huge_pages_name(void);

/* The name of the reclaimer's thread. */
const char *options_thread_name(void);

struct ebb_config;

/* Whether the settings were read. From then on they don't change. */
bool options_are_read(void);

/* Sets other defaults (ebb.h), before the settings are read. False, without a change, if
 * a value is out of range. */
bool options_configure(const struct ebb_config *config);

/* Bytes of address space to reserve; 0: nothing was set. It is read by itself, when the
 * heap is set up. That may be before libc knows the environment. */
size_t options_reservation(void);

/* Repairs this module's state in the child of a fork (process.h). */
void options_recover(void);

#endif
