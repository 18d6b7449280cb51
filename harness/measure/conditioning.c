#include "conditioning.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "child.h"
#include "freememory.h"
#include "reason.h"
#include "text.h"

enum {
    PAGE = 4096,
    PROBE_PIECES = 8,   /* of a look: 16 MiB in small pages, as much in huge ones */
    LEAST_PIECES = 64,  /* touched at least: nothing is known about the first cell */
    LEARN_LOOKS = 4,    /* several: one may get other memory than the last has warmed */
    BALLAST_LOOKS = 3,  /* at most; one has to find memory warm */
    COLD_RUN = 4,       /* after so many cold pieces in a row the next ones are cold */
    WARM_RUN = 64,      /* after so many warm pieces in a row the next ones are warm */
    REMAINS_STEP = 16,  /* pieces between two looks at what remains */
    POCKET_TIMES = 8,   /* so many cold pieces may lie in front of each warm one, */
    POCKET_MOST = 512,  /* and so many in front of all */
    HANDED_BACK_S = 35, /* Linux reports a sixteenth of the free pages every 2 seconds */
};

/* A first touch that takes so many times as long as on warm memory is cold. On the
 * machines that were measured, cold ones took three to twenty times as long. */
#define COLD_TIMES 3.0

/* So much more is touched than the largest resident set so far. */
#define MARGIN 1.25

/* The share of a process's largest resident set that it leaves as free memory, at least.
 */
#define LEFT_AT_LEAST 0.75

/* The share of the memory that a process took, or of the time that the lead lay ready,
 * that may have been cold. */
#define COLD_SHARE_MOST 0.1

/* Of a process's memory so many bytes may be files', which were warm. A process that is
 * not larger has nothing to pay for. */
#define FILES_MOST ((size_t)64 << 20)

/* The share of what its first touches should have cost that a process must have paid on
 * cold memory. The costs vary. A build of a bundler that met warm memory took 3.2 s of
 * system time, its like 12 to 13. */
#define PAID_AT_LEAST 0.5

/* A shorter run needs no refresh of the lead while it lasts: the touches before and after
 * prove its condition, as they do for a run without a ballast. */
#define LOOKED_WITHIN_S 1.0

/* Half of the memory that is free, counting what is held here as free. */
static size_t pieces_at_most(struct conditioning *c) {
    size_t held = c->huge.touched + c->small.touched +
                  (c->ballast.running ? ballast_pieces(&c->ballast) : 0);
    return (free_memory() / TOUCH_PIECE + held) / 2;
}

static size_t pieces_wanted(struct conditioning *c) {
    size_t pieces =
        (size_t)(MARGIN * (double)c->largest) / TOUCH_PIECE + 2 * PROBE_PIECES;
    size_t most = pieces_at_most(c);
    pieces = pieces > LEAST_PIECES ? pieces : LEAST_PIECES;
    return pieces < most ? pieces : most;
}

/* Touches `pieces` pieces, or fewer if a signal comes, and holds them. */
static int touch_pieces(struct touch_room *room, size_t pieces, bool huge,
                        const volatile int *stop) {
    int error = touch_open(room, pieces, huge);
    for (size_t i = 0; !error && i < pieces && !*stop; i++)
        touch_next(room);
    return error;
}

static bool has_huge(const struct conditioning *c) {
    return c->warm.huge_page_us > 0;
}

bool conditioning_is_cold(double us, double warm_us) {
    return us > COLD_TIMES * warm_us;
}

/* Whether a look found memory warm. If the machine has huge pages but the look got none,
 * it proves nothing, and the answer is no. */
static bool all_warm(const struct conditioning *c, const struct first_touch *touch) {
    if (has_huge(c) && (touch->huge_page_us <= 0 ||
                        conditioning_is_cold(touch->huge_page_us, c->warm.huge_page_us)))
        return false;
    return !conditioning_is_cold(touch->page_us, c->warm.page_us);
}

int conditioning_begin(struct conditioning *ret, const volatile int *stop,
                       struct reason *reason) {
    struct conditioning c = {.stop = stop};
    int error = first_touch_measure(FIRST_TOUCH_PIECES, &c.warm);
    for (int look = 0; !error && look < LEARN_LOOKS; look++) {
        struct first_touch again;
        error = first_touch_measure(PROBE_PIECES, &again);
        if (error)
            break;
        c.warm.page_us = fmin(c.warm.page_us, again.page_us);
        if (again.huge_page_us > 0)
            c.warm.huge_page_us = fmin(c.warm.huge_page_us, again.huge_page_us);
    }
    if (error)
        reason_set(reason,
                   "cannot map memory to bring it into a known condition: %s; free some, "
                   "or measure with --memory=any",
                   strerror(-error));
    else
        *ret = c;
    return error;
}

static void release(struct conditioning *c) {
    touch_close(&c->huge);
    touch_close(&c->small);
}

void conditioning_end(struct conditioning *c) {
    ballast_stop(&c->ballast);
    release(c);
}

/* ---- warm ---- */

/* Whether a look found memory warm. Remembers that small pages are cold until touch_for()
 * touches them. */
static bool is_warm(struct conditioning *c, const struct first_touch *look) {
    if (conditioning_is_cold(look->page_us, c->warm.page_us))
        c->remains_cold = true;
    return all_warm(c, look);
}

static bool look_before(struct conditioning *c) {
    return first_touch_measure(PROBE_PIECES, &c->before) == 0 && is_warm(c, &c->before);
}

/* Touches small pages: at least `least` pieces, and more until WARM_RUN in a row are warm
 * or all remains have been touched. Remains are free memory in pieces too small for a
 * huge page. The kernel hands out first what it has split last, and that is where cold
 * memory lies. */
static int touch_remains(struct conditioning *c, size_t least, struct touch_room *room) {
    size_t remains = free_memory_in_remains() / TOUCH_PIECE, most = pieces_at_most(c);
    size_t pieces = remains > least ? remains : least, warm = 0;
    int error = touch_open(room, pieces < most ? pieces : most, false);
    while (!error && room->touched < room->pieces && !*c->stop &&
           (room->touched < least || warm < WARM_RUN)) {
        double us = touch_next(room) / 1000 / (TOUCH_PIECE / PAGE);
        warm = conditioning_is_cold(us, c->warm.page_us) ? 0 : warm + 1;
    }
    return error;
}

/* Touches `pieces` pieces in huge pages, from which the kernel splits small ones. If
 * small pages were cold, touches them, too, while it holds the huge ones: then they come
 * from the remains. These are cold if they were split off before anybody had used them,
 * or if they were handed back. */
static int touch_for(struct conditioning *c, size_t pieces) {
    struct touch_room huge = {0}, small = {0};
    int error = touch_pieces(&huge, pieces, true, c->stop);
    if (!error && c->remains_cold)
        error = touch_remains(c, pieces, &small);
    c->remains_cold = c->remains_cold && error;
    touch_close(&small);
    touch_close(&huge);
    return error;
}

/* Tries once more if the first look finds small pages cold. */
static bool prepare_warm(struct conditioning *c) {
    ballast_stop(&c->ballast);
    for (int attempt = 0; attempt < 2; attempt++) {
        size_t pieces = pieces_wanted(c);
        c->touched = pieces * TOUCH_PIECE;
        if (touch_for(c, pieces) == 0 && look_before(c))
            return true;
        if (!c->remains_cold)
            return false;
    }
    return false;
}

/* Starts a ballast, unless one runs that still holds enough. The ballast holds twice what
 * is wanted: for what the process takes, and for what it frees and takes again. */
static bool hold_ballast(struct conditioning *c) {
    size_t wanted = pieces_wanted(c);
    if (!c->ballast.running || ballast_pieces(&c->ballast) < wanted) {
        ballast_stop(&c->ballast);
        size_t most = pieces_at_most(c), pieces = 2 * wanted < most ? 2 * wanted : most;
        double cold_us =
            COLD_TIMES *
            (has_huge(c) ? c->warm.huge_page_us : c->warm.page_us * TOUCH_PIECE / PAGE);
        if (ballast_start(&c->ballast, pieces, has_huge(c), cold_us, c->stop) < 0)
            return false;
    }
    c->touched = ballast_pieces(&c->ballast) * TOUCH_PIECE;
    return true;
}

/* The looks themselves take memory from the ballast, so the account begins after them.
 * The host may take huge pages that lie ready just before a look, so there are several
 * looks. But if small pages are cold, there is no second look: it would find them warm
 * only because the first has touched them. */
static bool prepare_lasting(struct conditioning *c) {
    if (c->remains_cold && touch_for(c, pieces_wanted(c)) < 0)
        return false;
    bool held = hold_ballast(c), good = false;
    for (int look = 0; held && !good && !c->remains_cold && look < BALLAST_LOOKS;
         look++) {
        held = ballast_settle(&c->ballast, c->stop);
        good = held && look_before(c);
    }
    good = good && ballast_settle(&c->ballast, c->stop);
    if (good)
        ballast_account(&c->ballast);
    else
        ballast_stop(&c->ballast);
    return good;
}

/* Whether the ballast gave memory as fast as it was wanted, and the refreshes of the lead
 * found it warm. One refresh more may find it cold: the host takes free memory every two
 * seconds, and even a short run may meet that. */
static bool ballast_held(struct conditioning *c) {
    c->account = ballast_account(&c->ballast);
    double looks = (double)c->account.leads, one = looks > 0 ? 1 / looks : 0;
    return first_touch_measure(PROBE_PIECES, &c->after) == 0 && is_warm(c, &c->after) &&
           (double)c->account.behind <= COLD_SHARE_MOST * (double)c->account.given &&
           (looks > 0 || c->account.seconds < LOOKED_WITHIN_S) &&
           c->account.cold_share <= COLD_SHARE_MOST + one;
}

/* ---- cold ---- */

/* How many more pieces a room may take. Together the rooms hold at most three quarters of
 * the free memory. */
static size_t room_left(struct conditioning *c, const struct touch_room *room) {
    size_t own = room->pieces - room->touched, held = c->huge.touched + c->small.touched,
           all = pieces_at_most(c) / 2 * 3;
    size_t both = all > held ? all - held : 0;
    return own < both ? own : both;
}

/* How many cold pieces may lie in front of `warm` warm ones. */
static size_t pocket_of(size_t warm) {
    size_t pocket = POCKET_TIMES * warm;
    return pocket < POCKET_MOST ? pocket : POCKET_MOST;
}

/*
 * Takes and holds memory until COLD_RUN pieces in a row are cold. False if the room ends
 * before that. `ret_us` is their mean cost, in microseconds per page; a piece has `pages`
 * pages. In memory that was freed just now, warm pieces lie behind cold ones. So it goes
 * on until it has found `warm` warm pieces, or as many cold ones as pocket_of() allows.
 */
static bool hold_until_cold(struct conditioning *c, struct touch_room *room,
                            double warm_us, double pages, size_t warm, double *ret_us) {
    double last[COLD_RUN] = {0};
    size_t run = 0, dear = 0, taken = 0, left = room_left(c, room);
    while ((run < COLD_RUN || (taken < warm && dear < pocket_of(warm))) && left > 0 &&
           !*c->stop) {
        double us = touch_next(room) / 1000 / pages;
        bool is_dear = conditioning_is_cold(us, warm_us);
        last[run % COLD_RUN] = us;
        run = is_dear ? run + 1 : 0;
        dear += is_dear;
        taken += !is_dear;
        c->held_warm += !is_dear;
        left--;
    }
    *ret_us = 0;
    for (size_t i = 0; run >= COLD_RUN && i < COLD_RUN; i++)
        *ret_us += last[i] / COLD_RUN;
    return run >= COLD_RUN;
}

/* Takes and holds the remains, which are too small for the host to take. They may be warm
 * behind cold ones. Stops when small pages come from elsewhere. */
static void hold_remains(struct conditioning *c) {
    size_t remains = free_memory_in_remains() / TOUCH_PIECE,
           left = room_left(c, &c->small);
    while (remains >= REMAINS_STEP && left >= REMAINS_STEP + COLD_RUN && !*c->stop) {
        for (unsigned i = 0; i < REMAINS_STEP; i++)
            touch_next(&c->small);
        left -= REMAINS_STEP;
        c->held_warm += REMAINS_STEP;
        size_t now = free_memory_in_remains() / TOUCH_PIECE;
        if (now + REMAINS_STEP / 2 > remains)
            break;
        remains = now;
    }
}

/* Takes and holds huge pages, then small ones. In this order, since small ones come from
 * the remains first, and then the kernel splits larger pieces. `ret_look` gets the mean
 * cost of the cold pieces. `warm`: so many pieces are warm for certain. */
static bool hold_all(struct conditioning *c, size_t warm, struct first_touch *ret_look) {
    bool found = !has_huge(c) || hold_until_cold(c, &c->huge, c->warm.huge_page_us, 1,
                                                 warm, &ret_look->huge_page_us);
    if (found)
        hold_remains(c);
    found = found && hold_until_cold(c, &c->small, c->warm.page_us, TOUCH_PIECE / PAGE,
                                     has_huge(c) ? 0 : warm, &ret_look->page_us);
    c->touched = (c->huge.touched + c->small.touched) * TOUCH_PIECE;
    return found;
}

/* Gives the host the time to take what is free. */
static void wait_for_host(const struct conditioning *c) {
    if (!*c->stop) /* a signal ends it, too */
        nanosleep(&(struct timespec){.tv_sec = HANDED_BACK_S}, NULL);
}

/* Opens the rooms at the first cold cell. Waits before that, since memory that was freed
 * just now is warm, and lies between cold memory. */
static bool open_rooms(struct conditioning *c) {
    size_t most = pieces_at_most(c);
    if (c->small.mapping)
        return true;
    wait_for_host(c);
    if (touch_open(&c->small, most, false) < 0)
        return false;
    if (touch_open(&c->huge, most, true) == 0)
        return true;
    touch_close(&c->small); /* the next cell tries both again */
    return false;
}

/* The most that a process can leave warm, with what a look behind it takes; in bytes. */
static size_t left_by(size_t used) {
    size_t look = 4 * PROBE_PIECES + 2 * REMAINS_STEP;
    return (size_t)(MARGIN * (double)used) + look * TOUCH_PIECE;
}

/* Whether the room that is filled first can still take what the largest process leaves.
 * If the room is too small even when it is empty, emptying it helps only if the process
 * would lack memory. */
static bool has_room_behind(struct conditioning *c) {
    const struct touch_room *first = has_huge(c) ? &c->huge : &c->small;
    size_t behind = left_by(c->largest), pieces = behind / TOUCH_PIECE;
    return room_left(c, first) >= pieces + pocket_of(c->largest / TOUCH_PIECE) ||
           (pieces > first->pieces && free_memory() >= behind);
}

static void hand_back(struct conditioning *c) {
    touch_back(&c->huge, c->huge.touched);
    touch_back(&c->small, c->small.touched);
    wait_for_host(c);
}

static bool prepare_cold(struct conditioning *c) {
    if (!open_rooms(c))
        return false;
    if (hold_all(c, 0, &c->before) && has_room_behind(c))
        return true;
    hand_back(c);
    return !*c->stop && hold_all(c, 0, &c->before);
}

/* Takes what the process has left at once. A part of that is in the page cache
 * (LEFT_AT_LEAST). If more is warm than the process can have left, it did not take only
 * cold memory. */
static bool cold_held(struct conditioning *c, size_t used) {
    size_t before = c->held_warm,
           least = (size_t)(LEFT_AT_LEAST * (double)used) / TOUCH_PIECE;
    if (!hold_all(c, least, &c->after))
        return false;
    return (c->held_warm - before) * TOUCH_PIECE <= left_by(used);
}

/*
 * The system time of the processes over what the first touches of their memory should
 * have cost; INFINITY if they took too little. They made a fault for each small page, and
 * took the rest in huge pages. A page that they gave back and took again is warm, so no
 * more pages count than the largest process held at once.
 */
static double paid_share(const struct conditioning *c, const struct child_use *use) {
    double used = fmax((double)use->max_rss - (double)FILES_MOST, 0),
           small = fmin((double)use->minor_faults * PAGE, used),
           page_us = c->before.page_us / PAGE, /* of a byte, as the next */
        huge_us = has_huge(c) ? c->before.huge_page_us / TOUCH_PIECE : page_us;
    double cost_us = small * page_us + (used - small) * huge_us;
    return cost_us > 0 ? use->system_s * 1e6 / cost_us : INFINITY;
}

bool conditioning_finds_cold(struct conditioning *c) {
    bool found = prepare_cold(c);
    if (!found)
        release(c);
    return found;
}

/* ---- of a cell ---- */

bool conditioning_prepare(struct conditioning *c, enum memory_condition condition,
                          bool lasts) {
    c->before = c->after = (struct first_touch){0};
    c->paid = INFINITY;
    c->account = (struct ballast_account){0};
    if (condition == MEMORY_COLD) {
        ballast_stop(&c->ballast);
        return prepare_cold(c);
    }
    release(c);
    return lasts ? prepare_lasting(c) : prepare_warm(c);
}

/* Touches as much memory as the process has used, which is warm now, and looks at what
 * comes behind it. */
static bool warm_held(struct conditioning *c, size_t used) {
    struct touch_room room = {0};
    size_t pieces = used / TOUCH_PIECE + 1, most = pieces_at_most(c);
    int error = touch_pieces(&room, pieces < most ? pieces : most, has_huge(c), c->stop);
    if (!error)
        error = first_touch_measure(PROBE_PIECES, &c->after);
    touch_close(&room);
    return !error && is_warm(c, &c->after) && used <= c->touched;
}

bool conditioning_held(struct conditioning *c, enum memory_condition condition,
                       const struct child_use *use) {
    size_t used = (size_t)use->max_rss;
    c->largest = used > c->largest ? used : c->largest;
    if (condition == MEMORY_COLD) {
        c->paid = paid_share(c, use);
        return cold_held(c, used) && c->paid >= PAID_AT_LEAST;
    }
    return c->ballast.running ? ballast_held(c) : warm_held(c, used);
}

void conditioning_describe(const struct conditioning *c, enum memory_condition condition,
                           char *buffer, size_t size) {
    snprintf(
        buffer, size,
        "memory was not %s: the first touch of a page took %.2f us before the work and "
        "%.2f us after it, that of a huge page %.0f us and %.0f us (on warm memory: %.2f "
        "us and %.0f us); %zu MiB were touched, and the largest process took %zu MiB",
        plan_memory_name(condition), c->before.page_us, c->after.page_us,
        c->before.huge_page_us, c->after.huge_page_us, c->warm.page_us,
        c->warm.huge_page_us, c->touched >> 20, c->largest >> 20);
    if (c->paid < PAID_AT_LEAST)
        text_append(buffer, size,
                    "; its system time is %.0f %% of what cold memory should have cost",
                    100 * c->paid);
    if (c->account.given)
        text_append(buffer, size,
                    "; the program took %llu MiB faster than the ballast could give them "
                    "(it gave %llu MiB), and what lay ready for it was cold for %.0f %% "
                    "of %.1f s (%llu looks)",
                    (unsigned long long)c->account.behind >> 20,
                    (unsigned long long)c->account.given >> 20,
                    100 * c->account.cold_share, c->account.seconds,
                    (unsigned long long)c->account.leads);
}

static json_t *account_to_json(const struct ballast_account *account) {
    return json_pack("{s:f, s:f, s:f, s:I, s:I, s:I, s:I}", "seconds", account->seconds,
                     "cpu_s", account->cpu_s, "cold_share", account->cold_share, "given",
                     (json_int_t)account->given, "taken", (json_int_t)account->taken,
                     "behind", (json_int_t)account->behind, "leads",
                     (json_int_t)account->leads);
}

json_t *conditioning_to_json(const struct conditioning *c) {
    json_t *json =
        json_pack("{s:o, s:o, s:I}", "before", first_touch_to_json(&c->before), "after",
                  first_touch_to_json(&c->after), "touched", (json_int_t)c->touched);
    if (json && c->ballast.running)
        json_object_set_new(json, "ballast", account_to_json(&c->account));
    if (json && isfinite(c->paid))
        json_object_set_new(json, "paid", json_real(c->paid));
    return json;
}
