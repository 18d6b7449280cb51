/* Failing plans made short. */
#ifndef EBB_SIMULATION_SHRINK_H
#define EBB_SIMULATION_SHRINK_H

#include "plan.h"

/* Runs the plan in a process of its own; false if something was found. The result is in
 * `result`, whose features are added to. */
bool try_plan(const struct plan *plan);

/* Leaves out operations, preemptions and settings as long as the same is found, for at
 * most so many seconds. `result` is that of the plan that is left. Returns runs made. */
unsigned shrink(struct plan *plan, double seconds);

#endif
