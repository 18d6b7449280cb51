#include "bell.h"

#include "os.h"

_Atomic uint32_t reclaimer_state;

bool bell_ring(void) {
    uint32_t expected = RECLAIMER_SLEEPING;
    if (!cas_acq_rel(&reclaimer_state, &expected, RECLAIMER_AWAKE))
        return false;
    os_wake(&reclaimer_state, 1);
    return true;
}
