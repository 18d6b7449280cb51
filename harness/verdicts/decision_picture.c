/* The trade-off of a decision as a picture. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "decision_words.h"
#include "plot_points.h"

/* The comparison that an axis of the picture shows: the first one over all of a measure.
 * Among idle footprints of the same workload and threads: dead idle, or else the last. */
static const struct comparison *axis_of(const struct decision_run *run,
                                        enum measure measure) {
    const struct comparison *found = NULL;
    for (size_t i = 0; i < run->pair.count; i++) {
        const struct comparison *c = &run->pair.comparisons[i];
        enum measure own;
        if (!measure_of_series(c->measure, &own) || own != measure ||
            !compare_is_outermost(&run->pair, c) ||
            (found && c->threads != found->threads) ||
            (found && strcmp(c->workload, found->workload) != 0))
            continue;
        if (!found || measure == MEASURE_FOOTPRINT)
            found = c;
        if (strcmp(c->measure, plan_idle_name(IDLE_DEAD)) == 0)
            break;
    }
    return found;
}

static struct decision_finding find_axis(const struct decision *d, enum measure measure) {
    struct decision_finding axis = {0};
    for (size_t i = 0; i < d->count && !axis.c; i++)
        axis = (struct decision_finding){&d->runs[i], axis_of(&d->runs[i], measure)};
    return axis;
}

/* A variant's place on an axis, relative to BASE; NAN where it has none. */
static double place_of(const struct decision_finding *axis, const char *variant) {
    const struct decision_run *run = axis->run;
    struct compare_result result;
    double place = NAN;
    if (strcmp(variant, run->base) == 0)
        return 1;
    compare_between(&result, run->figures, run->base, variant);
    for (size_t i = 0; i < result.count; i++) {
        const struct comparison *c = &result.comparisons[i];
        if (strcmp(c->measure, axis->c->measure) == 0 &&
            strcmp(c->workload, axis->c->workload) == 0 && c->threads == axis->c->threads)
            place = c->judged.ratio;
    }
    compare_finish(&result);
    return place;
}

/* What a variant of the run `times` is called in the run `other`. */
static const char *name_in(const struct decision_run *times,
                           const struct decision_run *other, const char *name) {
    return strcmp(name, times->base) == 0      ? other->base
           : strcmp(name, times->variant) == 0 ? other->variant
                                               : name;
}

int decision_draw(const struct decision *d, const struct decision_page *page,
                  const char *base, struct reason *reason) {
    struct decision_finding time = find_axis(d, MEASURE_TIME);
    struct decision_finding footprint = find_axis(d, MEASURE_FOOTPRINT);
    struct plot_point places[VARIANTS_MAX];
    char program[64], title[256];
    size_t n = 0;
    const char *name;
    json_t *facts;
    if (!time.c || !footprint.c)
        return -ENODATA;
    json_object_foreach(json_object_get(time.run->figures->head, "variants"), name,
                        facts) {
        double other = place_of(&footprint, name_in(time.run, footprint.run, name));
        double wall = place_of(&time, name);
        if (n < VARIANTS_MAX && wall > 0 && other > 0 &&
            strcmp(name, runfigures_text(time.run->figures, "run", "again")) != 0)
            places[n++] = (struct plot_point){
                .name = name, .throughput = 1 / wall, .footprint = other};
    }
    decision_name_program(d, page, program, sizeof program);
    snprintf(title, sizeof title, "%s: from %s to %s", program, time.run->base,
             time.run->variant);
    return plot_switch(&(struct plot_switch){title, time.run->base, time.run->variant,
                                             footprint.c->label, places, n},
                       base, reason);
}
