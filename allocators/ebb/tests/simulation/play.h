/* One run, in a process of its own. */
#ifndef EBB_SIMULATION_PLAY_H
#define EBB_SIMULATION_PLAY_H

#include "plan.h"

/* Performs the plan and ends the process: with status 0, or through finding(). */
_Noreturn void play(const struct plan *plan);

/* In the child of a fork: the blocks that other threads had in their hands are lost. */
void play_forget_others(void);

#endif
