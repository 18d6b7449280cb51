/*
 * The ballast, on a machine whose free memory the test sets: what it gives and takes, and
 * what it says of it.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "ballast.h"

enum { WARM_US = 200, COLD_US = 4000, LEAST_COLD_US = 600, HELD = 100, SLACK = 4 };

/* Pieces; the ballast's thread and the test's change them. */
static struct {
    long free;
    bool host_took_it; /* what lies ready */
} machine;

static volatile int stop;

static void add_free(long pieces) {
    __atomic_fetch_add(&machine.free, pieces, __ATOMIC_SEQ_CST);
}

int __wrap_sysinfo(struct sysinfo *info);
int __wrap_sysinfo(struct sysinfo *info) {
    memset(info, 0, sizeof *info);
    info->freeram =
        (unsigned long)__atomic_load_n(&machine.free, __ATOMIC_SEQ_CST) * TOUCH_PIECE;
    info->mem_unit = 1;
    return 0;
}

int __wrap_touch_open(struct touch_room *ret, size_t pieces, bool huge);
int __wrap_touch_open(struct touch_room *ret, size_t pieces, bool huge) {
    (void)huge;
    static char somewhere;
    *ret = (struct touch_room){.mapping = &somewhere, .pieces = pieces};
    return 0;
}

double __wrap_touch_next(struct touch_room *room);
double __wrap_touch_next(struct touch_room *room) {
    __atomic_store_n(&room->touched, room->touched + 1, __ATOMIC_RELAXED);
    add_free(-1);
    return (__atomic_load_n(&machine.host_took_it, __ATOMIC_SEQ_CST) ? COLD_US
                                                                     : WARM_US) *
           1000.0;
}

void __wrap_touch_back(struct touch_room *room, size_t pieces);
void __wrap_touch_back(struct touch_room *room, size_t pieces) {
    __atomic_store_n(&room->touched, room->touched - pieces, __ATOMIC_RELAXED);
    add_free((long)pieces);
}

void __wrap_touch_close(struct touch_room *room);
void __wrap_touch_close(struct touch_room *room) {
    add_free((long)room->touched);
    *room = (struct touch_room){0};
}

static void begin(struct ballast *b) {
    machine.free = 1000;
    machine.host_took_it = false;
    assert_int_equal(ballast_start(b, HELD, true, LEAST_COLD_US, &stop), 0);
    assert_true(ballast_settle(b, &stop));
    ballast_account(b);
}

static void it_gives_what_is_wanted_and_takes_it_back(void **state) {
    (void)state;
    struct ballast b;
    begin(&b);
    long before = machine.free;
    add_free(-10); /* a process takes them */
    assert_true(ballast_settle(&b, &stop));
    assert_int_equal(ballast_pieces(&b), HELD - 10);
    assert_int_equal(machine.free, before);
    add_free(10); /* and frees them */
    assert_true(ballast_settle(&b, &stop));
    assert_in_range(ballast_pieces(&b), HELD - SLACK, HELD);
    struct ballast_account account = ballast_account(&b);
    assert_int_equal(account.given, 10L * TOUCH_PIECE);
    assert_in_range(account.taken, (10L - SLACK) * TOUCH_PIECE, 10L * TOUCH_PIECE);
    assert_int_equal(account.behind, 0);
    ballast_stop(&b);
    assert_int_equal(machine.free, 1000);
}

/* The control: more at once than lies ready. */
static void it_says_how_far_it_was_behind(void **state) {
    (void)state;
    struct ballast b;
    begin(&b);
    add_free(-40);
    assert_true(ballast_settle(&b, &stop));
    struct ballast_account account = ballast_account(&b);
    assert_int_equal(account.given, 40L * TOUCH_PIECE);
    assert_int_equal(account.behind, 24L * TOUCH_PIECE); /* 16 lie ready */
    ballast_stop(&b);
}

static void drained_it_settles_and_shows_it(void **state) {
    (void)state;
    struct ballast b;
    begin(&b);
    add_free(-200);
    assert_true(ballast_settle(&b, &stop));
    assert_int_equal(ballast_pieces(&b), 0);
    assert_int_equal(ballast_account(&b).behind, (200L - 16) * TOUCH_PIECE);
    ballast_stop(&b);
}

/* Something else gives back more than it has room for. */
static void full_it_settles(void **state) {
    (void)state;
    struct ballast b;
    begin(&b);
    add_free(300);
    assert_true(ballast_settle(&b, &stop));
    assert_in_range(ballast_account(&b).leads, 1, 2); /* there is room to look */
    long before = machine.free;
    add_free(-5); /* and from there on it gives */
    assert_true(ballast_settle(&b, &stop));
    assert_in_range(machine.free, before - SLACK, before);
    ballast_stop(&b);
}

/* What lies ready is looked at; where the host has taken it that is told. */
static void a_cold_lead_is_told(void **state) {
    (void)state;
    struct ballast b;
    begin(&b);
    struct ballast_account account = {0};
    for (int i = 0; i < 100 && account.leads == 0; i++) {
        usleep(50000);
        account = ballast_account(&b);
    }
    assert_true(account.leads > 0);
    assert_true(account.cold_share == 0);
    __atomic_store_n(&machine.host_took_it, true, __ATOMIC_SEQ_CST);
    ballast_account(&b);
    account = (struct ballast_account){0};
    for (int i = 0; i < 100 && account.cold_share == 0; i++) {
        usleep(50000);
        account = ballast_account(&b);
    }
    assert_true(account.cold_share > 0);
    ballast_stop(&b);
}

/* The host may have taken it since the last look, so what is started next would be the
 * first to find out. */
static void settled_its_lead_is_fresh(void **state) {
    (void)state;
    struct ballast b;
    begin(&b);
    for (int i = 0; i < 3; i++) {
        assert_true(ballast_settle(&b, &stop));
        assert_in_range(ballast_account(&b).leads, 1, 2);
    }
    ballast_stop(&b);
}

/* Under a program that takes and frees memory all the time its lead is looked at, too. */
static void busy_its_lead_is_looked_at(void **state) {
    (void)state;
    struct ballast b;
    begin(&b);
    struct ballast_account account = {0};
    for (int i = 0; i < 500 && account.leads == 0; i++) {
        add_free(-6);
        usleep(10000);
        add_free(6);
        usleep(10000);
        account = ballast_account(&b);
    }
    assert_true(account.leads > 0);
    ballast_stop(&b);
}

static void a_signal_ends_its_start(void **state) {
    (void)state;
    struct ballast b;
    machine.free = 1000;
    stop = 1;
    assert_int_equal(ballast_start(&b, HELD, true, LEAST_COLD_US, &stop), -EINTR);
    stop = 0;
    assert_int_equal(machine.free, 1000);
    ballast_stop(&b); /* nothing to stop */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_gives_what_is_wanted_and_takes_it_back),
        cmocka_unit_test(it_says_how_far_it_was_behind),
        cmocka_unit_test(drained_it_settles_and_shows_it),
        cmocka_unit_test(full_it_settles),
        cmocka_unit_test(a_cold_lead_is_told),
        cmocka_unit_test(settled_its_lead_is_fresh),
        cmocka_unit_test(busy_its_lead_is_looked_at),
        cmocka_unit_test(a_signal_ends_its_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
