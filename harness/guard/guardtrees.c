/* Runs git without a shell. Resolves each commit's name to its full hash first. */
#include "guardtrees.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "child.h"
#include "clock.h"
#include "guardfile.h"
#include "reason.h"

enum { SETUP_LIMIT_S = 3600 };

const char *const guardtrees_names[GUARD_SIDES] = {"base", "head"};

/* ---- commits ---- */

/* `revision` comes from a user or a pull request. So git gets it as a single argument,
 * which cannot be an option. */
static int find_commit(const char *revision, char *ret, size_t size,
                       struct reason *reason) {
    char peeled[1024];
    if (snprintf(peeled, sizeof peeled, "%s^{commit}", revision) < (int)sizeof peeled &&
        capture_command((char *[]){"git", "rev-parse", "--verify", "--quiet",
                                   "--end-of-options", peeled, NULL},
                        0, ret, size) == 0 &&
        strspn(ret, "0123456789abcdef") == strlen(ret) && strlen(ret) >= 40)
        return 0;
    reason_set(reason,
               "\"%.200s\" is not a commit of this repository (a shallow clone lacks "
               "older commits: `git fetch --unshallow`)",
               revision);
    return -EINVAL;
}

static int add_tree(struct guard_tree *tree, const char *root, const char *prefix,
                    struct reason *reason) {
    char output[400];
    snprintf(tree->root, sizeof tree->root, "%s", root);
    int code = capture_command((char *[]){"git", "-c", "core.hooksPath=/dev/null",
                                          "worktree", "add", "--detach", "--quiet",
                                          tree->root, tree->commit, NULL},
                               1, output, sizeof output);
    if (code != 0) {
        reason_set(reason, "git cannot check out %.12s into %s: %s", tree->commit, root,
                   output);
        return -EIO;
    }
    snprintf(tree->folder, sizeof tree->folder, "%s%s%s", tree->root, *prefix ? "/" : "",
             prefix);
    if (access(tree->folder, F_OK) < 0) {
        reason_set(reason, "commit %.12s has no folder %s", tree->commit, prefix);
        return -EINVAL;
    }
    return 0;
}

int guardtrees_make(struct guard_trees *ret, const char *parent,
                    const char *const commits[GUARD_SIDES], struct reason *reason) {
    struct guard_trees trees = {.place = ""};
    char prefix[PATH_MAX / 2];
    int error = 0;
    for (int i = 0; !error && i < GUARD_SIDES; i++)
        error = find_commit(commits[i], trees.at[i].commit, sizeof trees.at[i].commit,
                            reason);
    if (error)
        return error;
    if (capture_command((char *[]){"git", "rev-parse", "--show-prefix", NULL}, 0, prefix,
                        sizeof prefix) != 0) {
        reason_set(reason, "this folder is not in a git repository");
        return -EINVAL;
    }
    snprintf(trees.place, sizeof trees.place, "%s/tidemark-guard.XXXXXX", parent);
    if (!mkdtemp(trees.place)) {
        error = -errno;
        reason_set(reason, "cannot make a folder in %s: %s; name another with --trees",
                   parent, strerror(-error));
        return error;
    }
    for (int i = 0; !error && i < GUARD_SIDES; i++) {
        char root[PATH_MAX];
        snprintf(root, sizeof root, "%s/%s", trees.place, guardtrees_names[i]);
        error = add_tree(&trees.at[i], root, prefix, reason);
    }
    if (error)
        guardtrees_remove(&trees, NULL);
    else
        *ret = trees;
    return error;
}

int guardtrees_remove(const struct guard_trees *trees, struct reason *reason) {
    char output[400] = "", ignored[sizeof output];
    for (int i = 0; i < GUARD_SIDES; i++)
        if (trees->at[i].root[0])
            capture_command((char *[]){"git", "worktree", "remove", "--force", "--force",
                                       (char *)trees->at[i].root, NULL},
                            1, *output ? ignored : output, sizeof output);
    if (rmdir(trees->place) == 0)
        return 0;
    reason_set(reason, "%s could not be removed%s%s; remove that folder", trees->place,
               *output ? ": " : "", output);
    return -EIO;
}

/* ---- setting up ---- */

static int run_setup(const char *command, const char *folder, const char *where,
                     int output, const volatile int *stop, struct reason *reason) {
    struct child child;
    int status = 0;
    struct child_streams streams = {-1, output, output, folder};
    int error = child_start_on(&child, (char *[]){"sh", "-c", (char *)command, NULL},
                               environ, &streams, reason);
    if (error)
        return error;
    error = child_wait(&child, clock_now_ns() + SETUP_LIMIT_S * NS_PER_S, stop, &status);
    if (error)
        child_kill(&child);
    if (error == -EINTR) {
        reason_set(reason, "interrupted while setting up");
        return error;
    }
    if (!error && status == 0)
        return 0;
    char how[96] = "did not end within an hour", words[300];
    if (!error)
        child_describe_status(status, how, sizeof how);
    child.errors = output;
    child_errors(&child, words, sizeof words);
    reason_set(reason, "setup of %s: \"%.200s\" %s%s%s", where, command, how,
               *words ? ": " : "", words);
    return -EIO;
}

int guardtrees_set_up(const struct guard_file *file, const char *folder,
                      const char *where, int output, const volatile int *stop,
                      struct reason *reason) {
    int error = 0;
    for (size_t i = 0; !error && i < file->count; i++) {
        const char *setup = file->scenarios[i].setup;
        bool is_new = setup;
        for (size_t k = 0; is_new && k < i; k++)
            is_new =
                !file->scenarios[k].setup || strcmp(file->scenarios[k].setup, setup) != 0;
        if (is_new)
            error = run_setup(setup, folder, where, output, stop, reason);
    }
    return error;
}
