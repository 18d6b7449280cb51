/* Who is on trial, what the controls are good for, and what a comparison could have seen.
 */
#include "cmocka_all.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "reason.h"
#include "rng.h"

enum { WORKLOADS = 8, VARIANTS = 5, ROUNDS = 6 };

static const char *const variants[VARIANTS] = {"glibc", "jemalloc", "mimalloc2",
                                               "mimalloc3", "ebb"};

/* How a run comes about. Shifts are of logarithms. */
struct made {
    double within, between; /* deviations of a round, and of a cell from run to run */
    double machine;         /* shift of everything */
    double subject,
        subject_one;       /* shifts of ebb in all workloads, and in the first only */
    double subject_within; /* of ebb's rounds; 0: as the others' */
    bool other_library;    /* ebb's */
    unsigned rounds;
    unsigned instants; /* of idle time, each a measure; 0: dead idle alone */
    bool timed;        /* time alone */
};

static double normal(struct rng *rng) {
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += (double)rng_below(rng, 1u << 30) / (1u << 30);
    return sum;
}

static json_t *make_series(const struct made *m, const char *measure, int variant,
                           int workload, struct rng *rng) {
    char name[16];
    snprintf(name, sizeof name, "w%d", workload);
    bool is_subject = variant == VARIANTS - 1;
    double level = 17 + variant + m->machine + m->between * normal(rng);
    if (is_subject)
        level += m->subject + (workload == 0 ? m->subject_one : 0);
    double within = is_subject && m->subject_within ? m->subject_within : m->within;
    json_t *rounds = json_array();
    for (unsigned i = 0; i < m->rounds; i++)
        json_array_append_new(rounds, json_real(exp(level + within * normal(rng))));
    return json_pack("{s:s, s:s, s:s, s:i, s:b, s:f, s:s, s:i, s:s, s:o}", "measure",
                     measure, "workload", name, "variant", variants[variant], "threads",
                     4, "is_control", 0, "tolerance", 0.05, "checksum", "1", "failed", 0,
                     "fault", "", "rounds", rounds);
}

static void make_run(const struct made *m, unsigned seed, struct runfigures *ret) {
    struct rng rng;
    struct reason reason;
    rng_seed(&rng, seed);
    json_t *series = json_array(), *list = json_object();
    for (int v = 0; v < VARIANTS; v++) {
        bool other = m->other_library && v == VARIANTS - 1;
        json_object_set_new(list, variants[v],
                            json_pack("{s:s, s:s, s:s, s:s}", "version", "1", "sha256",
                                      other ? "b" : "a", "settings", "", "command", ""));
        for (int w = 0; w < WORKLOADS; w++)
            for (unsigned i = 0; i == 0 || i < m->instants; i++) {
                char measure[24];
                snprintf(measure, sizeof measure,
                         m->instants ? "idle@%us"
                         : m->timed  ? "time"
                                     : "dead",
                         i);
                json_array_append_new(series, make_series(m, measure, v, w, &rng));
            }
    }
    json_t *root = json_pack("{s:s, s:i, s:{s:s}, s:{s:i}, s:o, s:{}, s:o}", "schema",
                             "tidemark-baseline", "schema_version", RUNFIGURES_VERSION,
                             "facts", "reference", "glibc", "run", "seed", (int)seed,
                             "variants", list, "environment", "series", series);
    assert_non_null(root);
    assert_int_equal(runfigures_from_json(ret, root, "made", &reason), 0);
    json_decref(root);
}

static void compare_with(const struct made *a, const struct made *b, unsigned seed,
                         const struct compare_options *options,
                         struct compare_result *ret) {
    struct runfigures x, y;
    struct reason reason;
    make_run(a, 2 * seed, &x);
    make_run(b, 2 * seed + 1, &y);
    assert_int_equal(compare_make(ret, &x, &y, options, &reason), 0);
    runfigures_finish(&x);
    runfigures_finish(&y);
}

static void compare_made(const struct made *a, const struct made *b, unsigned seed,
                         struct compare_result *ret) {
    compare_with(a, b, seed, &(struct compare_options){0}, ret);
}

static const struct comparison *find(const struct compare_result *r, const char *workload,
                                     const char *variant) {
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->comparisons[i].workload, workload) == 0 &&
            strcmp(r->comparisons[i].variant, variant) == 0)
            return &r->comparisons[i];
    fail_msg("no %s on %s", workload, variant);
    return NULL;
}

static const struct made steady = {.within = 0.03, .rounds = ROUNDS};

static void what_changed_is_on_trial(void **state) {
    (void)state;
    struct made b = steady;
    struct compare_result r;
    compare_made(&steady, &b, 1, &r);
    assert_int_equal(compare_on_trial(&r), r.count); /* nothing changed: all */
    compare_finish(&r);
    b.other_library = true;
    compare_made(&steady, &b, 1, &r);
    assert_int_equal(compare_on_trial(&r), WORKLOADS + 1);
    assert_true(find(&r, "w3", "jemalloc")->is_control);
    assert_int_equal(find(&r, "w3", "jemalloc")->judged.verdict, VERDICT_NONE);
    assert_false(find(&r, "", "ebb")->is_control);
    compare_finish(&r);
}

/* Whether two environments are of one kind. */
static bool alike(const char *kernel, const char *memory, const char *other_kernel,
                  const char *other_memory) {
    struct runfigures a = {.head = json_pack("{s:{s:s, s:s, s:s}}", "environment",
                                             "kernel", kernel, "memory", memory,
                                             "load_at_start", "0.1")};
    struct runfigures b = {.head = json_pack("{s:{s:s, s:s, s:s}}", "environment",
                                             "kernel", other_kernel, "memory",
                                             other_memory, "load_at_start", "0.9")};
    json_t *x = runfigures_environment(&a), *y = runfigures_environment(&b);
    bool equal = json_equal(x, y);
    json_decref(x);
    json_decref(y);
    json_decref(a.head);
    json_decref(b.head);
    return equal;
}

static void environments_of_one_kind(void **state) {
    (void)state;
    static const char own[] = "Linux 6.1.0-28-amd64 x86_64";
    assert_true(alike(own, "15990 MiB", "Linux 6.1.55 x86_64", "15200 MiB"));
    assert_true(alike("unknown", "unknown", "unknown", "unknown"));
    assert_false(alike(own, "15990 MiB", "Linux 6.2.0-28-amd64 x86_64", "15990 MiB"));
    assert_false(alike(own, "15990 MiB", "Linux 6.1.0-28-arm64 aarch64", "15990 MiB"));
    assert_false(alike(own, "15990 MiB", own, "7950 MiB"));
    assert_false(alike(own, "15990 MiB", own, "unknown"));
}

/* Six rounds a side, of a hundred values: a five-fold footprint, and 30 % in one cell
 * that the total does not show. */
static void few_rounds_are_enough(void **state) {
    (void)state;
    struct made b = steady;
    struct compare_result r;
    b.other_library = true;
    b.subject = log(5);
    compare_made(&steady, &b, 2, &r);
    assert_int_equal(compare_count(&r, VERDICT_WORSE), WORKLOADS + 1);
    assert_true(find(&r, "w0", "ebb")->judged.p_adjusted < 1e-8);
    compare_finish(&r);
    b.subject = 0;
    b.subject_one = log(1.3);
    compare_made(&steady, &b, 3, &r);
    assert_int_equal(compare_count(&r, VERDICT_WORSE), 1);
    assert_int_equal(find(&r, "w0", "ebb")->judged.verdict, VERDICT_WORSE);
    compare_finish(&r);
}

/*
 * Runs differ by three times what their rounds do, and nothing changed. Whole runs with
 * an alarm are no more than one in twenty, and what the tolerance hides is not counted in
 * that: p itself keeps its promise. With the controls out of it, it does not.
 */
static void runs_that_differ_are_no_change(void **state) {
    (void)state;
    enum { RUNS = 300 };
    struct made a = {.within = 0.01, .between = 0.03, .rounds = ROUNDS}, b = a;
    b.other_library = true;
    unsigned alarms = 0, naive = 0;
    for (unsigned i = 0; i < RUNS; i++) {
        struct compare_result r;
        compare_made(&a, &b, 100 + i, &r);
        bool alarm = false, naive_alarm = false;
        for (size_t k = 0; k < r.count; k++) {
            const struct comparison *c = &r.comparisons[k];
            if (c->is_control || !c->workload[0])
                continue;
            alarm |= c->judged.p_adjusted <= 0.05;
            naive_alarm |= fabs(log(c->judged.ratio)) > 4 * 0.01 * sqrt(2.0 / ROUNDS);
        }
        alarms += alarm;
        naive += naive_alarm;
        compare_finish(&r);
    }
    assert_in_range(alarms, 0, RUNS / 20 + 10);
    assert_true(naive > RUNS / 2);
}

static void a_machine_that_moved_is_no_verdict(void **state) {
    (void)state;
    struct made b = steady;
    struct compare_result r;
    b.other_library = true;
    b.machine = log(1.2);
    compare_made(&steady, &b, 4, &r);
    assert_true(compare_machine_moved(&r));
    assert_int_equal(compare_count(&r, VERDICT_WORSE), 0);
    compare_finish(&r);
    b.machine = log(1.01);
    compare_made(&steady, &b, 4, &r);
    assert_false(compare_machine_moved(&r));
    compare_finish(&r);
}

/* Nothing changed that is known of, and everything moved: no alarm, and no all-clear. */
static void nothing_changed_and_all_moved(void **state) {
    (void)state;
    struct made a = {.within = 0.01, .rounds = ROUNDS}, b = a;
    struct compare_result r;
    b.machine = log(1.1);
    compare_made(&a, &b, 6, &r);
    assert_true(compare_machine_moved(&r));
    assert_int_equal(compare_count(&r, VERDICT_WORSE), 0);
    assert_int_equal(compare_count(&r, VERDICT_SAME), 0);
    compare_finish(&r);
}

/* A drift within the tolerance hides no regression in one cell, and makes none. */
static void a_drift_is_taken_off(void **state) {
    (void)state;
    enum { RUNS = 100 };
    unsigned found = 0, alarms = 0;
    for (unsigned i = 0; i < RUNS; i++) {
        struct made a = {.within = 0.02, .rounds = ROUNDS}, b = a;
        struct compare_result r;
        b.other_library = true;
        b.machine = log(1.045);
        compare_made(&a, &b, 1000 + i, &r);
        alarms += compare_count(&r, VERDICT_WORSE) > 0;
        compare_finish(&r);
        b.subject_one = log(1.15);
        compare_made(&a, &b, 1000 + i, &r);
        found += find(&r, "w0", "ebb")->judged.verdict == VERDICT_WORSE;
        compare_finish(&r);
    }
    assert_in_range(alarms, 0, 5);
    assert_in_range(found, RUNS - 5, RUNS);
}

/* Few rounds of one side that vary much, against many of the other that do not. */
static void unequal_sides_are_no_alarm(void **state) {
    (void)state;
    enum { RUNS = 200 };
    unsigned alarms = 0;
    for (unsigned i = 0; i < RUNS; i++) {
        struct made a = {.within = 0.02, .rounds = 12},
                    b = {.within = 0.02, .subject_within = 0.08, .rounds = 4};
        struct compare_result r;
        b.other_library = true;
        compare_made(&a, &b, 2000 + i, &r);
        alarms += compare_count(&r, VERDICT_WORSE) > 0;
        compare_finish(&r);
    }
    assert_in_range(alarms, 0, RUNS / 5); /* pooled: half of them */
}

/* What is called visible is seen nine times in ten. */
static void visible_is_what_is_seen(void **state) {
    (void)state;
    enum { RUNS = 200 };
    struct made a = {.within = 0.03, .rounds = 12}, b = a;
    struct compare_result r;
    b.other_library = true;
    compare_made(&a, &b, 7, &r);
    double visible = find(&r, "w0", "ebb")->judged.smallest_visible;
    compare_finish(&r);
    b.subject_one = log1p(visible);
    unsigned seen = 0;
    for (unsigned i = 0; i < RUNS; i++) {
        compare_made(&a, &b, 3000 + i, &r);
        seen += find(&r, "w0", "ebb")->judged.verdict == VERDICT_WORSE;
        compare_finish(&r);
    }
    assert_in_range(seen, RUNS * 8 / 10, RUNS * 98 / 100);
}

/* A variant that is named is on trial beside those that changed. */
static void a_named_subject_frees_no_other(void **state) {
    (void)state;
    struct made b = steady;
    struct compare_result r;
    b.other_library = true;
    b.subject = log(1.5);
    compare_with(&steady, &b, 8, &(struct compare_options){.subject = "jemalloc"}, &r);
    assert_false(find(&r, "w0", "jemalloc")->is_control);
    assert_int_equal(find(&r, "w0", "ebb")->judged.verdict, VERDICT_WORSE);
    assert_false(compare_machine_moved(&r));
    compare_finish(&r);
}

static void what_could_not_be_seen_is_said(void **state) {
    (void)state;
    struct made a = {.within = 0.9, .rounds = 2}, b = a;
    struct compare_result r;
    b.other_library = true;
    compare_made(&a, &b, 5, &r);
    assert_non_null(compare_blind(&r));
    assert_true(compare_blind(&r)->judged.smallest_visible > COMPARE_DETECT);
    compare_finish(&r);
    b.within = a.within = 0.02;
    compare_made(&a, &b, 5, &r);
    assert_null(compare_blind(&r));
    compare_finish(&r);
}

/* A watched program has three measures and more for every instant. */
static void every_measure_is_judged(void **state) {
    (void)state;
    struct made a = steady;
    struct compare_result r;
    a.instants = 70;
    compare_made(&a, &a, 9, &r);
    assert_int_equal(r.control_count, a.instants);
    for (size_t i = 0; i < r.count; i++)
        assert_true(isfinite(r.comparisons[i].judged.high));
    compare_finish(&r);
}

/* A workload in which too few controls are whole is judged by its own times, and so is
 * the total that contains it. */
static void a_total_is_of_one_kind(void **state) {
    (void)state;
    struct made a = steady, b;
    struct runfigures x, y;
    struct compare_result r;
    a.timed = true;
    b = a;
    b.other_library = true;
    make_run(&a, 1, &x);
    make_run(&b, 2, &y);
    for (size_t i = 0; i < x.count; i++)
        if (strcmp(x.series[i].workload, "w7") == 0 &&
            strcmp(x.series[i].variant, "ebb") != 0)
            x.series[i].by_round[0] = NAN;
    assert_int_equal(compare_make(&r, &x, &y, &(struct compare_options){0}, NULL), 0);
    assert_true(find(&r, "w0", "ebb")->is_related);
    assert_false(find(&r, "w7", "ebb")->is_related);
    assert_false(find(&r, "", "ebb")->is_related);
    compare_finish(&r);
    runfigures_finish(&x);
    runfigures_finish(&y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(environments_of_one_kind),
        cmocka_unit_test(what_changed_is_on_trial),
        cmocka_unit_test(few_rounds_are_enough),
        cmocka_unit_test(runs_that_differ_are_no_change),
        cmocka_unit_test(a_machine_that_moved_is_no_verdict),
        cmocka_unit_test(nothing_changed_and_all_moved),
        cmocka_unit_test(a_drift_is_taken_off),
        cmocka_unit_test(unequal_sides_are_no_alarm),
        cmocka_unit_test(visible_is_what_is_seen),
        cmocka_unit_test(a_named_subject_frees_no_other),
        cmocka_unit_test(what_could_not_be_seen_is_said),
        cmocka_unit_test(every_measure_is_judged),
        cmocka_unit_test(a_total_is_of_one_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
