#include "gate.h"

#include "bell.h"
#include "os.h"
#include "process.h"

void gate_wait(struct gate *gate) {
    gate_leave(gate);
    debug_delay(DELAY_OFTEN);
    process_check(); /* in a fork's child, the taker may be a thread of the parent */
    uint32_t expected = GATE_PARKED;
    /* pairs with the release in gate_reopen(): the flush is seen */
    if (cas_acquire(&gate->stop, &expected, GATE_OPEN)) {
        bell_touch();
        return;
    }
    debug_delay(DELAY_OFTEN);
    expected = GATE_SHUT;
    /* Relaxed: gate_enter() reads stop again, acquiring. */
    if (cas_relaxed(&gate->stop, &expected, GATE_WAITED) || expected == GATE_WAITED)
        os_wait(&gate->stop, GATE_WAITED, LOOK_AGAIN_MS);
}

void gate_reopen(struct gate *gate, enum gate_stop stop) {
    debug_delay(DELAY_OFTEN);
    /* pairs with the acquire in gate_enter() and gate_wait() */
    if (exchange_release(&gate->stop, stop) == GATE_WAITED)
        os_wake(&gate->stop, 1);
}
