/*
 * One mapping holds everything that a child must not inherit. The kernel wipes it at a
 * fork (MADV_WIPEONFORK). So the child notices at its first call, after any kind of fork,
 * that it needs a file of its own. A child of vfork shares its parent's memory: its calls
 * count as its parent's.
 *
 * We keep no descriptor open, since programs close those they do not know. We make system
 * calls by syscall(): the C library's functions are cancellation points, and malloc must
 * not be one.
 */
#include "buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FOLDER_MAX = 3072, NAME_MAX_LENGTH = 32 };

/* A mapped piece of the file, and the thread number in its records. One thread has it at
 * a time. When that thread ends, a new thread goes on with both. */
struct piece {
    struct raw_record *records; /* RAW_CHUNK_RECORDS records; NULL: no piece */
    uint16_t used, thread;
};

/* The state of this process image. A fork wipes it. All zero means that recording has not
 * begun. */
struct process {
    _Atomic uint32_t file;         /* N of the file's name; begin() writes it last */
    _Atomic uint32_t lock;         /* 1: some thread is in begin() or uses the spares */
    _Atomic uint32_t is_full;      /* no room is left: nothing more is recorded */
    _Atomic uint32_t chunks;       /* chunks given out */
    struct raw_head *head;         /* published by `file` */
    uint32_t threads, spare_count; /* under the lock; numbers given out */
    struct piece spares[RAW_THREADS_MAX]; /* backed only as far as threads have ended */
};

/* The state of a thread. If `file` is not that of the process, a fork has made the rest
 * invalid. */
struct writer {
    uint32_t file;
    volatile bool is_busy; /* inside a call: so a signal handler's call is noticed */
    struct piece piece;
};

static struct process *process; /* set once, by buffer_open() */
static struct raw_control *control;
static char folder[FOLDER_MAX];
static pthread_key_t key;
static uint32_t last_file; /* a fork copies it: in the child it is the parent's */
static _Alignas(64) _Atomic uint64_t next_order; /* a fork's child counts on */
static __thread struct writer writer __attribute__((tls_model("initial-exec")));

static void lock(void) {
    /* acquire: pairs with the release in unlock() */
    while (atomic_exchange_explicit(&process->lock, 1, memory_order_acquire))
        syscall(SYS_sched_yield);
}

static void unlock(void) {
    atomic_store_explicit(&process->lock, 0, memory_order_release);
}

/* ---- files ---- */

/* Writes FOLDER/N.raw into `path`, which has FOLDER_MAX + NAME_MAX_LENGTH bytes. */
static void raw_path(char *path, uint32_t file) {
    char digits[12];
    unsigned n = 0;
    do
        digits[n++] = (char)('0' + file % 10);
    while (file /= 10);
    char *at = stpcpy(path, folder);
    *at++ = '/';
    while (n > 0)
        *at++ = digits[--n];
    strcpy(at, ".raw");
}

/* Opens the file of this process. Returns a descriptor or -errno. */
static int open_file(uint32_t file) {
    char path[FOLDER_MAX + NAME_MAX_LENGTH];
    raw_path(path, file);
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    return fd < 0 ? -errno : (int)fd;
}

/* Whether a write up to `end` would exceed the limit of file sizes. SIGXFSZ would end the
 * program. */
static bool is_beyond_limit(off_t end) {
    struct rlimit limit;
    return syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) == 0 &&
           limit.rlim_cur != RLIM_INFINITY && (rlim_t)end > limit.rlim_cur;
}

static int write_at(int fd, const void *bytes, size_t length, off_t offset) {
    if (is_beyond_limit(offset + (off_t)length))
        return -EFBIG;
    long n = syscall(SYS_pwrite64, fd, bytes, length, offset);
    return n == (long)length ? 0 : n < 0 ? -errno : -ENOSPC;
}

/* Writes zeros at `offset`. That reserves room on the disk now, so that no store into the
 * mapping can fail. */
static int reserve(int fd, size_t bytes, off_t offset) {
    static const char zeros[RAW_HEAD_BYTES];
    int error = 0;
    for (size_t done = 0; !error && done < bytes; done += sizeof zeros)
        error = write_at(fd, zeros, sizeof zeros, offset + (off_t)done);
    return error;
}

/* Closes the file. Reports the error, if there is one, to `tidemark record`. */
static void close_file(int fd, int error) {
    if (fd >= 0)
        syscall(SYS_close, fd);
    if (error) /* relaxed: read when this process has ended */
        atomic_store_explicit(&control->error, -error, memory_order_relaxed);
}

/* Maps a new piece of the file of this process. NULL if it cannot; the error is reported
 * then. */
static void *map_piece(uint32_t file, size_t bytes, off_t offset) {
    void *at = MAP_FAILED;
    int fd = open_file(file);
    int error = fd < 0 ? fd : reserve(fd, bytes, offset);
    if (!error) {
        at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
        error = at == MAP_FAILED ? -errno : 0;
    }
    close_file(fd, error);
    if (error)
        return NULL;
    madvise(at, bytes, MADV_DONTFORK);
    return at;
}

/* Takes `bytes` of the room that all processes share. False if there is not enough. */
static bool take_room(size_t bytes) {
    /* relaxed: a sum, and a flag that may be seen late */
    return !atomic_load_explicit(&control->is_stopped, memory_order_relaxed) &&
           atomic_fetch_add_explicit(&control->bytes_taken, bytes, memory_order_relaxed) +
                   bytes <=
               control->bytes_max;
}

/* ---- the process ---- */

static void fill_head(struct raw_head *head, uint32_t file) {
    char path[PATH_MAX];
    long length =
        syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    memcpy(head->program, name, strnlen(name, sizeof head->program - 1));
    head->file = file;
    head->parent_file = last_file;
    head->parent_order = atomic_load_explicit(&next_order, memory_order_relaxed);
    head->pid = (uint32_t)syscall(SYS_getpid);
    atomic_store_explicit(&head->lost_order, UINT64_MAX, memory_order_relaxed);
    memcpy(head->magic, RAW_FILE_MAGIC, sizeof head->magic);
}

/* Makes the file, at the first call after the start or after a fork. Returns its number,
 * or 0 if there is no room. Keeps errno. */
static uint32_t begin(void) {
    int saved = errno;
    lock();
    uint32_t file = atomic_load_explicit(&process->file, memory_order_relaxed);
    if (file == 0 && !process->is_full) {
        file = 1 + atomic_fetch_add_explicit(&control->files, 1, memory_order_relaxed);
        struct raw_head *head =
            take_room(RAW_HEAD_BYTES) ? map_piece(file, RAW_HEAD_BYTES, 0) : NULL;
        if (head) {
            fill_head(head, file);
            process->head = head;
            last_file = file;
            /*
             * release: pairs with the acquire in buffer_note(), so the head is complete
             */
            atomic_store_explicit(&process->file, file, memory_order_release);
        } else {
            file = 0;
            atomic_store_explicit(&process->is_full, 1, memory_order_relaxed);
            /* relaxed: read when this process has ended */
            atomic_fetch_add_explicit(&control->unrecorded, 1, memory_order_relaxed);
        }
    }
    unlock();
    errno = saved;
    return file;
}

/* Stops recording, because a record found no room. Records with this order or a later one
 * are not usable. */
static void stop(void) {
    uint64_t lost = atomic_fetch_add_explicit(&next_order, 1, memory_order_relaxed);
    uint64_t first =
        atomic_load_explicit(&process->head->lost_order, memory_order_relaxed);
    while (lost < first && !atomic_compare_exchange_weak_explicit(
                               &process->head->lost_order, &first, lost,
                               memory_order_relaxed, memory_order_relaxed))
        ;
    /* release: pairs with the acquire in buffer_note(): a thread that sees the flag drops
     * its record; the order of that record would be above lost_order */
    atomic_store_explicit(&process->is_full, 1, memory_order_release);
}

/* ---- the threads ---- */

/*
 * Called when a thread ends. Its piece and its number become a spare for another thread.
 * If the thread calls malloc once more (other destructors may), it gets a piece again,
 * and this function is called again.
 */
static void leave(void *unused) {
    (void)unused;
    struct writer *w = &writer;
    w->is_busy = true;
    if (w->piece.records &&
        w->file == atomic_load_explicit(&process->file, memory_order_relaxed)) {
        lock();
        process->spares[process->spare_count++] = w->piece;
        unlock();
    }
    w->piece = (struct piece){0};
    w->is_busy = false;
}

/* Takes a chunk of the file that no thread has. Negative if there is no room. */
static off_t take_chunk(void) {
    if (!take_room(RAW_CHUNK_BYTES))
        return -1;
    uint32_t chunk = atomic_fetch_add_explicit(&process->chunks, 1, memory_order_relaxed);
    return RAW_HEAD_BYTES + (off_t)chunk * RAW_CHUNK_BYTES;
}

/* Makes a piece with a new thread number. False if there is no room for a piece, or too
 * many threads. */
static bool make_piece(uint32_t file, uint32_t thread, struct piece *ret) {
    if (thread >= RAW_THREADS_MAX) {
        /* relaxed: read when this process has ended */
        atomic_store_explicit(&control->error, EUSERS, memory_order_relaxed);
        return false;
    }
    off_t offset = take_chunk();
    struct raw_record *records =
        offset > 0 ? map_piece(file, RAW_CHUNK_BYTES, offset) : NULL;
    *ret = (struct piece){.records = records, .thread = (uint16_t)thread};
    return records != NULL;
}

/* Gets the first piece of a thread: a spare, or a new one. */
static bool get_piece(struct writer *w) {
    uint32_t thread = 0;
    lock();
    if (process->spare_count > 0)
        w->piece = process->spares[--process->spare_count];
    else
        thread = process->threads++;
    unlock();
    if (w->piece.records || make_piece(w->file, thread, &w->piece))
        pthread_setspecific(key, w);
    return w->piece.records != NULL;
}

/*
 * Copies a full piece to a new chunk of the file, and empties it. A newly mapped piece
 * would cost a page fault for each page. If the process is killed in between, the records
 * are there twice; the reader notices by their orders.
 */
static bool flush(struct piece *piece, uint32_t file) {
    off_t offset = take_chunk();
    int fd = offset < 0 ? -1 : open_file(file);
    int error = offset < 0 ? 0
                : fd < 0   ? fd
                           : write_at(fd, piece->records, RAW_CHUNK_BYTES, offset);
    close_file(fd, error);
    if (offset < 0 || error)
        return false;
    memset(piece->records, 0, RAW_CHUNK_BYTES);
    piece->used = 0;
    return true;
}

/* Makes room for another record of this thread. Keeps errno. */
static bool make_room(struct writer *w, uint32_t file) {
    int saved = errno;
    if (w->file != file) {
        w->file = file;
        w->piece = (struct piece){0};
    }
    bool has_room = w->piece.records || get_piece(w);
    if (has_room && w->piece.used == RAW_CHUNK_RECORDS)
        has_room = flush(&w->piece, file);
    errno = saved;
    return has_room;
}

static uint32_t time_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    uint64_t ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    return ns > control->start_ns
               ? (uint32_t)((ns - control->start_ns) / RAW_TIME_UNIT_NS)
               : 0;
}

static void put(struct writer *w, enum raw_op op, const void *block, size_t size,
                unsigned align_log2) {
    struct raw_record *record = &w->piece.records[w->piece.used++];
    record->address = (uintptr_t)block;
    record->size = size;
    record->order = atomic_fetch_add_explicit(&next_order, 1, memory_order_relaxed);
    record->time = time_now();
    record->thread = w->piece.thread;
    record->align_log2 = (uint8_t)align_log2;
    /* release: for a reader of the file, after a kill */
    atomic_store_explicit(&record->op, op, memory_order_release);
}

void buffer_note(enum raw_op op, const void *block, size_t size, unsigned align_log2) {
    struct writer *w = &writer;
    /* acquire: pairs with the release in stop() */
    if (!process || atomic_load_explicit(&process->is_full, memory_order_acquire))
        return;
    if (w->is_busy) {
        if (process->head)
            atomic_fetch_add_explicit(&process->head->nested, 1, memory_order_relaxed);
        return;
    }
    w->is_busy = true;
    /* acquire: pairs with the release in begin() */
    uint32_t file = atomic_load_explicit(&process->file, memory_order_acquire);
    if (file == 0)
        file = begin();
    if (file != 0) {
        bool has_room =
            w->file == file && w->piece.records && w->piece.used < RAW_CHUNK_RECORDS;
        if (has_room || make_room(w, file))
            put(w, op, block, size, align_log2);
        else
            stop();
    }
    w->is_busy = false;
}

/* ---- the start ---- */

static const char *variable(char **envp, const char *name) {
    size_t length = strlen(name);
    for (; envp && *envp; envp++)
        if (strncmp(*envp, name, length) == 0 && (*envp)[length] == '=')
            return *envp + length + 1;
    return NULL;
}

static struct raw_control *map_control(void) {
    char path[FOLDER_MAX + NAME_MAX_LENGTH];
    strcpy(stpcpy(path, folder), "/control");
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0)
        return NULL;
    void *at =
        mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
    syscall(SYS_close, fd);
    struct raw_control *found = at == MAP_FAILED ? NULL : at;
    return found && memcmp(found->magic, RAW_CONTROL_MAGIC, sizeof found->magic) == 0
               ? found
               : NULL;
}

void buffer_open(char **envp) {
    const char *where = variable(envp, RAW_FOLDER_VARIABLE);
    if (!where || strlen(where) >= FOLDER_MAX || process)
        return;
    strcpy(folder, where);
    control = map_control();
    void *page = mmap(NULL, sizeof *process, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!control || page == MAP_FAILED)
        return;
    if (madvise(page, sizeof *process, MADV_WIPEONFORK) < 0 ||
        pthread_key_create(&key, leave) != 0) {
        atomic_store_explicit(&control->error, errno ? errno : ENOTSUP,
                              memory_order_relaxed);
        return;
    }
    process = page;
}
