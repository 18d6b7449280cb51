#define _GNU_SOURCE /* dladdr, RTLD_NODELETE */
#include "lifetime.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/auxv.h>

#include "bell.h"
#include "bin.h"
#include "delay.h"
#include "flush.h"
#include "gate.h"
#include "lock.h"
#include "options.h"
#include "os.h"
#include "process.h"
#include "slab.h"

/* Gates that never open. A thread has the first one before it gets a cache, and the
 * second one after it has given its cache up. */
static _Alignas(struct cache) struct gate gate_none = {.stop = GATE_SHUT};
static _Alignas(struct cache) struct gate gate_late = {.stop = GATE_SHUT};
#define CACHE_NONE ((struct cache *)(void *)&gate_none)
#define CACHE_LATE ((struct cache *)(void *)&gate_late)

__thread struct cache *thread_cache __attribute__((tls_model(EBB_TLS_MODEL))) =
    CACHE_NONE;

struct lock list_lock;
static _Atomic(struct cache *) all_caches; /* under list_lock; the release publishes */
static struct cache *idle_caches;          /* under list_lock */
static bool news;                          /* under list_lock */
static pthread_key_t exit_key;             /* under list_lock until made */
static bool exit_key_made;                 /* under list_lock */

static struct lock shared_lock;
/* Under shared_lock. "common" makes the linker put it behind the other variables. Those
 * are resident in an idle process, and this one is not. */
struct cache ebb_shared_cache EBB_HERE __attribute__((common));
static bool shared_ready;

bool cache_news(bool take) {
    bool there = news;
    news = news && !take;
    return there;
}

struct cache *cache_first(void) {
    /* pairs with the release in cache_make() */
    return load_acquire(&all_caches);
}

/* ---- making and retiring ----------------------------------------------------------- */

/* Under list_lock. */
static void push_idle(struct cache *cache) {
    cache->idle = true;
    cache->next_idle = idle_caches;
    idle_caches = cache;
}

/* Runs at thread exit, perhaps before other destructors that still allocate. */
static void thread_exit(void *value) {
    struct cache *cache = value;
    if (thread_cache != cache)
        return;
    process_check(); /* a fork's child recovers now, while we know whose the cache is */
    cache_enter();
    flush_cache(cache);
    thread_cache = CACHE_LATE;
    cache_leave(cache);
    debug_delay(DELAY_OFTEN); /* the cache has no thread, but is not idle yet */
    lock_acquire(&list_lock);
    if (!cache->idle) /* else we forked in a signal handler, and recovery has done it */
        push_idle(cache);
    news = true;
    lock_release(&list_lock);
    bell_touch(); /* it may have been the last one */
}

static size_t cache_bytes(void) {
    size_t page = os_page_size();
    return (sizeof(struct cache) + page - 1) / page * page;
}

/* Makes a cache between two inaccessible pages. Under list_lock. */
static struct cache *cache_make(void) {
    void *memory;
    size_t page = os_page_size();
    if (os_map(cache_bytes() + 2 * page, 1, &memory) != 0)
        return NULL;
    struct cache *cache = (struct cache *)((char *)memory + page);
    os_forbid(memory, page);
    os_forbid((char *)cache + cache_bytes(), page);
    bins_init(cache, slab_next_shard(), options_get()->quarantine);
    cache->next = load_relaxed(&all_caches);
    /* pairs with the acquire in cache_first() */
    store_release(&all_caches, cache);
    return cache;
}

/* Gives the thread a cache: an idle one, with what is still in it, or a new one. */
static bool cache_attach(void) {
    lock_acquire(&list_lock);
    if (!exit_key_made)
        exit_key_made = pthread_key_create(&exit_key, thread_exit) == 0;
    struct cache *cache = idle_caches;
    if (cache != NULL)
        idle_caches = cache->next_idle;
    else
        cache = cache_make();
    if (cache != NULL) {
        cache->idle = false;
        cache->rested = false;
        news = true;
        /* It may have been parked when its last thread left. Relaxed: under the lock
         * nobody else works on it, and the lock has published the bins. */
        store_relaxed(&cache->gate.stop, GATE_OPEN);
    }
    bool have_key = exit_key_made;
    lock_release(&list_lock);
    if (cache == NULL)
        return false;
    debug_delay(DELAY_OFTEN); /* the cache is ours, but thread_cache says otherwise */
    thread_cache = cache;
    bell_touch();
    if (have_key)
        pthread_setspecific(exit_key, cache); /* may allocate: by now we can */
    return true;
}

void cache_attach_once(void) {
    if (thread_cache == CACHE_NONE)
        cache_attach();
}

struct cache *cache_enter(void) {
    for (;;) {
        struct cache *cache = thread_cache;
        if (cache != CACHE_NONE && cache != CACHE_LATE) {
            if (gate_enter(&cache->gate))
                return cache;
            gate_wait(&cache->gate);
        } else if (cache == CACHE_LATE || !cache_attach()) {
            break;
        }
    }
    lock_acquire(&shared_lock);
    if (!shared_ready)
        bins_init(&ebb_shared_cache, 0, options_get()->quarantine);
    shared_ready = true;
    bell_touch();
    return &ebb_shared_cache;
}

void cache_leave(struct cache *cache) {
    if (cache == &ebb_shared_cache)
        lock_release(&shared_lock);
    else
        gate_leave(&cache->gate);
}

struct cache *cache_shared(void) {
    return shared_ready ? &ebb_shared_cache : NULL;
}

struct cache *cache_enter_shared(void) {
    lock_acquire(&shared_lock);
    struct cache *shared = cache_shared();
    if (shared == NULL)
        lock_release(&shared_lock);
    return shared;
}

/* Finds blocks that were freed twice, or by a pointer into their middle, and whose cache
 * nobody has flushed. */
__attribute__((destructor)) static void check_at_exit(void) {
    struct cache *mine = thread_cache;
    /* Relaxed: we wrote it. If we are inside, a signal handler has called exit(). */
    if (mine == CACHE_NONE || mine == CACHE_LATE || load_relaxed(&mine->gate.in) != 0)
        return;
    if (gate_enter(&mine->gate))
        flush_check(mine);
    gate_leave(&mine->gate);
}

/* ---- unloading --------------------------------------------------------------------- */

#ifndef EBB_NODELETE /* defined where the linker marks the object */
#pragma weak dladdr
#pragma weak dlopen

/* Keeps the object that contains us loaded. Otherwise a program may close an addon while
 * threads live that will call thread_exit(), or while our own thread runs. Here, in a
 * constructor, the thread that loads us holds the loader's lock already. A slow path
 * might wait for that lock while its holder waits for us. */
__attribute__((constructor)) static void stay_loaded(void) {
    Dl_info self;
    int saved = errno;
    bool is_static = getauxval(AT_BASE) == 0; /* no loader: nothing is ever unloaded */
    if (!is_static && dladdr != NULL && dlopen != NULL && dladdr(&all_caches, &self) != 0)
        dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    errno = saved;
}
#endif

/* ---- fork -------------------------------------------------------------------------- */

/* Finds the forking thread's cache. If another thread of the child is the first to look,
 * it knows that cache only from the note of our child handler, which runs after fork()
 * but not after _Fork(). False if there is no note. */
static bool find_forker(struct cache **ret_cache) {
    struct cache *noted = load_relaxed(&load_relaxed(&process)->forker);
    *ret_cache = os_is_main_thread() ? thread_cache : noted;
    return *ret_cache != NULL;
}

/* dead: the cache belongs to no thread of the child. The contents of a cache can't be
 * trusted if the fork stopped a taker while it had the cache: blocks that it put back are
 * still listed, and other threads may have got them since. The same holds if the fork
 * stopped another thread inside its gate. If the forking thread itself is inside, it
 * continues there. */
static void recover_cache(struct cache *cache, bool dead) {
    uint32_t stop = load_relaxed(&cache->gate.stop);
    bool inside = load_relaxed(&cache->gate.in) != 0;
    bool taken = stop == GATE_SHUT || stop == GATE_WAITED;
    if (inside ? dead : taken)
        bins_empty(cache);
    if (dead)
        store_relaxed(&cache->gate.in, 0);
    if (taken || dead)
        /* pairs with the acquire in gate_enter(): the forker may be on its way there */
        store_release(&cache->gate.stop, GATE_OPEN);
    if (dead || cache->idle)
        push_idle(cache);
}

void lifetime_recover(void) {
    struct cache *forker;
    bool known = find_forker(&forker);
    lock_reset(&list_lock);
    if (lock_reset(&shared_lock) && shared_ready)
        bins_empty(&ebb_shared_cache);
    idle_caches = NULL;
    for (struct cache *cache = cache_first(); cache != NULL; cache = cache->next)
        recover_cache(cache, known && cache != forker && cache != thread_cache);
}

static void note_forker(void) {
    struct process *mine = load_relaxed(&process);
    if (load_relaxed(&mine->pid) == os_pid())
        return; /* another handler allocated, and all is done */
    store_relaxed(&mine->forker, thread_cache);
    store_relaxed(&mine->state, PROCESS_FORKED); /* where the kernel doesn't wipe pages */
}

__attribute__((constructor)) static void register_handler(void) {
    process_init();
    pthread_atfork(NULL, NULL, note_forker);
}
