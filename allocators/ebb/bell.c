/* See bell.h. */
#include "bell.h"

#include "os.h"

_Atomic uint32_t reclaimer_state;
static _Atomic uint32_t wanted;

bool bell_ring(void) {
    uint32_t expected = RECLAIMER_SLEEPING;
    if (!cas_acq_rel(&reclaimer_state, &expected, RECLAIMER_AWAKE))
        return false;
    os_wake(&reclaimer_state, 1);
    return true;
}

void bell_want(void) {
    /* Relaxed, all of it: a call that is missed costs its caller what it was to save. */
    store_relaxed(&wanted, 1);
    if (load_relaxed(&reclaimer_state) == RECLAIMER_AWAKE)
        os_wake(&reclaimer_state, 1);
}

bool bell_take_want(void) {
    bool is = load_relaxed(&wanted) != 0;
    if (is)
        store_relaxed(&wanted, 0);
    return is;
}
