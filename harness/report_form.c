/* See report_form.h. */
#include "report_form.h"

#include <stdio.h>

void form_each_group(const struct form *form, const struct summary *summary,
                     const char *what,
                     void (*print)(const struct form *, const struct group *)) {
    const struct plan *plan = &summary->result->plan;
    for (size_t w = 0; w < plan->workload_count; w++)
        for (size_t t = 0; t < plan->thread_counts; t++) {
            struct group group = {summary, plan, plan->workloads[w].name,
                                  plan->threads[t]};
            char title[128];
            snprintf(title, sizeof title, "%s, %u threads%s%s", group.workload,
                     group.threads, *what ? ": " : "", what);
            form_heading(form, title);
            print(form, &group);
        }
}
