#include "group.h"

const struct summary_row *group_memory(const struct group *group,
                                       const struct variant *variant,
                                       enum idle_driver idle) {
    return summary_find_memory(group->summary, group->workload, variant->name,
                               group->threads, idle);
}

const struct summary_row *group_timed(const struct group *group,
                                      const struct variant *variant) {
    return summary_find_timed(group->summary, group->workload, variant->name,
                              group->threads);
}

const struct summary_row *group_any(const struct group *group,
                                    const struct variant *variant) {
    for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
        const struct summary_row *row =
            group_memory(group, variant, (enum idle_driver)idle);
        if (row && row->rounds)
            return row;
    }
    return NULL;
}
