/* The settings in the environment: EBB_RECLAIM and its relatives. They are read once, at
 * the first use. That is after the heap has grown, and never in the first malloc. */
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
    unsigned delay_ms; /* memory that has not been used for so long goes */
    size_t worth;      /* bytes: a thread's cache that pins less is left alone */
    unsigned
        huge_pages; /* for how many of the uses of huge.h a growing heap asks for them */
    bool zero_on_free;   /* what is freed is cleared at once; with a quarantine only */
    bool quarantine;     /* freed blocks wait before they serve again */
    size_t guard_sample; /* of so many blocks one is put between guard pages; 0: none */
    size_t heap_min;     /* bytes: a heap that never grew beyond has no reclaimer */
};

/* A value that is out of range or unknown is named on stderr, and the default applies. As
 * long as libc doesn't know the environment yet, all defaults apply. */
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

/* Bytes of address space to reserve; 0: nothing was set. Not kept, since it is wanted at
 * the first allocation, which may come before libc knows the environment. */
size_t options_reservation(void);

/* Repairs this module's state in the child of a fork (process.h). */
void options_recover(void);

#endif
