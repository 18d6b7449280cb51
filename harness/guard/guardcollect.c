#include "guardcollect.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "childenv.h"
#include "file.h"
#include "heap.h"
#include "reason.h"

#define MODULE "collect.cjs"

/*
 * Asks V8 for its "low memory" collection, because a plain gc() keeps the pages that it
 * frees. The request goes through the inspector, which needs neither a flag nor a port
 * for this. The session stays connected: to disconnect it in the callback deadlocks
 * (Node.js 20).
 */
static const char module[] =
    "// Collects this process's garbage once whenever it falls idle (tidemark guard).\n"
    "const BUSY_US = 50000; // of CPU in a second\n"
    "let before = process.cpuUsage(), due = true, session;\n"
    "function collect() {\n"
    "  if (!session) {\n"
    "    session = new (require('node:inspector').Session)();\n"
    "    session.connect();\n"
    "  }\n"
    "  session.post('HeapProfiler.collectGarbage', (error) => {\n"
    "    if (error) process.emitWarning(`no garbage was collected: ${error.message}`);\n"
    "    before = process.cpuUsage();\n"
    "  });\n"
    "}\n"
    "setInterval(() => {\n"
    "  const used = process.cpuUsage(before), busy = used.user + used.system > BUSY_US;\n"
    "  before = process.cpuUsage();\n"
    "  if (!busy && due) collect();\n"
    "  due = busy;\n"
    "}, 1000).unref();\n";

int guardcollect_begin(const char *folder, char ***ret_envp, struct reason *reason) {
    char path[PATH_MAX], full[PATH_MAX], *variable;
    const char *options = getenv("NODE_OPTIONS");
    snprintf(path, sizeof path, "%s/" MODULE, folder);
    int error = file_replace(path, module, sizeof module - 1, reason);
    if (error)
        return error;
    if (!realpath(path, full) || strpbrk(full, "\"\\")) {
        reason_set(reason, "the path of %s cannot be given to Node.js", path);
        return -EINVAL;
    }
    if (asprintf(&variable, "NODE_OPTIONS=%s%s--require \"%s\"", options ? options : "",
                 options ? " " : "", full) < 0)
        heap_exhausted();
    *ret_envp = childenv_make((char *[]){variable, NULL});
    return 0;
}
