/* Decides which virtual thread runs next. All chance comes from the operation that was
 * started last; that of a preemption comes from the preempted operation. */
#include <string.h>

#include "coroutine.h"
#include "forking.h"
#include "process.h"
#include "reclaimer.h"
#include "result.h"

/* A run of a few hundred operations takes a hundredth of this. */
enum { STEPS_MAX = 20000000 };

/* Nobody is held for longer, however the others pass their time; and nobody runs for
 * longer without a pause. */
enum { HOLD_STEPS_MAX = 50000, TURN_STEPS_MAX = 10000 };

static struct plan plan;
static unsigned next;    /* operation to be started */
static uint64_t now_ns;  /* virtual */
static uint64_t idle_to; /* no operation is started before */
static uint64_t chance;  /* for choices between threads */
static unsigned unchecked;
static unsigned long steps;
static unsigned long turn_from; /* the step with which the current turn began */
static uint64_t active_ns;      /* when a thread of the plan ran last */

/* ---- for the running thread -------------------------------------------------------- */

static void preempt(struct coroutine *self) {
    count_feature(FEATURE_preemptions);
    self->times--;
    self->countdown = 1 + random_below(&self->rng, self->every);
    self->held_until = next + random_below(&self->rng, self->hold + 1);
    self->held_from = steps;
    trace("        %c is preempted until operation %u", 'A' + (int)(self - threads),
          self->held_until);
    coroutine_suspend(STATE_HELD);
}

void sim_step(void) {
    struct coroutine *self = current;
    if (self == NULL)
        return;
    if (++steps > STEPS_MAX)
        finding("no end", "after %lu steps", steps);
    count_feature(FEATURE_steps);
    now_ns += plan.settings.ns_per_step;
    if (plan.settings.fork_at_step != 0 && steps >= plan.settings.fork_at_step &&
        self < &threads[PLAN_THREADS]) {
        plan.settings.fork_at_step = 0;
        fork_here();
    }
    if (self->times > 0 && --self->countdown == 0)
        preempt(self);
    else if (steps - turn_from > TURN_STEPS_MAX)
        coroutine_suspend(STATE_READY);
}

void sim_call(void) {
    sim_step();
    if (current != NULL)
        stores_drain(&current->stores);
}

void threads_barrier(void) {
    for (unsigned i = 0; i < THREADS_MAX; i++)
        stores_drain(&threads[i].stores);
}

unsigned thread_random(unsigned n) {
    return random_below(&current->rng, n);
}

bool thread_chance(unsigned per_thousand) {
    return current != NULL && random_chance(&current->rng, per_thousand);
}

unsigned thread_at_once(unsigned (*look)(void)) {
    struct coroutine *self = current;
    current = NULL;
    unsigned seen = look();
    current = self;
    return seen;
}

uint64_t thread_now_ns(void) {
    return now_ns;
}

unsigned thread_number(void) {
    return current != NULL ? (unsigned)(current - threads) : THREADS_MAX;
}

bool thread_wait(const void *address, uint64_t deadline_ns) {
    struct coroutine *self = current;
    if (self == NULL)
        finding("a wait while nobody does anything", "for %p", address);
    count_feature(deadline_ns == 0 && address == &reclaimer_state ? FEATURE_sleeps
                                                                  : FEATURE_waits);
    trace("        %c waits for %p", 'A' + (int)(self - threads), address);
    self->address = address;
    self->deadline = deadline_ns;
    self->woken = false;
    coroutine_suspend(STATE_WAITING);
    return self->woken;
}

unsigned thread_wake(const void *address, unsigned count) {
    unsigned woken = 0;
    for (unsigned i = 0; i < THREADS_MAX && woken < count; i++)
        if (threads[i].state == STATE_WAITING && threads[i].address == address) {
            threads[i].state = STATE_READY;
            threads[i].woken = true;
            woken++;
        }
    return woken;
}

void thread_sleep(uint64_t ns) {
    thread_wait(NULL, now_ns + (ns > 0 ? ns : 1));
}

void thread_set_value(void *value) {
    current->value = value;
}

void *thread_value(void) {
    return current->value;
}

void thread_exit_after(void) {
    current->exiting = true;
}

bool thread_is_alive(unsigned number) {
    return threads[number].state != STATE_NONE;
}

/* ---- threads of ebb's -------------------------------------------------------------- */

/* In a fork's child: the thread that forked, until its operation is over. It may have
 * forked in a signal handler, where nobody may make threads. */
static struct coroutine *alone;

static void made_main(struct coroutine *self) {
    self->start(self->argument);
    thread_wake(self, THREADS_MAX); /* whoever joins */
}

int thread_make(void *(*start)(void *), void *argument) {
    for (unsigned i = PLAN_THREADS; i < THREADS_MAX; i++) {
        struct coroutine *self = &threads[i];
        if (self->state != STATE_NONE)
            continue;
        coroutine_start(self, made_main);
        self->start = start;
        self->argument = argument;
        self->rng = random_next(&chance);
        self->every = plan.settings.reclaimer_every;
        self->hold = plan.settings.reclaimer_hold;
        self->times = self->every > 0 ? ~0u : 0;
        self->countdown = self->every > 0 ? 1 + random_below(&self->rng, self->every) : 0;
        return (int)i;
    }
    return -1;
}

void thread_join(unsigned number) {
    while (threads[number].state != STATE_NONE)
        thread_wait(&threads[number], 0);
}

void thread_forget_others(const struct plan *new_plan) {
    for (unsigned i = 0; i < THREADS_MAX; i++)
        if (&threads[i] != current) {
            threads[i].state = STATE_NONE;
            /* What a thread has stored reaches the page, which is the child's, too: the
             * kernel waits for that before it lets anybody go on. */
            stores_drain(&threads[i].stores);
        }
    plan = *new_plan;
    next = 0;
    idle_to = 0;
    steps = 0;
    alone = current;
    if (current != NULL)
        current->times = 0;
}

void threads_calm(void) {
    plan.settings.reclaimer_every = 0;
    for (unsigned i = 0; i < THREADS_MAX; i++)
        threads[i].times = 0;
}

/* ---- the scheduler ----------------------------------------------------------------- */

static const struct script *script;

static void plan_main(struct coroutine *self) {
    while (!self->exiting) {
        script->play(&self->op);
        if (self == alone && fork_was_bare)
            process_check(); /* before anybody looks who isn't there */
        if (!self->exiting)
            coroutine_suspend(STATE_REST);
    }
}

static bool is_at_rest(const struct coroutine *thread) {
    return thread->state == STATE_NONE || thread->state == STATE_REST ||
           (thread->state == STATE_WAITING && thread->address == &reclaimer_state &&
            thread >= &threads[PLAN_THREADS]);
}

static bool all_at_rest(void) {
    for (unsigned i = 0; i < THREADS_MAX; i++)
        if (!is_at_rest(&threads[i]))
            return false;
    return true;
}

static bool can_start(void) {
    if (next == plan.count || now_ns < idle_to)
        return false;
    if (alone != NULL && alone->state != STATE_REST && alone->state != STATE_NONE)
        return false;
    alone = NULL;
    enum state state = threads[plan.ops[next].thread].state;
    return plan.ops[next].kind == OP_IDLE || state == STATE_REST || state == STATE_NONE;
}

static void start_next(void) {
    const struct op *op = &plan.ops[next++];
    struct coroutine *self = &threads[op->thread];
    char line[200];
    op_format(op, line, sizeof line);
    trace("%4u %8.3f ms: %s", next - 1, (double)now_ns / 1e6, line);
    count_feature(FEATURE_operations);
    unchecked++;
    now_ns += plan.settings.us_per_op * 1000ull;
    chance = op->seed;
    random_next(&chance);
    if (op->kind == OP_IDLE) {
        idle_to = now_ns + op->size * 1000000ull;
        return;
    }
    if (self->state == STATE_NONE) {
        count_feature(FEATURE_births);
        coroutine_start(self, plan_main);
    }
    self->op = *op;
    self->rng = op->seed;
    self->every = op->every;
    self->times = op->every > 0 ? op->times : 0;
    self->hold = op->hold;
    self->countdown = op->every > 0 ? 1 + random_below(&self->rng, op->every) : 0;
    coroutine_resume(self);
}

/* Holds and times that are over, and wake-ups by chance. */
static void release_threads(void) {
    for (unsigned i = 0; i < THREADS_MAX; i++) {
        struct coroutine *thread = &threads[i];
        bool due = thread->deadline != 0 && thread->deadline <= now_ns;
        if (thread->state == STATE_HELD &&
            (thread->held_until <= next || steps > thread->held_from + HOLD_STEPS_MAX))
            thread->state = STATE_READY;
        if (thread->state == STATE_WAITING &&
            (due || (thread->address != NULL &&
                     random_chance(&chance, plan.settings.spurious)))) {
            thread->state = STATE_READY;
            thread->woken = !due;
        }
    }
}

/* Threads of the plan wait, and however often the reclaimer looks, nobody wakes them. */
static bool is_stuck(void) {
    uint64_t patience_ns = (1000 + 3ull * plan.settings.delay_ms) * 1000000;
    return now_ns > active_ns + patience_ns;
}

/* Nobody can run: the earliest time that somebody waits for comes. */
static bool pass_time(void) {
    uint64_t earliest = now_ns < idle_to ? idle_to : UINT64_MAX;
    for (unsigned i = 0; i < THREADS_MAX; i++)
        if (threads[i].state == STATE_WAITING && threads[i].deadline != 0 &&
            threads[i].deadline < earliest)
            earliest = threads[i].deadline;
    if (earliest == UINT64_MAX)
        return false;
    now_ns = earliest > now_ns ? earliest : now_ns;
    return true;
}

static bool release_a_hold(void) {
    struct coroutine *first = NULL;
    for (unsigned i = 0; i < THREADS_MAX; i++)
        if (threads[i].state == STATE_HELD &&
            (first == NULL || threads[i].held_until < first->held_until))
            first = &threads[i];
    if (first == NULL)
        return false;
    first->state = STATE_READY;
    return true;
}

static void deadlock(void) {
    char line[200] = "";
    for (unsigned i = 0; i < THREADS_MAX; i++)
        if (!is_at_rest(&threads[i]))
            snprintf(line + strlen(line), sizeof line - strlen(line), "%c waits for %p; ",
                     'A' + (int)i, threads[i].address);
    finding("a wake-up is lost: nobody can run", "%s", line);
}

/* Runs one of the threads that can, or starts an operation. False: neither can be. */
static bool run_somebody(void) {
    unsigned choices[THREADS_MAX + 1], count = 0;
    for (unsigned i = 0; i < THREADS_MAX; i++)
        if (threads[i].state == STATE_READY)
            choices[count++] = i;
    if (can_start())
        choices[count++] = THREADS_MAX;
    if (count == 0)
        return false;
    turn_from = steps;
    unsigned choice = choices[count == 1 ? 0 : random_below(&chance, count)];
    if (choice >= THREADS_MAX)
        start_next();
    else
        coroutine_resume(&threads[choice]);
    if (choice < PLAN_THREADS || choice == THREADS_MAX)
        active_ns = now_ns;
    return true;
}

static bool go_on(void) {
    release_threads();
    if (run_somebody())
        return true;
    if (now_ns < idle_to)
        return pass_time();
    if (next == plan.count && all_at_rest())
        return false;
    if (release_a_hold() || (!is_stuck() && pass_time()))
        return true;
    deadlock();
    return false;
}

void threads_run(const struct plan *new_plan, const struct script *new_script) {
    plan = *new_plan;
    script = new_script;
    next = 0;
    active_ns = now_ns;
    while (go_on())
        if (unchecked >= plan.settings.check_every && all_at_rest()) {
            unchecked = 0;
            script->rest();
        }
    script->rest();
}
