/*
 * Conditioning, on a machine that is played: so many pieces of free memory are backed by
 * the host, the last that were freed come first, and a pause takes them back.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "child.h"
#include "conditioning.h"
#include "reason.h"

enum { WARM_US = 200, COLD_US = 4000, ALL_PIECES = 8192 };

static struct {
    size_t backed;
    size_t pocket;                /* cold pieces in front of those */
    size_t told_remains;          /* what the kernel says of the remains below */
    bool tells_remains;           /* or it says what they are */
    size_t remains, cold_remains; /* in small pieces, handed out as small pages first */
    bool host_supplies;           /* not: each touch costs the same */
    bool host_takes_back;         /* at a pause */
    unsigned pauses;
    bool lacks_huge_room;  /* it cannot map another room for huge pages */
    unsigned cold_settles; /* the host takes back what lies ready so many times */
    size_t held;           /* by the ballast */
    unsigned settles;
    struct ballast_account account; /* the ballast's, of the cell */
} machine;

static volatile int stop;
static const char *is_huge_mark;

static double touch_one(void) {
    if (machine.pocket > 0) {
        machine.pocket--;
        return COLD_US;
    }
    if (machine.backed == 0)
        return machine.host_supplies ? COLD_US : WARM_US;
    machine.backed--;
    return WARM_US;
}

/* As small pages, from the remains while there are any. */
static double touch_small(void) {
    if (machine.remains == 0)
        return touch_one();
    machine.remains--;
    if (machine.cold_remains == 0)
        return WARM_US;
    machine.cold_remains--;
    return COLD_US;
}

int __wrap_touch_open(struct touch_room *ret, size_t pieces, bool huge);
int __wrap_touch_open(struct touch_room *ret, size_t pieces, bool huge) {
    static char somewhere[2];
    if (huge && machine.lacks_huge_room)
        return -ENOMEM;
    *ret = (struct touch_room){
        .mapping = &somewhere[huge], .start = &somewhere[huge], .pieces = pieces};
    is_huge_mark = &somewhere[1];
    return 0;
}

double __wrap_touch_next(struct touch_room *room);
double __wrap_touch_next(struct touch_room *room) {
    assert_true(room->touched < room->pieces);
    room->touched++;
    return (room->mapping == is_huge_mark ? touch_one() : touch_small()) * 1000;
}

void __wrap_touch_back(struct touch_room *room, size_t pieces);
void __wrap_touch_back(struct touch_room *room, size_t pieces) {
    room->touched -= pieces;
    machine.backed += pieces;
}

void __wrap_touch_close(struct touch_room *room);
void __wrap_touch_close(struct touch_room *room) {
    machine.backed += room->touched;
    *room = (struct touch_room){0};
}

int __wrap_first_touch_measure(size_t pieces, struct first_touch *ret);
int __wrap_first_touch_measure(size_t pieces, struct first_touch *ret) {
    ret->huge_page_us = touch_one();
    size_t remains = machine.remains;
    ret->page_us = touch_small() / 512;
    for (size_t i = 1; i < pieces; i++) {
        touch_one();
        touch_small();
    }
    /* what was touched last comes next, so that a look warms nothing for the one after */
    machine.backed += 2 * pieces - (remains - machine.remains);
    return 0;
}

uint64_t __wrap_free_memory(void);
uint64_t __wrap_free_memory(void) {
    return (uint64_t)ALL_PIECES * TOUCH_PIECE;
}

uint64_t __wrap_free_memory_in_remains(void);
uint64_t __wrap_free_memory_in_remains(void) {
    size_t told = machine.tells_remains ? machine.remains : machine.told_remains;
    return (uint64_t)told * TOUCH_PIECE;
}

int __wrap_nanosleep(const struct timespec *wanted, struct timespec *left);
int __wrap_nanosleep(const struct timespec *wanted, struct timespec *left) {
    (void)left;
    machine.pauses++;
    machine.pocket = 0;
    if (machine.host_takes_back) /* a sixteenth of all in two seconds */
        machine.backed -= wanted->tv_sec < 32
                              ? machine.backed * (size_t)wanted->tv_sec / 32
                              : machine.backed;
    return 0;
}

int __wrap_ballast_start(struct ballast *b, size_t pieces, bool huge, double cold_us,
                         const volatile int *stopped);
int __wrap_ballast_start(struct ballast *b, size_t pieces, bool huge, double cold_us,
                         const volatile int *stopped) {
    (void)stopped;
    assert_true(huge && conditioning_is_cold(cold_us + 1, WARM_US));
    b->running = true;
    machine.held = pieces;
    machine.backed += pieces;
    return 0;
}

bool __wrap_ballast_settle(struct ballast *b, const volatile int *stopped);
bool __wrap_ballast_settle(struct ballast *b, const volatile int *stopped) {
    (void)stopped;
    assert_true(b->running);
    machine.settles++;
    if (machine.cold_settles > 0) {
        machine.cold_settles--;
        machine.backed = 0;
    }
    return true;
}

size_t __wrap_ballast_pieces(struct ballast *b);
size_t __wrap_ballast_pieces(struct ballast *b) {
    (void)b;
    return machine.held;
}

struct ballast_account __wrap_ballast_account(struct ballast *b);
struct ballast_account __wrap_ballast_account(struct ballast *b) {
    (void)b;
    return machine.account;
}

void __wrap_ballast_stop(struct ballast *b);
void __wrap_ballast_stop(struct ballast *b) {
    b->running = false;
    machine.held = 0;
}

/* A process that takes so many huge pages, pays for them, and ends. */
static struct child_use run_process(size_t pieces) {
    double us = 0;
    for (size_t i = 0; i < pieces; i++)
        us += touch_one();
    machine.backed += pieces;
    return (struct child_use){.max_rss = pieces * TOUCH_PIECE, .system_s = us / 1e6};
}

static bool held(struct conditioning *c, enum memory_condition condition,
                 struct child_use use) {
    return conditioning_held(c, condition, &use);
}

static struct conditioning begin(void) {
    struct conditioning c;
    struct reason reason;
    assert_int_equal(conditioning_begin(&c, &stop, &reason), 0);
    return c;
}

static int set_up(void **state) {
    (void)state;
    stop = 0;
    memset(&machine, 0, sizeof machine);
    machine.host_supplies = machine.host_takes_back = true;
    return 0;
}

/* What warm costs is learned where nothing is backed at first, too. */
static void warm_is_learned_on_cold_memory(void **state) {
    (void)state;
    struct conditioning c = begin();
    assert_true(c.warm.huge_page_us == WARM_US);
    assert_true(c.warm.page_us == WARM_US / 512.0);
}

/* Pieces that are too small for huge pages, and that nobody has used yet. */
static void cold_remains_are_touched_too(void **state) {
    (void)state;
    struct conditioning c = begin();
    machine.remains = machine.cold_remains = 40;
    assert_true(conditioning_prepare(&c, MEMORY_WARM, false));
    assert_true(machine.cold_remains == 0 && !c.remains_cold);
    assert_true(held(&c, MEMORY_WARM, run_process(20)));
    /* more than are touched for a cell, unless the kernel says how many there are */
    machine.remains = machine.cold_remains = 1000;
    assert_false(conditioning_prepare(&c, MEMORY_WARM, false));
    machine.remains = machine.cold_remains = machine.told_remains = 1000;
    assert_true(conditioning_prepare(&c, MEMORY_WARM, false));
    /* but not on through all that is warm behind them */
    machine.cold_remains = 100;
    machine.remains = machine.told_remains = 4000;
    assert_true(conditioning_prepare(&c, MEMORY_WARM, false));
    assert_true(machine.cold_remains == 0 && machine.remains > 3000);
}

static void warm_is_made_and_proved(void **state) {
    (void)state;
    struct conditioning c = begin();
    struct child_use used;
    machine.backed = 0;
    assert_true(conditioning_prepare(&c, MEMORY_WARM, false));
    used = run_process(20);
    assert_true(held(&c, MEMORY_WARM, used));
    assert_true(c.before.huge_page_us == WARM_US && c.after.huge_page_us == WARM_US);
}

/* The control: the host takes memory back while the process runs. */
static void warm_that_went_cold_is_seen(void **state) {
    (void)state;
    struct conditioning c = begin();
    struct child_use used;
    assert_true(conditioning_prepare(&c, MEMORY_WARM, false));
    machine.backed = 0;
    used = run_process(20);
    assert_false(held(&c, MEMORY_WARM, used));
    char why[256];
    conditioning_describe(&c, MEMORY_WARM, why, sizeof why);
    assert_non_null(strstr(why, "memory was not warm"));
}

/* A process that grew beyond what was touched got cold memory, though it left warm. */
static void a_larger_process_is_seen_and_provided_for(void **state) {
    (void)state;
    struct conditioning c = begin();
    struct child_use used;
    assert_true(conditioning_prepare(&c, MEMORY_WARM, false));
    used = run_process(1000);
    machine.backed += 1000;
    assert_false(held(&c, MEMORY_WARM, used));
    assert_true(conditioning_prepare(&c, MEMORY_WARM, false));
    assert_true(c.touched >= (size_t)1250 * TOUCH_PIECE);
    used = run_process(1000);
    assert_true(held(&c, MEMORY_WARM, used));
}

/* The host may take back what lies ready just before a look; not before each. */
static void what_lasts_is_looked_at_again(void **state) {
    (void)state;
    struct conditioning c = begin();
    machine.remains = 1000; /* small pages do not come from there */
    for (unsigned cold = 0; cold < 3; cold++) {
        machine.settles = 0;
        machine.cold_settles = cold;
        assert_true(conditioning_prepare(&c, MEMORY_WARM, true));
        assert_true(c.ballast.running && c.before.huge_page_us == WARM_US);
        assert_int_equal(machine.settles, cold + 2); /* and the last look is made good */
    }
    machine.settles = 0;
    machine.cold_settles = 3;
    assert_false(conditioning_prepare(&c, MEMORY_WARM, true));
    assert_false(c.ballast.running);
    assert_int_equal(machine.settles, 3);
}

/* The first look touches cold small pages: the second would find them warm, and those
 * behind them cold still. */
static void small_pages_are_not_looked_at_again(void **state) {
    (void)state;
    struct conditioning c = begin();
    machine.remains = machine.cold_remains = 40;
    assert_false(conditioning_prepare(&c, MEMORY_WARM, true));
    assert_int_equal(machine.settles, 1);
    assert_true(conditioning_prepare(&c, MEMORY_WARM, true));
    assert_int_equal(machine.cold_remains, 0);
}

static bool lasted(struct conditioning *c, struct ballast_account account) {
    machine.account = account;
    return held(c, MEMORY_WARM, (struct child_use){.max_rss = 20 * TOUCH_PIECE});
}

/* At most a tenth may have been cold, and one look. */
static void what_lasts_is_judged_by_its_account(void **state) {
    (void)state;
    struct conditioning c = begin();
    assert_true(conditioning_prepare(&c, MEMORY_WARM, true));
    assert_true(lasted(&c, (struct ballast_account){.leads = 1}));
    /* nobody has looked, which is no fault of a run that was too short for that */
    assert_false(lasted(&c, (struct ballast_account){.seconds = 1.1}));
    assert_true(lasted(&c, (struct ballast_account){.seconds = 0.3}));
    struct ballast_account a = {.given = 1000, .behind = 100, .leads = 20};
    assert_true(lasted(&c, a));
    a.behind = 101;
    assert_false(lasted(&c, a));
    a.behind = 0;
    a.cold_share = 0.149;
    assert_true(lasted(&c, a));
    a.cold_share = 0.151;
    assert_false(lasted(&c, a));
    a.leads = 200; /* one look weighs less */
    a.cold_share = 0.149;
    assert_false(lasted(&c, a));
    a.cold_share = 0;
    machine.backed = 0; /* the look behind it */
    assert_false(lasted(&c, a));
}

/* Cold after the first wait, without another: what is backed is held. */
static void cold_is_made_and_proved(void **state) {
    (void)state;
    struct conditioning c = begin();
    struct child_use used;
    for (int cell = 0; cell < 3; cell++) {
        machine.backed += 100;
        assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
        assert_true(c.before.huge_page_us == COLD_US);
        assert_int_equal(machine.backed, 0);
        used = run_process(20);
        assert_true(held(&c, MEMORY_COLD, used));
    }
    assert_int_equal(machine.pauses, 1);
    conditioning_end(&c);
    assert_true(machine.backed > 200);
}

/* If only one of the two rooms can be mapped, the next cell tries both again. */
static void a_room_that_is_missing_is_opened_later(void **state) {
    (void)state;
    struct conditioning c = begin();
    machine.lacks_huge_room = true;
    assert_false(conditioning_prepare(&c, MEMORY_COLD, false));
    assert_false(conditioning_prepare(&c, MEMORY_COLD, false));
    machine.lacks_huge_room = false;
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    assert_non_null(c.huge.mapping);
    conditioning_end(&c);
}

/* What was freed just now lies in between what is cold: a short look would end before. */
static void warm_behind_a_cold_pocket_is_held(void **state) {
    (void)state;
    struct conditioning c = begin();
    machine.backed = 3000;
    machine.pocket = 100;
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    assert_int_equal(machine.backed, 0); /* after a wait */
    struct child_use used = run_process(1000);
    machine.pocket = 100;
    assert_true(held(&c, MEMORY_COLD, used));
    assert_true(machine.backed <= 250);
    /* the cold ones are not laid to the process */
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    used = run_process(100);
    machine.pocket = 400;
    assert_true(held(&c, MEMORY_COLD, used));
    conditioning_end(&c);
}

/* Processes leave a third of a room each: room is made for what the next one leaves. */
static void large_processes_on_cold_memory_are_proved(void **state) {
    (void)state;
    struct conditioning c = begin();
    struct child_use used;
    for (int cell = 0; cell < 6; cell++) {
        assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
        assert_int_equal(machine.backed, 0);
        used = run_process(1400);
        assert_true(held(&c, MEMORY_COLD, used));
    }
    assert_true(machine.pauses > 0 && machine.pauses < 20);
    conditioning_end(&c);
}

/* Pieces too small for the host stay warm, and may lie behind cold ones. */
static void remains_are_held_before_memory_is_cold(void **state) {
    (void)state;
    struct conditioning c = begin();
    machine.remains = 300;
    machine.cold_remains = 20;
    machine.tells_remains = true;
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    assert_true(machine.remains < 16);
    assert_true(held(&c, MEMORY_COLD, run_process(20)));
    conditioning_end(&c);
    /* what the kernel counts but does not hand out is not waited for */
    machine.remains = 300;
    machine.tells_remains = false;
    machine.told_remains = 4000;
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    assert_true(c.small.touched < 400);
    conditioning_end(&c);
}

/* The control: something else frees memory while the process runs. */
static void cold_that_went_warm_is_seen(void **state) {
    (void)state;
    struct conditioning c = begin();
    struct child_use used;
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    machine.backed += 100;
    used = run_process(20);
    assert_false(held(&c, MEMORY_COLD, used));
    conditioning_end(&c);
}

/* No look found the warm memory that the process took, but its system time tells. */
static void cold_is_paid_for(void **state) {
    (void)state;
    struct conditioning c = begin();
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    struct child_use used = run_process(232); /* 32 of them may be of files */
    double cost = 200 * COLD_US / 1e6;
    used.system_s = 0.6 * cost;
    assert_true(held(&c, MEMORY_COLD, used));
    assert_true(c.paid > 0.59 && c.paid < 0.61);
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    used = run_process(232);
    used.system_s = 0.4 * cost;
    assert_false(held(&c, MEMORY_COLD, used));
    char why[600];
    conditioning_describe(&c, MEMORY_COLD, why, sizeof why);
    assert_non_null(strstr(why, "its system time is 40 % of what cold memory"));
    conditioning_end(&c);
}

/* Small pages are paid one by one, but not more of them than a process held at once. */
static void small_pages_are_paid_for(void **state) {
    (void)state;
    struct conditioning c = begin();
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    c.before.page_us = 4 * c.before.huge_page_us / 512;
    struct child_use used = run_process(232);
    used.minor_faults = 100 * 512;
    used.system_s = 100 * 5 * COLD_US / 1e6;
    assert_true(held(&c, MEMORY_COLD, used) && c.paid > 0.99 && c.paid < 1.01);
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    c.before.page_us = 4 * c.before.huge_page_us / 512;
    used = run_process(232);
    used.minor_faults = 1000 * 512;
    used.system_s = 200 * 4 * COLD_US / 1e6;
    assert_true(held(&c, MEMORY_COLD, used) && c.paid > 0.99 && c.paid < 1.01);
    /* one that is small has nothing to pay */
    assert_true(conditioning_prepare(&c, MEMORY_COLD, false));
    used = run_process(30);
    used.system_s = 0;
    assert_true(held(&c, MEMORY_COLD, used));
    conditioning_end(&c);
}

/* A machine of one's own: after a bounded search it is said that there is no cold. */
static void a_machine_without_cold_memory_is_told(void **state) {
    (void)state;
    machine.host_supplies = false;
    struct conditioning c = begin();
    assert_false(conditioning_finds_cold(&c));
    assert_true(machine.pauses > 0 && machine.pauses < 10);
    assert_null(c.huge.mapping);
    assert_null(c.small.mapping);
    assert_true(conditioning_prepare(&c, MEMORY_WARM, false));
    assert_true(held(&c, MEMORY_WARM, (struct child_use){0}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(warm_is_learned_on_cold_memory, set_up),
        cmocka_unit_test_setup(cold_remains_are_touched_too, set_up),
        cmocka_unit_test_setup(warm_is_made_and_proved, set_up),
        cmocka_unit_test_setup(warm_that_went_cold_is_seen, set_up),
        cmocka_unit_test_setup(a_larger_process_is_seen_and_provided_for, set_up),
        cmocka_unit_test_setup(what_lasts_is_looked_at_again, set_up),
        cmocka_unit_test_setup(small_pages_are_not_looked_at_again, set_up),
        cmocka_unit_test_setup(what_lasts_is_judged_by_its_account, set_up),
        cmocka_unit_test_setup(cold_is_made_and_proved, set_up),
        cmocka_unit_test_setup(a_room_that_is_missing_is_opened_later, set_up),
        cmocka_unit_test_setup(warm_behind_a_cold_pocket_is_held, set_up),
        cmocka_unit_test_setup(remains_are_held_before_memory_is_cold, set_up),
        cmocka_unit_test_setup(large_processes_on_cold_memory_are_proved, set_up),
        cmocka_unit_test_setup(cold_that_went_warm_is_seen, set_up),
        cmocka_unit_test_setup(cold_is_paid_for, set_up),
        cmocka_unit_test_setup(small_pages_are_paid_for, set_up),
        cmocka_unit_test_setup(a_machine_without_cold_memory_is_told, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
