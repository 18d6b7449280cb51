/* Coroutines: what a virtual thread is, and how the processor passes between them. When
 * and to whom is decided in scheduler.c. */
#include "coroutine.h"

#include <errno.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "lifetime.h"
#include "result.h"

enum { STACK_SIZE = 128 * 1024 };

struct coroutine threads[THREADS_MAX];
struct coroutine *current;

static jmp_buf scheduler;
static struct cache *nobodys_cache; /* thread_cache of a thread that has done nothing */
static struct cache
    *schedulers_cache; /* while another thread runs: it looks at the heap */

__attribute__((constructor)) static void remember_nobody(void) {
    nobodys_cache = thread_cache;
}

/* Each coroutine's first steps: setcontext() can't hand over a pointer portably. */
static void enter(void) {
    struct coroutine *self = current;
    self->main(self);
    coroutine_suspend(STATE_NONE);
}

void coroutine_start(struct coroutine *self, void (*main)(struct coroutine *)) {
    if (self->stack == NULL) {
        self->stack = __real_mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (self->stack == MAP_FAILED)
            finding("no memory for a stack", "%s", "mmap");
    }
    getcontext(&self->context);
    self->context.uc_stack.ss_sp = self->stack;
    self->context.uc_stack.ss_size = STACK_SIZE;
    self->context.uc_link = NULL;
    makecontext(&self->context, enter, 0);
    self->entered = false;
    self->main = main;
    self->cache = nobodys_cache;
    self->error = 0;
    self->value = NULL;
    self->exiting = false;
    self->stores.count = 0;
    self->state = STATE_READY;
}

__attribute__((noinline)) void coroutine_resume(struct coroutine *self) {
    current = self;
    schedulers_cache = thread_cache;
    thread_cache = self->cache;
    errno = self->error;
    if (_setjmp(scheduler) == 0) {
        if (self->entered)
            _longjmp(self->environment, 1);
        self->entered = true;
        setcontext(&self->context);
    }
    current = NULL;
    thread_cache = schedulers_cache;
}

__attribute__((noinline)) void coroutine_suspend(enum state state) {
    struct coroutine *self = current;
    if (state != STATE_READY && state != STATE_HELD)
        stores_drain(&self->stores);
    self->state = state;
    self->cache = thread_cache;
    self->error = errno;
    if (_setjmp(self->environment) == 0)
        _longjmp(scheduler, 1);
}
