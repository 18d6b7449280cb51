#include "ballast.h"

#include <errno.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "clock.h"

enum {
    LEAD = 16, /* pieces: what two processors touch between two looks, and some more */
    TAKE_FROM = 4,    /* pieces; takes only if more than these have become free */
    TAKE_AT_ONCE = 8, /* pieces; so a look comes 2 ms late at most */
    LOOK_NS = 1000000,
    REFRESH_LOOKS = 150,  /* after so many the next quiet look refreshes the lead */
    SETTLED_LOOKS = 3,    /* quiet looks in a row: no memory is taken or freed */
    SETTLE_LOOKS = 10000, /* ballast_settle() gives up after so many */
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
    long late = pieces > LEAD ? pieces - LEAD : 0;
    add(&b->behind, late > pieces - given ? late : pieces - given);
}

/* Pieces that the room can still take. It keeps room for the lead, so that refresh() can
 * take that. */
static long room_left(const struct ballast *b) {
    return (long)(b->room.pieces - b->room.touched) - LEAD;
}

/* Takes pieces. Returns how many of them were cold. */
static long take(struct ballast *b, long pieces) {
    long cold = 0;
    for (long i = 0; i < pieces; i++)
        cold += touch_next(&b->room) / 1000 > b->cold_us;
    return cold;
}

/* Touches the lead and gives it back, so that it is warm. The host may have taken it. */
static void refresh(struct ballast *b) {
    long cold = take(b, LEAD);
    uint64_t now_ns = clock_now_ns(), age_ns = now_ns - b->refreshed_ns;
    touch_back(&b->room, LEAD);
    b->refreshed_ns = now_ns;
    __atomic_fetch_add(&b->cold_ns, age_ns / 2 * (uint64_t)cold / LEAD, __ATOMIC_RELAXED);
    __atomic_fetch_add(&b->leads, 1, __ATOMIC_RELEASE);
}

/* Looks once. True if there was something to do. `level` is the free memory, in pieces,
 * that the thread keeps up. */
static bool look(struct ballast *b, long *level) {
    long more = free_pieces() - *level;
    if (more < 0) {
        give(b, -more);
    } else if (more > TAKE_FROM) {
        long most = room_left(b) < TAKE_AT_ONCE ? room_left(b) : TAKE_AT_ONCE;
        long taken = more < most ? more : most;
        take(b, taken);
        add(&b->taken, taken);
    }
    /* with nothing left to give, or no room to take more, it accepts the new level */
    if (b->room.touched == 0 || room_left(b) == 0)
        *level = free_pieces();
    return more < 0 || more > TAKE_FROM;
}

static void *keep(void *argument) {
    struct ballast *b = argument;
    long level = free_pieces();
    unsigned age = 0; /* looks since the last refresh */
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
    *ballast = (struct ballast){.cold_us = cold_us, .accounted_ns = clock_now_ns()};
    int error = touch_open(&ballast->room, pieces + 2 * LEAD, huge);
    if (error)
        return error;
    while (ballast->room.touched < pieces + LEAD && !*stop)
        touch_next(&ballast->room);
    error = *stop ? -EINTR : 0;
    if (!error) {
        touch_back(&ballast->room, LEAD);
        ballast->refreshed_ns = clock_now_ns();
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
        uint64_t now = __atomic_load_n(&b->leads, __ATOMIC_ACQUIRE);
        unsigned quiet = __atomic_load_n(&b->quiet_looks, __ATOMIC_RELAXED);
        bool still = looks - first > SETTLED_LOOKS && quiet >= SETTLED_LOOKS;
        if (settled && still && now != leads)
            return true;
        settled = still;
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
                                      .leads = take_out(&b->leads)};
    uint64_t now_ns = clock_now_ns(), ns = now_ns - b->accounted_ns;
    account.seconds = (double)ns / NS_PER_S;
    account.cold_share = (double)take_out(&b->cold_ns) / (double)ns;
    b->accounted_ns = now_ns;
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
