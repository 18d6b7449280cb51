#include "changepoint.h"

#include <math.h>
#include <string.h>

#include "rng.h"

enum { PERMUTATIONS = 999 };

struct split {
    size_t at;        /* within the whole sequence */
    double statistic; /* -INFINITY: no segment can be split */
};

/*
 * The best split of one segment. It has the largest
 *
 *     m k / (m + k) * (2 mean|X - Y| - mean|X - X'| - mean|Y - Y'|)
 *
 * X are the first m values and Y the other k. Each candidate starts from the sums of the
 * one before: value t moves from right to left, so its distances to the left values are
 * added and those to the right values are taken away.
 */
static struct split best_split(const double *x, size_t begin, size_t end, size_t least) {
    struct split best = {begin, -INFINITY};
    size_t n = end - begin;
    double left = 0, right = 0, all = 0;
    for (size_t i = begin; i < end; i++)
        for (size_t k = i + 1; k < end; k++)
            all += fabs(x[i] - x[k]);
    right = all;
    for (size_t t = begin; t + least < end; t++) {
        for (size_t i = begin; i < t; i++)
            left += fabs(x[t] - x[i]);
        for (size_t i = t + 1; i < end; i++)
            right -= fabs(x[t] - x[i]);
        double m = (double)(t - begin + 1), k = (double)n - m;
        if (m < (double)least)
            continue;
        double across = 2 * (all - left - right) / (m * k);
        double within = left / (m * (m - 1) / 2) + right / (k * (k - 1) / 2);
        double statistic = m * k / (m + k) * (across - within);
        if (statistic > best.statistic)
            best = (struct split){t + 1, statistic};
    }
    return best;
}

/* `edges` are the starts of the segments, then the end of the last. */
static struct split best_of_all(const double *x, const size_t *edges, size_t segments,
                                size_t least) {
    struct split best = {0, -INFINITY};
    for (size_t s = 0; s < segments; s++) {
        struct split split = best_split(x, edges[s], edges[s + 1], least);
        if (split.statistic > best.statistic)
            best = split;
    }
    return best;
}

static void shuffle(double *x, size_t n, struct rng *rng) {
    for (size_t i = n; i > 1; i--) {
        size_t k = rng_below(rng, i);
        double swapped = x[i - 1];
        x[i - 1] = x[k];
        x[k] = swapped;
    }
}

/* The share of shuffles within the segments that give as large a statistic. It stops once
 * p is certain to be above `level`, because it does not matter by how much. */
static double p_value(double *scratch, const size_t *edges, size_t segments, size_t least,
                      double statistic, double level, struct rng *rng) {
    double p = 1.0 / (PERMUTATIONS + 1);
    for (int i = 0, as_large = 0; i < PERMUTATIONS && p <= level; i++) {
        for (size_t s = 0; s < segments; s++)
            shuffle(scratch + edges[s], edges[s + 1] - edges[s], rng);
        as_large += best_of_all(scratch, edges, segments, least).statistic >= statistic;
        p = (double)(as_large + 1) / (PERMUTATIONS + 1);
    }
    return p;
}

static void insert(struct changepoint *points, size_t count, struct changepoint point) {
    size_t i = count;
    for (; i > 0 && points[i - 1].first > point.first; i--)
        points[i] = points[i - 1];
    points[i] = point;
}

size_t changepoint_find(const double *values, size_t n, size_t least, double level,
                        uint64_t seed, struct changepoint ret[CHANGEPOINTS_MAX]) {
    double scratch[CHANGEPOINT_VALUES_MAX];
    size_t edges[CHANGEPOINTS_MAX + 2] = {0, n}, count = 0;
    struct rng rng;
    rng_seed(&rng, seed);
    while (count < CHANGEPOINTS_MAX) {
        struct split split = best_of_all(values, edges, count + 1, least);
        if (!(split.statistic > 0))
            break;
        memcpy(scratch, values, n * sizeof *scratch);
        double p =
            p_value(scratch, edges, count + 1, least, split.statistic, level, &rng);
        if (p > level)
            break;
        insert(ret, count++, (struct changepoint){split.at, p});
        for (size_t i = 0; i < count; i++)
            edges[i + 1] = ret[i].first;
        edges[count + 1] = n;
    }
    return count;
}
