/* The short text of a sequence: what each length of code holds, and which characters it
 * never has. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "site.h"

static void is_written(const double *values, size_t n, const char *text, double step) {
    double used;
    char *written = seriescode_write(values, n, &used);
    assert_string_equal(written, text);
    assert_true(fabs(used - step) < 1e-12);
    free(written);
}

/* 500 steps at least: 600 in ones, 1100 in twos, 2600 in fives, 0.6 in thousandths. The
 * first difference is to 0, and takes four characters from 495 on. */
static void the_step_leaves_three_digits(void **state) {
    (void)state;
    is_written((const double[]){600, 600}, 2, "~!/3!", 1);
    is_written((const double[]){1100, 1100}, 2, "~!.*!", 2);
    is_written((const double[]){2600, 2600}, 2, "~!-J!", 5);
    is_written((const double[]){0.6, 0.6}, 2, "~!/3!", 0.001);
    is_written((const double[]){0, 0}, 2, "!!", 1);
    is_written(NULL, 0, "", 1);
}

static void each_length_holds_what_it_says(void **state) {
    (void)state;
    double step;
    const double values[] = {600, 639, 599, 639, 600, 105, 600, NAN, 601};
    char *text = seriescode_write(values, 9, &step);
    /* 4 + 1 (+39) + 1 (-40) + 2 (+40) + 1 (-39) + 2 (-495: 989) + 4 (+495: 990) + 1 + 1
     */
    assert_int_equal(strlen(text), 4 + 1 + 1 + 2 + 1 + 2 + 4 + 1 + 1);
    assert_int_equal(text[15], ' ');
    free(text);
}

static void it_can_stand_in_a_page(void **state) {
    (void)state;
    double values[2000], step;
    for (int i = 0; i < 2000; i++)
        values[i] = 1000 + (i % 2 ? i : -i) / 2.0;
    char *text = seriescode_write(values, 2000, &step);
    assert_null(strpbrk(text, "\"\\< "));
    for (const char *c = text; *c; c++)
        assert_true(*c > ' ' && *c <= '~');
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_step_leaves_three_digits),
        cmocka_unit_test(each_length_holds_what_it_says),
        cmocka_unit_test(it_can_stand_in_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
