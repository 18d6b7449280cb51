/* See ballast.h. */
#include "ballast.h"

#include <sys/sysinfo.h>
#include <time.h>

#include "clock.h"

enum {
    LEAD = 16,        /* pieces free ahead of what is wanted: what two processors touch
                         in the time between two looks, and some */
    TAKE_FROM = 4,    /* pieces more than at the start before any is taken */
    TAKE_AT_ONCE = 8, /* pieces: a look comes late by 2 ms at most */
    LOOK_NS = 1000000,
    REFRESH_LOOKS = 250, /* after so many quiet ones the lead is touched again */
    SETTLE_LOOKS = 5000, /* at most, until what a process left has been taken */
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
    __atomic_fetch_add(sum, (uint64_t)pieces * TOUCH_PIECE, __ATOMIC_RELAXED);
}

static void give(struct ballast *b, long pieces) {
    long has = (long)b->room.touched;
    long given = pieces < has ? pieces : has;
    touch_back(&b->room, (size_t)given);
    add(&b->account.given, given);
    if (pieces > LEAD || given < pieces)
        add(&b->account.behind, given < pieces ? pieces - given : pieces - LEAD);
}

static long take(struct ballast *b, long pieces) {
    long room = (long)(b->room.pieces - b->room.touched);
    pieces = pieces < room ? pieces : room;
    for (long i = 0; i < pieces; i++)
        touch_next(&b->room);
    return pieces;
}

/* What was free ahead may have been handed back to the host: touched again, it is there.
 */
static void refresh(struct ballast *b) {
    long taken = take(b, LEAD);
    touch_back(&b->room, (size_t)taken);
}

static void *keep(void *argument) {
    struct ballast *b = argument;
    long level = free_pieces();
    unsigned quiet = 0;
    while (!__atomic_load_n(&b->stop, __ATOMIC_ACQUIRE)) {
        wait_a_look();
        long more = free_pieces() - level;
        if (more < 0)
            give(b, -more);
        else if (more > TAKE_FROM)
            add(&b->account.taken, take(b, more < TAKE_AT_ONCE ? more : TAKE_AT_ONCE));
        if (b->room.touched == 0) /* nothing is left to give */
            level = free_pieces();
        bool moves = more < 0 || more > TAKE_FROM;
        quiet = moves ? 0 : quiet + 1;
        __atomic_store_n(&b->settled, !moves, __ATOMIC_RELEASE);
        if (quiet % REFRESH_LOOKS == REFRESH_LOOKS - 1)
            refresh(b);
    }
    return NULL;
}

int ballast_start(struct ballast *ballast, size_t pieces, bool huge) {
    *ballast = (struct ballast){0};
    int error = touch_open(&ballast->room, pieces + LEAD, huge);
    if (error)
        return error;
    take(ballast, (long)pieces + LEAD);
    touch_back(&ballast->room, LEAD);
    error = -pthread_create(&ballast->thread, NULL, keep, ballast);
    if (error)
        touch_close(&ballast->room);
    ballast->running = !error;
    return error;
}

bool ballast_settle(struct ballast *b) {
    for (int look = 0; look < SETTLE_LOOKS; look++) {
        wait_a_look();
        wait_a_look(); /* one by the thread lies between, mostly */
        if (__atomic_load_n(&b->settled, __ATOMIC_ACQUIRE))
            return true;
    }
    return false;
}

struct ballast_account ballast_account(struct ballast *b) {
    struct ballast_account account = {
        .given = __atomic_exchange_n(&b->account.given, 0, __ATOMIC_RELAXED),
        .taken = __atomic_exchange_n(&b->account.taken, 0, __ATOMIC_RELAXED),
        .behind = __atomic_exchange_n(&b->account.behind, 0, __ATOMIC_RELAXED)};
    struct timespec cpu = {0};
    clockid_t clock;
    if (pthread_getcpuclockid(b->thread, &clock) == 0)
        clock_gettime(clock, &cpu);
    double cpu_s = (double)cpu.tv_sec + (double)cpu.tv_nsec / NS_PER_S;
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
