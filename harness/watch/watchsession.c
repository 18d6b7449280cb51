#include "watchsession.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "plan.h"
#include "reason.h"
#include "request.h"
#include "result.h"
#include "runfolder.h"
#include "watchinside.h"

void watchsession_plan(struct plan *ret, const char *profile, unsigned rounds) {
    memset(ret, 0, sizeof *ret);
    snprintf(ret->profile, sizeof ret->profile, "%s", profile);
    ret->scale = 1;
    ret->memory_rounds = rounds;
    ret->seed = request_random_seed();
    ret->thread_counts = 1; /* threads[0] 0: a program has as many as it likes */
    ret->memory[MEMORY_ANY] = true;
    ret->time_tolerance = REQUEST_TIME_TOLERANCE;
    ret->memory_tolerance = REQUEST_MEMORY_TOLERANCE;
}

int watchsession_resume(struct watch_session *ret, const char *folder, json_t *plan_file,
                        struct reason *reason) {
    struct watch_session session = {.begun_ns = clock_now_ns(), .plan_file = plan_file};
    char path[PATH_MAX];
    snprintf(session.folder, sizeof session.folder, "%s", folder);
    snprintf(path, sizeof path, "%s/" RESULT_JOURNAL, session.folder);
    int error = journal_open(&session.journal, path, reason);
    if (error)
        json_decref(plan_file);
    else
        *ret = session;
    return error;
}

int watchsession_begin(struct watch_session *ret, const struct plan *plan,
                       const char *output, const char *link, struct reason *reason) {
    char folder[sizeof ret->folder];
    json_t *plan_file;
    int error = runfolder_make(output, plan->profile, folder, sizeof folder, reason);
    if (!error)
        error = runfolder_begin_plan(plan, folder, &plan_file, reason);
    if (!error)
        error = watchsession_resume(ret, folder, plan_file, reason);
    if (!error)
        runfolder_point(output, link, folder);
    return error;
}

int watchsession_set_rounds(struct watch_session *session, unsigned rounds,
                            struct reason *reason) {
    json_object_set_new(json_object_get(session->plan_file, "plan"), "memory_rounds",
                        json_integer(rounds));
    return runfolder_write_plan(session->plan_file, session->folder, reason);
}

int watchsession_write(struct watch_session *session, bool complete,
                       struct reason *reason) {
    double wall_s = (double)(clock_now_ns() - session->begun_ns) / NS_PER_S;
    int error = complete ? watchinside_add(&session->journal, reason) : 0;
    if (!error)
        error = journal_append(
            &session->journal,
            json_pack("{s:s, s:f}", "kind", "session", "wall_s", wall_s), reason);
    if (error)
        return error;
    json_t *root =
        result_assemble(session->plan_file, session->journal.records, complete);
    error = result_write(root, session->folder, reason);
    json_decref(root);
    return error;
}
