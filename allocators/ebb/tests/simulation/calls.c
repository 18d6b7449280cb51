/* The calls of ebb that are not about memory: threads, time, locks, the environment; and
 * some of its own functions, to count what a campaign came across. */
#define _GNU_SOURCE /* RUSAGE_THREAD */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bell.h"
#include "ebb.h"
#include "forking.h"
#include "meta.h"
#include "result.h"
#include "slab.h"
#include "system.h"
#include "takeover.h"
#include "thread.h"

static int refused(int error) {
    errno = error;
    return -1;
}

ssize_t __wrap_write(int, const void *, size_t);

/* ---- futex and membarrier ---------------------------------------------------------- */

static long futex(const uint32_t *address, int operation, uint32_t value,
                  const struct timespec *limit) {
    if (operation == FUTEX_WAKE_PRIVATE)
        return (long)thread_wake(address, value);
    if (*address != value)
        return refused(EAGAIN);
    /* Whoever waits for anything but a tick looks again after LOOK_AGAIN_MS, for the sake
     * of a fork in a signal handler. In a process that isn't such a child nobody is woken
     * by that, so that a wake-up that is lost shows. */
    bool patient = limit != NULL && fork_survivor == THREADS_MAX &&
                   address != (const uint32_t *)(uintptr_t)&reclaimer_state;
    uint64_t deadline = limit == NULL || patient
                            ? 0
                            : thread_now_ns() + (uint64_t)limit->tv_sec * 1000000000 +
                                  (uint64_t)limit->tv_nsec;
    return thread_wait(address, deadline) ? 0 : refused(ETIMEDOUT);
}

static void sleep_for(const struct timespec *time) {
    thread_sleep((uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec);
}

long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
    va_list arguments;
    long a[4];
    va_start(arguments, number);
    for (int i = 0; i < 4; i++)
        a[i] = va_arg(arguments, long);
    va_end(arguments);
    sim_call();
    long outcome = 0;
    if (number == SYS_futex)
        outcome = futex((const uint32_t *)a[0], (int)a[1], (uint32_t)a[2],
                        (const struct timespec *)a[3]);
    else if (number == SYS_clock_nanosleep)
        sleep_for((const struct timespec *)a[2]);
    else if (number == SYS_write)
        outcome = __wrap_write((int)a[0], (const void *)a[1], (size_t)a[2]);
    else if (number == SYS_membarrier && settings.no_barrier)
        outcome = refused(EPERM);
    else if (number == SYS_membarrier)
        threads_barrier();
    sim_call();
    return outcome;
}

/* ---- threads ----------------------------------------------------------------------- */

struct fork_handlers fork_handlers;
void (*system_key_destructor)(void *);

int __wrap_pthread_atfork(void (*)(void), void (*)(void), void (*)(void));
int __wrap_pthread_atfork(void (*before)(void), void (*in_parent)(void),
                          void (*in_child)(void)) {
    fork_handlers = (struct fork_handlers){before, in_parent, in_child};
    return 0;
}

int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument) {
    (void)attributes;
    sim_call();
    if (thread_chance(settings.refuse_thread)) {
        count_feature(FEATURE_refused);
        *thread = (pthread_t)THREADS_MAX; /* as glibc leaves something there */
        return EAGAIN;
    }
    int number = thread_make(start, argument);
    if (number < 0)
        return EAGAIN;
    count_feature(FEATURE_reclaimers);
    __libc_single_threaded = 0;
    *thread = (pthread_t)number;
    sim_call();
    return 0;
}

int __wrap_pthread_join(pthread_t, void **);
int __wrap_pthread_join(pthread_t thread, void **ret_value) {
    (void)ret_value;
    if (thread >= THREADS_MAX)
        finding("a thread is joined that never was", "%lu", (unsigned long)thread);
    thread_join((unsigned)thread);
    return 0;
}

int __wrap_pthread_detach(pthread_t);
int __wrap_pthread_detach(pthread_t thread) {
    (void)thread;
    return 0;
}

pthread_t __wrap_pthread_self(void);
pthread_t __wrap_pthread_self(void) {
    return (pthread_t)thread_number();
}

int __wrap_pthread_setname_np(pthread_t, const char *);
int __wrap_pthread_setname_np(pthread_t thread, const char *name) {
    (void)thread;
    (void)name;
    return 0;
}

int __wrap_pthread_key_create(pthread_key_t *, void (*)(void *));
int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *)) {
    sim_call();
    if (settings.no_key)
        return EAGAIN;
    *key = 1;
    system_key_destructor = destructor;
    return 0;
}

int __wrap_pthread_setspecific(pthread_key_t, const void *);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value) {
    (void)key;
    sim_call();
    thread_set_value((void *)(uintptr_t)value);
    return 0;
}

/* Who is who, of one thread of the operating system's. */
const void *__wrap_os_thread(void);
const void *__wrap_os_thread(void) {
    static const char names[THREADS_MAX + 1];
    return &names[thread_number()];
}

bool __wrap_os_is_main_thread(void);
bool __wrap_os_is_main_thread(void) {
    return thread_number() == fork_survivor;
}

unsigned __wrap_os_cpus(void);
unsigned __wrap_os_cpus(void) {
    return 1 + (unsigned)settings.reserve_mib / 4 % 5;
}

/* From the seed, like all else. */
uint64_t __wrap_os_random(void);
uint64_t __wrap_os_random(void) {
    return settings.reserve_mib * 7;
}

/* ---- time, limits, environment ----------------------------------------------------- */

int __wrap_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time) {
    (void)clock;
    ret_time->tv_sec = (time_t)(thread_now_ns() / 1000000000);
    ret_time->tv_nsec = (long)(thread_now_ns() % 1000000000);
    return 0;
}

int __wrap_getrusage(int, struct rusage *);
int __wrap_getrusage(int who, struct rusage *ret_usage) {
    (void)who;
    memset(ret_usage, 0, sizeof *ret_usage);
    return 0;
}

/* Half of it is the reservation. */
int __wrap_getrlimit(int, struct rlimit *);
int __wrap_getrlimit(int what, struct rlimit *ret_limit) {
    (void)what;
    ret_limit->rlim_cur = ret_limit->rlim_max = (rlim_t)settings.reserve_mib << 21;
    return 0;
}

char *__wrap_secure_getenv(const char *);
char *__wrap_secure_getenv(const char *name) {
    static const char *const modes[] = {"on", "manual", "off"};
    static char number[20];
    sim_call();
    if (strcmp(name, EBB_OPTION_RECLAIM) == 0)
        return (char *)(uintptr_t)modes[settings.reclaim];
    if (strcmp(name, EBB_OPTION_QUARANTINE) == 0)
        return settings.quarantine ? "on" : NULL;
    if (strcmp(name, EBB_OPTION_HUGE_PAGES) == 0)
        return settings.small_pages == 0   ? NULL
               : settings.small_pages == 1 ? "off"
                                           : "filled";
    unsigned value = strcmp(name, EBB_OPTION_DELAY) == 0   ? settings.delay_ms
                     : strcmp(name, EBB_OPTION_WORTH) == 0 ? settings.worth_kib
                     : strcmp(name, EBB_OPTION_HEAP) == 0  ? settings.heap_kib
                                                           : ~0u;
    if (value == ~0u)
        return NULL;
    snprintf(number, sizeof number, "%u", value);
    return number;
}

char *__wrap_getenv(const char *);
char *__wrap_getenv(const char *name) {
    (void)name;
    return NULL;
}

/* ---- last words -------------------------------------------------------------------- */

static char last_words[200];

ssize_t __wrap_write(int, const void *, size_t);
ssize_t __wrap_write(int file, const void *text, size_t length) {
    (void)file;
    size_t kept = length < sizeof last_words - 1 ? length : sizeof last_words - 1;
    memcpy(last_words, text, kept);
    last_words[kept] = '\0';
    trace("%s", last_words);
    return (ssize_t)length;
}

_Noreturn void __wrap_abort(void);
_Noreturn void __wrap_abort(void) {
    char what[sizeof last_words];
    snprintf(what, sizeof what, "%s", last_words);
    char *address = strstr(what, ": 0x");
    if (address != NULL && strstr(what, "invariant") == NULL)
        *address = '\0';
    finding(what, "%s", last_words);
}

/* ---- what a campaign came across --------------------------------------------------- */

bool __real_slab_refill(unsigned class, struct bin *bin);
bool __wrap_slab_refill(unsigned class, struct bin *bin);
bool __wrap_slab_refill(unsigned class, struct bin *bin) {
    count_feature(FEATURE_claims);
    return __real_slab_refill(class, bin);
}

void __real_meta_free(struct word *words, unsigned order);
void __wrap_meta_free(struct word *words, unsigned order);
void __wrap_meta_free(struct word *words, unsigned order) {
    count_feature(FEATURE_retirements);
    __real_meta_free(words, order);
}

bool __real_slab_discard_holes(size_t index, enum give give, size_t *bytes);
bool __wrap_slab_discard_holes(size_t index, enum give give, size_t *bytes);
bool __wrap_slab_discard_holes(size_t index, enum give give, size_t *bytes) {
    size_t before = *bytes;
    bool looked = __real_slab_discard_holes(index, give, bytes);
    result->features[FEATURE_sweeps] += *bytes > before;
    return looked;
}

void __real_cache_park_quiet(size_t worth, struct parking *ret_parking);
void __wrap_cache_park_quiet(size_t worth, struct parking *ret_parking);
void __wrap_cache_park_quiet(size_t worth, struct parking *ret_parking) {
    __real_cache_park_quiet(worth, ret_parking);
    result->features[FEATURE_parkings] += ret_parking->attached - ret_parking->busy;
}
