/*
 * fuzz FROM TO: damages traces, plain recordings and folders of the recorder, and gives
 * them to all code that reads them, under sanitizers. It runs the cases from FROM to
 * below TO. A case is the same every time, so its number alone repeats a failing one.
 *
 * It makes cases from small sound ones, and writes them as a writer without checks would.
 * So a checksum does not see most of the damage.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "import.h"
#include "lifetimes.h"
#include "memory.h"
#include "profile.h"
#include "profile_figures.h"
#include "rawfile.h"
#include "reason.h"
#include "recording.h"
#include "rng.h"
#include "trace.h"
#include "trace_format.h"

enum {
    RECORDS_MAX = 300,
    OBJECTS_MAX = 40,
    THREADS = 4,
    OBJECTS_LARGE = 1 << 16, /* larger tables are sound, but slow under sanitizers */
    BYTES_MAX = 1 << 20,
    RAW_FILES = 3,
};

enum outcome { REFUSED, READ, OUTCOMES };

static struct rng rng;
static unsigned long current; /* number of the current case */
static char folder[] = "/tmp/tidemark-fuzz-XXXXXX";
static char path[64], copy_path[64];
static FILE *nowhere;

void __sanitizer_set_death_callback(void (*callback)(void));

static void tell_case(void) {
    fprintf(stderr, "fuzz: that was case %lu: fuzz %lu %lu repeats it\n", current,
            current, current + 1);
}

static uint32_t below(uint32_t limit) {
    return (uint32_t)rng_below(&rng, limit);
}

static bool one_in(uint32_t n) {
    return below(n) == 0;
}

/* A number that readers may not expect. */
static uint32_t odd_number(void) {
    static const uint32_t numbers[] = {0,           1,
                                       2,           OBJECTS_MAX - 1,
                                       OBJECTS_MAX, 64,
                                       255,         65535,
                                       65536,       1 << 20,
                                       1 << 28,     (1 << 28) + 1,
                                       INT32_MAX,   UINT32_MAX - 1,
                                       UINT32_MAX};
    uint32_t n = sizeof numbers / sizeof numbers[0], which = below(n + 2);
    return which < n ? numbers[which] : below(UINT32_MAX);
}

static void write_file(const char *name, const void *bytes, size_t length) {
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, length) != (ssize_t)length) {
        perror(name);
        exit(3);
    }
    close(fd);
}

/* Changes some bytes, or cuts off the end. Returns the new length. */
static size_t damage_bytes(unsigned char *bytes, size_t length) {
    for (uint32_t n = below(4); n > 0 && length > 0; n--)
        bytes[below((uint32_t)length)] = (unsigned char)below(256);
    return one_in(3) && length > 0 ? below((uint32_t)length) : length;
}

/*
 * Replaces one of the variable-length numbers from `from` on by one of ten bytes. No
 * writer makes differences of such a size. Returns the new length.
 */
static size_t lengthen_number(unsigned char *bytes, size_t from, size_t length) {
    enum { LONGEST = 10 };
    size_t at = from + below((uint32_t)(length - from)), end = at;
    while (at > from && bytes[at - 1] & 0x80)
        at--;
    while (end < length && bytes[end] & 0x80)
        end++;
    end += end < length;
    memmove(bytes + at + LONGEST, bytes + end, length - end);
    memset(bytes + at, 0xff, LONGEST - 1);
    bytes[at] ^= (unsigned char)one_in(2); /* its sign */
    bytes[at + LONGEST - 1] = 1;
    return length - (end - at) + LONGEST;
}

/* ---- traces ---- */

/* Makes sound calls of a small heap, perhaps with an idle record. */
static size_t make_records(struct trace_record *records) {
    static const enum trace_op births[] = {TRACE_MALLOC, TRACE_CALLOC, TRACE_ALIGNED};
    bool is_live[OBJECTS_MAX] = {false};
    size_t count = below(RECORDS_MAX) + 1,
           idle = one_in(4) ? count : below((uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        uint32_t object = below(OBJECTS_MAX);
        enum trace_op op = !is_live[object] ? births[below(3)]
                           : one_in(3)      ? TRACE_REALLOC
                                            : TRACE_FREE;
        if (op != TRACE_REALLOC)
            is_live[object] = !is_live[object];
        records[i] = (struct trace_record){
            .time_ns = i * 1000,
            .object = object,
            .size = op == TRACE_FREE ? 0 : 1u << below(one_in(20) ? 24 : 16),
            .thread = (uint16_t)below(THREADS),
            .op = (uint8_t)op,
            .align_log2 = op == TRACE_ALIGNED ? (uint8_t)below(13) : 0};
    }
    if (idle < count) {
        memmove(&records[idle + 1], &records[idle], (count - idle) * sizeof *records);
        records[idle] = (struct trace_record){
            .time_ns = idle * 1000, .thread = (uint16_t)below(THREADS), .op = TRACE_IDLE};
        count++;
    }
    return count;
}

static void damage_record(struct trace_record *record) {
    switch (below(6)) {
    case 0:
        record->object = odd_number();
        break;
    case 1:
        record->op = (uint8_t)below(8);
        break;
    case 2:
        record->thread = (uint16_t)odd_number();
        break;
    case 3:
        record->align_log2 = (uint8_t)below(32);
        break;
    case 4:
        record->size = odd_number();
        break;
    default:
        record->time_ns = (uint64_t)odd_number() << below(33);
        break;
    }
}

static unsigned char *put(unsigned char *at, const void *bytes, size_t length) {
    memcpy(at, bytes, length);
    return at + length;
}

/* Appends the chunk of one thread's records. If `damage`, may damage its columns and its
 * head. */
static unsigned char *put_chunk(unsigned char *at, const struct trace_record *records,
                                size_t count, uint16_t thread, bool damage) {
    static struct trace_record own[RECORDS_MAX + 1];
    static uint64_t orders[RECORDS_MAX + 1];
    static unsigned char columns[BYTES_MAX], packed[2 * BYTES_MAX];
    struct trace_chunk chunk = {.kind = TRACE_CHUNK_CALLS, .thread = thread};
    for (size_t i = 0; i < count; i++)
        if (records[i].thread == thread) {
            own[chunk.records] = records[i];
            orders[chunk.records++] = i;
        }
    if (chunk.records == 0)
        return at;
    chunk.order = orders[0];
    chunk.time = own[0].time_ns;
    size_t length = trace_chunk_encode(own, orders, chunk.records, 1, columns);
    if (damage && one_in(4))
        length = damage_bytes(columns, length);
    for (uint32_t n = damage ? below(3) : 0; n > 0 && length > chunk.records; n--)
        length = lengthen_number(columns, chunk.records, length);
    if (damage && one_in(4))
        chunk.records = one_in(2) ? chunk.records + 1 : odd_number();
    if (damage && one_in(4))
        chunk.order = odd_number();
    chunk.bytes = (uint32_t)ZSTD_compress(packed, sizeof packed, columns, length, 1);
    return put(put(at, &chunk, sizeof chunk), packed, chunk.bytes);
}

/* Writes a trace. It is damaged in its records, its columns, its heads or its bytes, or
 * not at all. */
static void write_trace(void) {
    static struct trace_record records[RECORDS_MAX + 1];
    static unsigned char bytes[4 * BYTES_MAX];
    uint32_t how = below(5);
    size_t count = make_records(records);
    for (uint32_t n = how == 0 ? below(3) + 1 : 0; n > 0; n--)
        damage_record(&records[below((uint32_t)count)]);
    for (size_t i = 0; how == 0 && i < count; i++)
        if (records[i].op == TRACE_IDLE && one_in(2)) /* there is only one such record */
            damage_record(&records[i]);
    struct trace_head head = {
        .magic = TRACE_MAGIC, .version = TRACE_VERSION, .time_unit_ns = 1, .sample = 1};
    struct trace_chunk end = {.kind = TRACE_CHUNK_END,
                              .thread = THREADS,
                              .records = OBJECTS_MAX,
                              .order = count};
    uint32_t *const fields[] = {&head.time_unit_ns, &head.sample, &end.thread,
                                &end.records};
    if (how == 1)
        *fields[below(4)] = odd_number();
    unsigned char *at = put(bytes, &head, sizeof head);
    for (uint32_t thread = 0; thread <= UINT16_MAX; thread++)
        at = put_chunk(at, records, count, (uint16_t)thread, how == 2);
    at = put(at, &end, sizeof end);
    size_t length = (size_t)(at - bytes);
    write_file(path, bytes, how == 3 ? damage_bytes(bytes, length) : length);
}

/* ---- the code that reads them ---- */

static void profile(const struct trace *trace) {
    static struct profile_figures figures;
    struct profile found;
    if (profile_make(trace, &found) == 0) {
        profile_figures_list(&found, &found, 1, &figures);
        profile_finish(&found);
    }
}

/* Writes a trace that was read, and checks that it can be read again. */
static void write_again(const struct trace *trace) {
    struct trace_fault fault = {"it is another"};
    struct trace again;
    if (trace_write(copy_path, trace, 1, &fault) < 0 ||
        trace_read(copy_path, TRACE_WHOLE, &again, &fault) < 0 ||
        again.count != trace->count || again.objects != trace->objects) {
        fprintf(stderr, "fuzz: what was read cannot be written: %s\n", fault.text);
        abort();
    }
    trace_free(&again);
}

/* Does what the workload `replay` does with a trace before it makes the calls. */
static void prepare_replay(struct trace *trace) {
    enum { LANES = 3, WINDOW = 8 };
    static uint8_t lane_of[TRACE_THREADS_MAX];
    uint8_t *kinds = memory_map(trace->objects + (size_t)1);
    for (uint32_t i = 0; i < trace->threads; i++)
        lane_of[i] = (uint8_t)(i % LANES);
    for (uint32_t i = 0; i < trace->objects; i++)
        kinds[i] = (uint8_t)below(2);
    kinds = lifetimes_separate(trace, lane_of, LANES, WINDOW, kinds);
    memory_unmap(kinds, trace->objects + (size_t)1);
}

static void use(struct trace *trace) {
    uint64_t at_ns;
    if (trace->objects <= OBJECTS_LARGE) {
        if (one_in(3)) /* the model of places is large, and slow under sanitizers */
            profile(trace);
        shape_print(trace, nowhere);
        write_again(trace);
        prepare_replay(trace);
    }
    if (trace->count < trace->mapped) /* there is room for one more record */
        recording_mark_idle(trace, 1000, &at_ns);
    trace_free(trace);
}

static enum outcome read_trace(void) {
    struct trace_fault fault;
    struct trace trace;
    enum outcome outcome = REFUSED;
    write_trace();
    for (int need = TRACE_WHOLE; need <= TRACE_PREFIX; need++)
        if (trace_read(path, (enum trace_need)need, &trace, &fault) == 0) {
            use(&trace);
            outcome = READ;
        }
    return outcome;
}

/* ---- plain recordings ---- */

static enum outcome read_plain(void) {
    static const uint32_t ops[] = {0, 1, 2, 4, 5, 6, 7};
    static struct trace_record records[RECORDS_MAX + 1];
    static uint32_t plain[RECORDS_MAX + 1][4];
    size_t count = make_records(records), n = 0;
    bool damage = one_in(2);
    for (size_t i = 0; i < count; i++) {
        static const uint32_t numbers[] = {[TRACE_MALLOC] = 1,
                                           [TRACE_FREE] = 2,
                                           [TRACE_REALLOC] = 4,
                                           [TRACE_CALLOC] = 5,
                                           [TRACE_ALIGNED] = 6};
        if (records[i].op == TRACE_IDLE)
            continue;
        if (damage && one_in(100))
            damage_record(&records[i]);
        uint32_t op = records[i].op < sizeof numbers / sizeof numbers[0]
                          ? numbers[records[i].op]
                          : ops[below(7)];
        uint32_t meta =
            op | (uint32_t)records[i].align_log2 << 8 | (uint32_t)records[i].thread << 16;
        uint32_t record[] = {records[i].object, records[i].size, (uint32_t)i, meta};
        memcpy(plain[n++], record, sizeof record);
    }
    size_t length = n * sizeof plain[0];
    write_file(path, plain,
               damage && one_in(3) ? damage_bytes((unsigned char *)plain, length)
                                   : length);
    struct import_facts facts = {.time_unit_ns = 1 + below(1000),
                                 .sample = 1,
                                 .idle_before = one_in(2) ? below(RECORDS_MAX) : 0};
    struct reason reason;
    struct trace trace;
    if (import_plain(path, &facts, &trace, &reason) < 0)
        return REFUSED;
    use(&trace);
    return READ;
}

/* ---- folders of the recorder ---- */

/* Makes calls on few addresses, so that they come again. Some belong to no block. */
static void make_raw(struct raw_record *records, size_t count, bool damage) {
    for (size_t i = 0; i < count; i++) {
        records[i] = (struct raw_record){.address = below(32) * 16,
                                         .size = below(20) ? below(1000) : odd_number(),
                                         .order = i,
                                         .time = (uint32_t)i,
                                         .thread = (uint16_t)below(THREADS),
                                         .align_log2 = (uint8_t)below(4),
                                         .op = (uint8_t)(1 + below(6))};
        if (damage && one_in(50))
            records[i].order = one_in(2) ? below((uint32_t)count) : odd_number();
        if (damage && one_in(50))
            records[i].op = (uint8_t)below(256);
        if (damage && one_in(50))
            records[i].thread = (uint16_t)odd_number();
        if (damage && one_in(50))
            records[i].align_log2 = (uint8_t)below(256);
    }
}

static void write_raw(uint32_t number, bool damage) {
    static unsigned char bytes[RAW_HEAD_BYTES + RECORDS_MAX * sizeof(struct raw_record)];
    struct raw_record records[RECORDS_MAX];
    char name[PATH_MAX];
    size_t count = below(RECORDS_MAX);
    struct raw_head head = {.file = number,
                            .parent_file = below(number),
                            .parent_order = below(RECORDS_MAX),
                            .lost_order = UINT64_MAX};
    memcpy(head.magic, RAW_FILE_MAGIC, sizeof head.magic);
    memset(head.program, damage ? 'x' : 0, sizeof head.program);
    if (damage && one_in(3))
        head.parent_file = one_in(2) ? below(RAW_FILES + 1) : odd_number();
    if (damage && one_in(3))
        head.lost_order = below(RECORDS_MAX);
    if (damage && one_in(3))
        head.file = below(RAW_FILES + 1);
    make_raw(records, count, damage);
    put(bytes, &head, sizeof head);
    put(bytes + RAW_HEAD_BYTES, records, count * sizeof *records);
    size_t length = RAW_HEAD_BYTES + count * sizeof *records;
    snprintf(name, sizeof name, "%s.raw/%u.raw", path, number);
    write_file(name, bytes, damage && one_in(4) ? damage_bytes(bytes, length) : length);
}

static enum outcome read_folder(void) {
    char raw[PATH_MAX], control[PATH_MAX];
    struct recording recording;
    struct reason reason;
    enum outcome outcome = REFUSED;
    bool damage = one_in(2);
    snprintf(raw, sizeof raw, "%s.raw", path);
    snprintf(control, sizeof control, "%s.raw/control", path);
    mkdir(raw, 0700);
    struct raw_control head = {.files = damage && one_in(4) ? below(5000) : RAW_FILES};
    memcpy(head.magic, RAW_CONTROL_MAGIC, sizeof head.magic);
    write_file(control, &head, damage && one_in(10) ? below(sizeof head) : sizeof head);
    for (uint32_t n = 1; n <= RAW_FILES; n++)
        write_raw(n, damage);
    if (recording_open(&recording, raw, &reason) == 0) {
        for (size_t i = 0; i < recording.count; i++) {
            struct recording_facts facts;
            struct trace_fault fault;
            struct trace trace;
            if (recording_convert(&recording, &recording.files[i], &trace, &facts,
                                  &reason) < 0)
                continue;
            outcome = READ;
            if (trace_check(&trace, "raw", &fault) == 0)
                use(&trace);
            else
                trace_free(&trace);
        }
        recording_finish(&recording);
    }
    recording_remove(raw);
    return outcome;
}

/* ---- the whole ---- */

#ifdef WITHOUT_CHECK
/* The control: without the check of records, the sanitizers must find something. */
int __wrap_trace_check(const struct trace *trace, const char *name,
                       struct trace_fault *fault);
int __wrap_trace_check(const struct trace *trace, const char *name,
                       struct trace_fault *fault) {
    (void)trace;
    (void)name;
    (void)fault;
    return 0;
}
#endif

int main(int argc, char **argv) {
    static enum outcome (*const kinds[])(void) = {read_trace, read_plain, read_folder};
    static const char *const names[] = {"traces", "plain recordings", "folders"};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    unsigned long counts[KINDS][OUTCOMES] = {{0}};
    if (argc != 3 || !mkdtemp(folder))
        return 2;
    snprintf(path, sizeof path, "%s/case", folder);
    snprintf(copy_path, sizeof copy_path, "%s/again", folder);
    nowhere = fopen("/dev/null", "w");
    __sanitizer_set_death_callback(tell_case);
    unsigned long from = strtoul(argv[1], NULL, 10), to = strtoul(argv[2], NULL, 10);
    for (current = from; current < to; current++) {
        rng_seed(&rng, current);
        counts[current % KINDS][kinds[current % KINDS]()]++;
    }
    unlink(path);
    unlink(copy_path);
    rmdir(folder);
    int code = 0;
    for (int k = 0; k < KINDS; k++) {
        printf("%s: %lu read, %lu refused\n", names[k], counts[k][READ],
               counts[k][REFUSED]);
        /* if all cases are refused, or none, the run proves little */
        if (to - from >= 100 && (!counts[k][READ] || (k < 2 && !counts[k][REFUSED])))
            code = 3;
    }
    return code;
}
