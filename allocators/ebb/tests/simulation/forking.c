#include "forking.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan.h"
#include "play.h"
#include "result.h"
#include "system.h"
#include "thread.h"

unsigned fork_survivor = THREADS_MAX;
bool fork_was_bare;

/* The child's own plan, from the operation that forked. Where no handlers ran it may not
 * make threads, as after _Fork(). */
static void begin_as_child(unsigned seed, bool handled) {
    static struct plan plan;
    alarm(60);
    fork_survivor = thread_number();
    fork_was_bare = !handled;
    trace("        the child of a fork begins");
    plan.settings = settings;
    plan_draw_child(&plan, seed);
    for (unsigned i = 0; i < plan.count && !handled; i++)
        plan.ops[i].thread = fork_survivor;
    settings = plan.settings;
    thread_forget_others(&plan);
    play_forget_others();
}

/* True in the child. */
static bool fork_and_wait(bool handled) {
    unsigned seed = thread_random(~0u);
    count_feature(FEATURE_forks);
    pid_t child = fork();
    if (child < 0)
        finding("fork failed", "%s", "");
    if (child == 0) {
        begin_as_child(seed, handled);
        return true;
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) {
        char details[sizeof result->details];
        snprintf(details, sizeof details, "in the child of a fork: %.300s",
                 result->details);
        if (result->what[0] == '\0')
            finding("the child of a fork dies", "status %#x", (unsigned)status);
        strcpy(result->details, details);
        _exit(1);
    }
    return false;
}

/* In a signal handler, or by the bare system call. */
void fork_here(void) {
    bool handled = thread_chance(500);
    bool in_child = fork_and_wait(handled);
    if (in_child && handled && fork_handlers.in_child != NULL)
        fork_handlers.in_child();
}

void fork_with_handlers(void) {
    if (fork_handlers.before != NULL)
        fork_handlers.before();
    bool in_child = fork_and_wait(true);
    if (in_child && fork_handlers.in_child != NULL)
        fork_handlers.in_child();
    if (!in_child && fork_handlers.in_parent != NULL)
        fork_handlers.in_parent();
}
