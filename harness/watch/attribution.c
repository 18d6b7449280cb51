/* classify.c decides which class a mapping has. */
#include "attribution.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "classify.h"
#include "file.h"
#include "heap.h"
#include "inspect.h"
#include "mappings.h"
#include "procfile.h"
#include "ranges.h"
#include "text.h"

enum {
    PARTS_SHOWN = 16,
    THREADS_MAX = 1024,
    CODE_FROM_MIB = 1,   /* files are listed from this much reserved memory on */
    CODE_MOST_MIB = 512, /* larger files are not listed: to inspect one takes long */
};

const struct attribution_name attribution_names[ATTRIBUTION_CLASSES] = {
    [ATTRIBUTION_BRK] =
        {"brk", "allocator: [heap]",
         "the allocator's: its policy, or another allocator, can change that"},
    [ATTRIBUTION_ARENA] =
        {"arena", "allocator: arenas",
         "the allocator's: its policy, or another allocator, can change that"},
    [ATTRIBUTION_RESERVED] =
        {"reserved", "anonymous, reserved",
         "address space reserved without swap. Allocators reserve it, and so do runtimes "
         "for their heaps (JavaScriptCore, SBCL, Java), so its owner is unknown"},
    [ATTRIBUTION_ANONYMOUS] =
        {"anonymous", "anonymous, private",
         "anonymous mappings of unknown owner: large blocks of malloc look like this, "
         "and so do a program's own mappings"},
    [ATTRIBUTION_JIT] = {"jit", "JIT code", "JIT pages: no allocator will help"},
    [ATTRIBUTION_V8] = {"v8", "JavaScript heap (V8)",
                        "V8's garbage-collected heap: no allocator will help"},
    [ATTRIBUTION_WASM] = {"wasm", "WebAssembly memory",
                          "memory of WebAssembly modules: no allocator of the process "
                          "will help"},
    [ATTRIBUTION_GO] = {"go", "Go heap",
                        "Go's garbage-collected heap: no allocator will help"},
    [ATTRIBUTION_STACK] = {"stack", "stacks", "stacks: no allocator will help"},
    [ATTRIBUTION_SHARED] = {"shared", "shared memory, memfd",
                            "shared memory: no allocator will help"},
    [ATTRIBUTION_FILE_TEXT] = {"file-text", "file: code",
                               "code of programs and libraries: no allocator will help"},
    [ATTRIBUTION_FILE_DATA] = {"file-data", "file: data",
                               "pages of mapped files: no allocator will help"},
    [ATTRIBUTION_PAGE_TABLES] = {"page-tables", "page tables",
                                 "page tables: they grow with the address space in use"},
};

/* ---- sums ---- */

static void add_sum(struct attribution_sum *sum, const struct attribution_sum *part) {
    sum->footprint += part->footprint;
    sum->rss += part->rss;
    sum->pss += part->pss;
    sum->mappings += part->mappings;
}

static void add_part(struct attribution *a, enum attribution_class group,
                     const char *name, const struct attribution_sum *sum) {
    add_sum(&a->classes[group], sum);
    for (size_t i = 0; i < a->part_count; i++) {
        if (a->parts[i].group == group &&
            strncmp(a->parts[i].name, name, ATTRIBUTION_NAME_MAX - 1) == 0) {
            add_sum(&a->parts[i].sum, sum);
            return;
        }
    }
    a->parts = heap_resize(a->parts, a->part_count + 1, sizeof *a->parts);
    struct attribution_part *part = &a->parts[a->part_count++];
    *part = (struct attribution_part){.group = group, .sum = *sum};
    snprintf(part->name, sizeof part->name, "%s", name);
}

/*
 * The sizes of a mapping. Its share of the footprint is an estimate, since smaps does not
 * split a mapping's Pss by kind. If all resident pages are anonymous, or if the mapping
 * is memory without a file (`is_memory`), it is Pss. For a private file mapping it is the
 * pages that the process wrote, which are anonymous.
 */
static struct attribution_sum sum_of(const struct mapping *m, bool is_memory) {
    struct attribution_sum sum = {.rss = m->rss, .pss = m->pss, .mappings = 1};
    uint64_t held = m->anonymous < m->pss ? m->anonymous : m->pss;
    if (is_memory || m->anonymous == m->rss)
        held = m->pss;
    held += m->swap_pss;
    sum.footprint = held > m->lazyfree ? held - m->lazyfree : 0;
    return sum;
}

/* ---- one process ---- */

/* The path of a file that the process sees under `name`. The process may be in a
 * container and have another root. */
static void path_seen_by(pid_t pid, const char *name, char ret[PATH_MAX]) {
    procfile_path(ret, PATH_MAX, pid, "root");
    text_append(ret, PATH_MAX, "%s", name);
}

/* Whether a mapped file lives in memory: a memfd, a System V segment, a file on tmpfs.
 * smaps calls a deleted file "NAME (deleted)", which is no path. So this asks for the
 * file system of the nearest folder that still exists. */
static bool is_memory_file(const struct mapping *m, void *context) {
    pid_t pid = *(pid_t *)context;
    char path[PATH_MAX], *slash;
    struct statfs info;
    if (strncmp(m->name, "/memfd:", 7) == 0 || strncmp(m->name, "/SYSV", 5) == 0 ||
        strncmp(m->name, "/dev/shm/", 9) == 0)
        return true;
    if (m->name[0] != '/')
        return false;
    path_seen_by(pid, m->name, path);
    while (statfs(path, &info) < 0) {
        if (errno != ENOENT || !(slash = strrchr(path, '/')))
            return false;
        *slash = '\0';
    }
    return info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC;
}

/* Reads the stack pointer of a blocked thread. False if the thread runs, or if we may not
 * read it. */
static bool read_stack_pointer(pid_t pid, const char *tid, uint64_t *ret) {
    char file[64], *text;
    snprintf(file, sizeof file, "task/%.20s/syscall", tid);
    if (procfile_read(pid, file, &text, NULL) < 0)
        return false;
    char *last = strrchr(text, ' '); /* the last two words: stack pointer, code address */
    bool found = false;
    if (last) {
        *last = '\0';
        char *sp = strrchr(text, ' ');
        found = sp && sscanf(sp, " %" SCNx64, ret) == 1;
    }
    free(text);
    return found;
}

static size_t read_stack_pointers(pid_t pid, uint64_t *ret) {
    char path[PATH_MAX];
    size_t count = 0;
    procfile_path(path, sizeof path, pid, "task");
    DIR *tasks = opendir(path);
    if (!tasks)
        return 0;
    for (struct dirent *entry; count < THREADS_MAX && (entry = readdir(tasks));)
        if (entry->d_name[0] != '.')
            count += read_stack_pointer(pid, entry->d_name, &ret[count]);
    closedir(tasks);
    return count;
}

static void add_page_tables(struct attribution *a, pid_t pid) {
    char *text;
    struct attribution_sum sum = {0};
    if (procfile_read(pid, "status", &text, NULL) < 0)
        return;
    if (procfile_kib_field(text, "VmPTE", &sum.footprint))
        add_part(a, ATTRIBUTION_PAGE_TABLES, "page tables", &sum);
    free(text);
}

/*
 * The resident bytes of a mapping at addresses that were executable. The kernel joins
 * adjacent mappings that have become alike, and smaps shows only the whole. If we cannot
 * read the pagemap, we suppose that the resident bytes are spread evenly.
 */
static uint64_t former_code(pid_t pid, const struct mapping *m,
                            const struct ranges *formerly) {
    uint64_t sum = 0, bytes;
    for (size_t i = 0; i < formerly->count; i++) {
        uint64_t start = formerly->at[i].start, end = formerly->at[i].end;
        start = start > m->start ? start : m->start;
        end = end < m->end ? end : m->end;
        if (start >= end)
            continue;
        if (mappings_resident(pid, start, end, &bytes) < 0)
            bytes = (uint64_t)((double)m->rss * (double)(end - start) /
                               (double)(m->end - m->start));
        sum += bytes;
    }
    return sum < m->rss ? sum : m->rss;
}

/* Subtracts `rss` bytes, and their share of the other figures, from a sum. Returns what
 * it subtracted. */
static struct attribution_sum split(struct attribution_sum *sum, uint64_t rss) {
    double share = (double)rss / (double)sum->rss;
    struct attribution_sum part = {.rss = rss,
                                   .pss = (uint64_t)((double)sum->pss * share),
                                   .footprint =
                                       (uint64_t)((double)sum->footprint * share),
                                   .mappings = 1};
    sum->rss -= part.rss;
    sum->pss -= part.pss;
    sum->footprint -= part.footprint;
    return part;
}

static void add_mapping(struct attribution *a, pid_t pid,
                        const struct classify_context *context, size_t index) {
    const struct mapping *m = &context->mappings->at[index];
    struct classified is = classify(context, index);
    bool is_memory = is.group == ATTRIBUTION_SHARED ||
                     (is.group == ATTRIBUTION_JIT && !mapping_is_anonymous(m));
    struct attribution_sum sum = sum_of(m, is_memory);
    bool may_split = is.group != ATTRIBUTION_JIT && mapping_is_anonymous(m) && m->rss > 0;
    uint64_t code = may_split ? former_code(pid, m, context->formerly) : 0;
    if (code > 0) {
        struct attribution_sum part = split(&sum, code);
        add_part(a, ATTRIBUTION_JIT, CLASSIFY_FORMER_CODE, &part);
    }
    add_part(a, is.group, is.part, &sum);
}

/* Whether we can inspect a file: it is not too large, and we see the same file under this
 * name as the process does. */
static bool is_readable_code(pid_t pid, const char *name) {
    char path[PATH_MAX];
    struct stat own, theirs;
    path_seen_by(pid, name, path);
    return stat(name, &own) == 0 && stat(path, &theirs) == 0 &&
           own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino &&
           S_ISREG(own.st_mode) && own.st_size <= (off_t)CODE_MOST_MIB << 20;
}

/* Adds the files whose code a process has mapped to `a->code`. */
static void add_code(struct attribution *a, pid_t pid, const struct mappings *mappings) {
    if (!a->code)
        a->code = json_object();
    for (size_t i = 0; i < mappings->count; i++) {
        const struct mapping *m = &mappings->at[i];
        if (m->has_inode && m->executable && m->name[0] == '/' &&
            !json_object_get(a->code, m->name) && is_readable_code(pid, m->name))
            json_object_set_new(a->code, m->name, json_true());
    }
}

int attribution_add_process(struct attribution *attribution, pid_t pid,
                            const struct ranges *formerly, struct reason *reason) {
    static uint64_t stack_pointers[THREADS_MAX];
    struct mappings mappings;
    pid = procfile_memory_thread(pid);
    int error = mappings_read(pid, &mappings, reason);
    if (error)
        return error;
    struct classify_context context = {.mappings = &mappings,
                                       .formerly = formerly,
                                       .stack_pointers = stack_pointers,
                                       .stack_pointer_count =
                                           read_stack_pointers(pid, stack_pointers),
                                       .is_go = inspect_is_go(pid),
                                       .is_memory_file = is_memory_file,
                                       .context = &pid};
    classify_begin(&context);
    const uint64_t *reserved = &attribution->classes[ATTRIBUTION_RESERVED].footprint;
    uint64_t before = *reserved;
    for (size_t i = 0; i < mappings.count; i++)
        if (mappings.at[i].rss + mappings.at[i].swap_pss > 0)
            add_mapping(attribution, pid, &context, i);
    if (!context.runtime && *reserved - before >= (uint64_t)CODE_FROM_MIB << 20)
        add_code(attribution, pid, &mappings);
    classify_finish(&context);
    mappings_finish(&mappings);
    add_page_tables(attribution, pid);
    return 0;
}

/* ---- what was executable ---- */

/* Whether the mapping is of this library. The loader may have found the file by another
 * path. */
static bool is_library(const struct mapping *m, const char *library) {
    struct stat own, other;
    return m->has_inode &&
           strcmp(file_base_name(m->name), file_base_name(library)) == 0 &&
           stat(m->name, &own) == 0 && stat(library, &other) == 0 &&
           own.st_ino == other.st_ino;
}

void attribution_look(pid_t pid, struct ranges *executable, const char *library,
                      bool *ret_has_library) {
    struct mappings mappings;
    struct ranges anonymous = {0};
    if (mappings_read_plain(procfile_memory_thread(pid), &mappings) < 0)
        return;
    for (size_t i = 0; i < mappings.count; i++) {
        const struct mapping *m = &mappings.at[i];
        if (mapping_is_anonymous(m) && !mapping_is_kernel(m))
            ranges_add(&anonymous, m->start, m->end);
        if (library && !*ret_has_library)
            *ret_has_library = is_library(m, library);
    }
    ranges_keep(executable, &anonymous);
    for (size_t i = 0; i < mappings.count; i++) {
        const struct mapping *m = &mappings.at[i];
        if (mapping_is_anonymous(m) && m->executable && !mapping_is_kernel(m))
            ranges_add(executable, m->start, m->end);
    }
    ranges_finish(&anonymous);
    mappings_finish(&mappings);
}

/* ---- results ---- */

static uint64_t weight(const struct attribution_sum *sum) {
    return sum->footprint > sum->pss ? sum->footprint : sum->pss;
}

static int by_weight(const void *a, const void *b) {
    uint64_t x = weight(&((const struct attribution_part *)a)->sum),
             y = weight(&((const struct attribution_part *)b)->sum);
    return (x < y) - (x > y);
}

static json_t *sum_to_json(const struct attribution_sum *sum) {
    return json_pack("{s:I, s:I, s:I, s:i}", "footprint", (json_int_t)sum->footprint,
                     "rss", (json_int_t)sum->rss, "pss", (json_int_t)sum->pss, "mappings",
                     (int)sum->mappings);
}

static json_t *code_to_json(const struct attribution *a) {
    const char *name;
    json_t *seen, *list = a->code ? json_array() : NULL;
    json_object_foreach(a->code, name, seen)
        json_array_append_new(list, json_string(name));
    return list;
}

json_t *attribution_to_json(struct attribution *a) {
    json_t *by_class = json_object(), *parts = json_array();
    for (int i = 0; i < ATTRIBUTION_CLASSES; i++)
        json_object_set_new(by_class, attribution_names[i].key,
                            sum_to_json(&a->classes[i]));
    if (a->part_count)
        qsort(a->parts, a->part_count, sizeof *a->parts, by_weight);
    for (size_t i = 0; i < a->part_count && i < PARTS_SHOWN; i++) {
        json_t *part = sum_to_json(&a->parts[i].sum),
               *name = json_string(a->parts[i].name); /* NULL where it is not UTF-8 */
        json_object_set_new(part, "class",
                            json_string(attribution_names[a->parts[i].group].key));
        json_object_set_new(part, "name", name ? name : json_string("?"));
        json_array_append_new(parts, part);
    }
    return json_pack("{s:o, s:o, s:o*}", "classes", by_class, "parts", parts,
                     ATTRIBUTION_CODE, code_to_json(a));
}

void attribution_finish(struct attribution *attribution) {
    free(attribution->parts);
    json_decref(attribution->code);
    *attribution = (struct attribution){0};
}
