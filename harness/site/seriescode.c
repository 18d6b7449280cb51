#include "site.h"

#include <math.h>

#include "heap.h"

enum {
    LEAST_STEPS = 500,
    BASE = 91,
    ONE = 80,
    FOUR = 90,
    TWO_MOST = ONE + (FOUR - ONE) * BASE
};

static char character(unsigned long n) {
    int c = '!' + (int)n;
    c += c >= '"';
    c += c >= '<';
    c += c >= '\\';
    return (char)c;
}

static double step_for(const double *values, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = isnan(values[i]) ? most : fmax(most, fabs(values[i]));
    if (most == 0)
        return 1;
    double power = pow(10, floor(log10(most / LEAST_STEPS)));
    if (most / (5 * power) >= LEAST_STEPS)
        return 5 * power;
    return most / (2 * power) >= LEAST_STEPS ? 2 * power : power;
}

static char *put(char *at, unsigned long u) {
    if (u < ONE) {
        *at++ = character(u);
    } else if (u < TWO_MOST) {
        *at++ = character(ONE + (u - ONE) / BASE);
        *at++ = character((u - ONE) % BASE);
    } else {
        *at++ = character(FOUR);
        *at++ = character(u / (BASE * BASE));
        *at++ = character(u / BASE % BASE);
        *at++ = character(u % BASE);
    }
    return at;
}

char *seriescode_write(const double *values, size_t n, double *ret_step) {
    char *text = heap_new(4 * n, 1), *at = text;
    double step = *ret_step = step_for(values, n);
    long last = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i])) {
            *at++ = ' ';
            continue;
        }
        long steps = lround(values[i] / step), difference = steps - last;
        last = steps;
        at = put(at, difference < 0 ? (unsigned long)(-2 * difference - 1)
                                    : (unsigned long)(2 * difference));
    }
    return text;
}
