/* The order of a round: a permutation, fresh each round, the same for the same seed. */
#include "cmocka_all.h"

#include <string.h>

#include "rng.h"
#include "schedule.h"

enum { N = 40 };

static void every_cell_once(void **state) {
    (void)state;
    for (unsigned round = 1; round <= 20; round++) {
        size_t order[N];
        int seen[N] = {0};
        schedule_order(12345, 0, round, N, order);
        for (int i = 0; i < N; i++)
            seen[order[i]]++;
        for (int i = 0; i < N; i++)
            assert_int_equal(seen[i], 1);
    }
}

static void repeatable_and_fresh(void **state) {
    (void)state;
    size_t a[N], b[N], other_round[N], other_stream[N], other_seed[N];
    schedule_order(1, 0, 1, N, a);
    schedule_order(1, 0, 1, N, b);
    schedule_order(1, 0, 2, N, other_round);
    schedule_order(1, 1, 1, N, other_stream);
    schedule_order(2, 0, 1, N, other_seed);
    assert_memory_equal(a, b, sizeof a);
    assert_int_not_equal(memcmp(a, other_round, sizeof a), 0);
    assert_int_not_equal(memcmp(a, other_stream, sizeof a), 0);
    assert_int_not_equal(memcmp(a, other_seed, sizeof a), 0);
}

/* Each cell is first about equally often: chi-square with 9 degrees of freedom below
 * its 99.9 % point. */
static void no_cell_is_favoured(void **state) {
    (void)state;
    enum { CELLS = 10, ROUNDS = 2000 };
    int first[CELLS] = {0};
    for (unsigned round = 1; round <= ROUNDS; round++) {
        size_t order[CELLS];
        schedule_order(7, 0, round, CELLS, order);
        first[order[0]]++;
    }
    double chi = 0, expected = (double)ROUNDS / CELLS;
    for (int i = 0; i < CELLS; i++)
        chi += (first[i] - expected) * (first[i] - expected) / expected;
    assert_true(chi < 27.88);
}

/* Neighbours are brought together; nothing else moves. */
static void groups_come_together(void **state) {
    (void)state;
    const size_t groups[8] = {0, 1, 2, 0, 1, 2, 0, 3};
    size_t order[8] = {4, 7, 6, 2, 1, 0, 5, 3};
    const size_t expected[8] = {4, 1, 7, 6, 0, 3, 2, 5};
    schedule_bring_together(groups, 8, order);
    assert_memory_equal(order, expected, sizeof order);
    schedule_bring_together(groups, 0, order);
    assert_memory_equal(order, expected, sizeof order);
}

/* The first outputs of SplitMix64 for seed 1234567, as its reference implementation
 * prints. */
static void splitmix64_reference(void **state) {
    (void)state;
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
        UINT64_C(16408922859458223821)};
    struct rng rng;
    rng_seed(&rng, 1234567);
    for (int i = 0; i < 5; i++)
        assert_true(rng_next(&rng) == expected[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_once),      cmocka_unit_test(repeatable_and_fresh),
        cmocka_unit_test(no_cell_is_favoured),  cmocka_unit_test(groups_come_together),
        cmocka_unit_test(splitmix64_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
