#include "ballast.h"

#include <errno.h>
#include <sys/sysinfo.h>
#include <time.h>

enum {
    LEAD = 16,        /* pieces free ahead of what is wanted: what two processors touch
                         in the time between two looks, and some */
    TAKE_FROM = 4,    /* pieces more than at the start before any is taken */
    TAKE_AT_ONCE = 8, /* pieces: a look comes late by 2 ms at most */
    LOOK_NS = 1000000,
    REFRESH_LOOKS = 150,  /* after so many the lead is looked at, in a quiet one */
    SETTLED_LOOKS = 3,    /* quiet ones */
    SETTLE_LOOKS = 10000, /* at most, until what a process left has been taken */
};

static long free_pieces(void) {
    struct sysinfo info;
    sysinfo(&info);
    return (long)((uint64_t)info.freeram * info.mem_unit / TOUCH_PIECE);
}

static void wait_a_look(void) {
    nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
}

static void add(uint64_t *sum, long pieces) {
    __atomic_fetch_add(sum, (uint64_t)pieces, __ATOMIC_RELAXED);
}

static void give(struct ballast *b, long pieces) {
    long has = (long)b->room.touched;
    long given = pieces < has ? pieces : has;
    touch_back(&b->room, (size_t)given);
    add(&b->given, given);
    if (pieces > LEAD || given < pieces)
        add(&b->behind, given < pieces ? pieces - given : pieces - LEAD);
}

/* As far as there is room; how many, and of these how many were cold. */
static long take(struct ballast *b, long pieces, long *ret_cold) {
    long room = (long)(b->room.pieces - b->room.touched);
    pieces = pieces < room ? pieces : room;
    *ret_cold = 0;
    for (long i = 0; i < pieces; i++)
        *ret_cold += touch_next(&b->room) / 1000 > b->cold_us;
    return pieces;
}

/* The free memory ahead may have gone back to the host. After another touch it is there.
 */
static void refresh(struct ballast *b) {
    long cold, taken = take(b, LEAD, &cold);
    touch_back(&b->room, (size_t)taken);
    add(&b->leads, 1);
    add(&b->cold_leads, cold > taken / 2);
}

/* One look; whether there was something to do. */
static bool look(struct ballast *b, long *level) {
    long cold, free = free_pieces(), more = free - *level;
    if (more < 0)
        give(b, -more);
    else if (more > TAKE_FROM)
        add(&b->taken, take(b, more < TAKE_AT_ONCE ? more : TAKE_AT_ONCE, &cold));
    /* what it cannot give, or has no room for, it lets be */
    if (b->room.touched == 0 || b->room.touched == b->room.pieces)
        *level = free_pieces();
    return more < 0 || more > TAKE_FROM;
}

static void *keep(void *argument) {
    struct ballast *b = argument;
    long level = free_pieces();
    unsigned age = 0; /* of the lead, looks */
    while (!__atomic_load_n(&b->stop, __ATOMIC_ACQUIRE)) {
        wait_a_look();
        unsigned quiet = look(b, &level) ? 0 : b->quiet_looks + 1;
        if (++age >= REFRESH_LOOKS && quiet) {
            refresh(b);
            age = 0;
        }
        __atomic_store_n(&b->quiet_looks, quiet, __ATOMIC_RELAXED);
        __atomic_store_n(&b->looks, b->looks + 1, __ATOMIC_RELEASE);
    }
    return NULL;
}

int ballast_start(struct ballast *ballast, size_t pieces, bool huge, double cold_us,
                  const volatile int *stop) {
    *ballast = (struct ballast){.cold_us = cold_us};
    int error = touch_open(&ballast->room, pieces + LEAD, huge);
    if (error)
        return error;
    while (ballast->room.touched < ballast->room.pieces && !*stop)
        touch_next(&ballast->room);
    error = *stop ? -EINTR : 0;
    if (!error) {
        touch_back(&ballast->room, LEAD);
        error = -pthread_create(&ballast->thread, NULL, keep, ballast);
    }
    if (error)
        touch_close(&ballast->room);
    ballast->running = !error;
    return error;
}

bool ballast_settle(struct ballast *b, const volatile int *stop) {
    unsigned first = __atomic_load_n(&b->looks, __ATOMIC_ACQUIRE), looks = first;
    uint64_t leads = 0;
    bool settled = false;
    while (looks - first < SETTLE_LOOKS && !*stop) {
        wait_a_look();
        looks = __atomic_load_n(&b->looks, __ATOMIC_ACQUIRE);
        uint64_t now = __atomic_load_n(&b->leads, __ATOMIC_RELAXED);
        if (settled && now != leads)
            return true;
        unsigned quiet = __atomic_load_n(&b->quiet_looks, __ATOMIC_RELAXED);
        settled = looks - first > SETTLED_LOOKS && quiet >= SETTLED_LOOKS;
        leads = now;
    }
    return false;
}

size_t ballast_pieces(struct ballast *b) {
    return __atomic_load_n(&b->room.touched, __ATOMIC_RELAXED);
}

static uint64_t take_out(uint64_t *sum) {
    return __atomic_exchange_n(sum, 0, __ATOMIC_RELAXED);
}

struct ballast_account ballast_account(struct ballast *b) {
    struct ballast_account account = {.given = take_out(&b->given) * TOUCH_PIECE,
                                      .taken = take_out(&b->taken) * TOUCH_PIECE,
                                      .behind = take_out(&b->behind) * TOUCH_PIECE,
                                      .leads = take_out(&b->leads),
                                      .cold_leads = take_out(&b->cold_leads)};
    struct timespec cpu = {0};
    clockid_t clock;
    if (pthread_getcpuclockid(b->thread, &clock) == 0)
        clock_gettime(clock, &cpu);
    double cpu_s = (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9;
    account.cpu_s = cpu_s - b->cpu_s;
    b->cpu_s = cpu_s;
    return account;
}

void ballast_stop(struct ballast *b) {
    if (!b->running)
        return;
    __atomic_store_n(&b->stop, 1, __ATOMIC_RELEASE);
    pthread_join(b->thread, NULL);
    touch_close(&b->room);
    b->running = false;
}
