/* Most questions use blocks of 1,000 bytes. That is no size class of mimalloc, so the
 * distance between blocks shows that they were made for this size. */
#include "behaviour.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SIZE = 1000,
    BLOCKS = 200,
    PAIRS = 20000,
    FAULTS_MAX = 1000, /* if each pair leaks a block, there are 5,000 and more */
    ALIGNED = 4096,
    YES = 93,
};

/* Contents of blocks to be freed. A function that only frees does so whatever a block
 * holds. */
static const unsigned char fillings[] = {0, 1, 0x5a, 0xff};

/* The parameters of each kind go into the first registers. The function ignores the
 * others. */
typedef uintptr_t routine(uintptr_t, uintptr_t, uintptr_t, uintptr_t);

static routine *at(const struct functions *functions, size_t base, size_t i) {
    return (routine *)(base + functions->list[i].address);
}

/* ---- a process for one question ---- */

/* Allows the system calls that allocators make for memory. Calls that wait for others end
 * the process, since nobody would ever answer. All other calls fail. */
static int confine(void) {
    static const struct {
        int call;
        unsigned verdict;
    } rules[] = {
        {SYS_mmap, SECCOMP_RET_ALLOW},
        {SYS_munmap, SECCOMP_RET_ALLOW},
        {SYS_mremap, SECCOMP_RET_ALLOW},
        {SYS_madvise, SECCOMP_RET_ALLOW},
        {SYS_mprotect, SECCOMP_RET_ALLOW},
        {SYS_brk, SECCOMP_RET_ALLOW},
        {SYS_exit_group, SECCOMP_RET_ALLOW},
        {SYS_rt_sigreturn, SECCOMP_RET_ALLOW},
        {SYS_clock_gettime, SECCOMP_RET_ALLOW},
        {SYS_getpid, SECCOMP_RET_ALLOW},
        {SYS_gettid, SECCOMP_RET_ALLOW},
        {SYS_getrandom, SECCOMP_RET_ALLOW},
        {SYS_getrusage, SECCOMP_RET_ALLOW},
        {SYS_futex, SECCOMP_RET_KILL_PROCESS},
        {SYS_nanosleep, SECCOMP_RET_KILL_PROCESS},
        {SYS_clock_nanosleep, SECCOMP_RET_KILL_PROCESS},
        {SYS_sched_yield, SECCOMP_RET_KILL_PROCESS},
    };
    enum { RULES = sizeof rules / sizeof rules[0] };
    struct sock_filter code[4 + 2 * RULES + 1] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    unsigned short n = 4;
    for (size_t i = 0; i < RULES; i++) {
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                 (unsigned)rules[i].call, 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, rules[i].verdict);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog program = {.len = n, .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        return -errno;
    return 0;
}

struct question {
    routine *alloc, *free, *asked; /* known ones or NULL; the one in question */
    const struct functions *functions;
    size_t base;
    bool (*is_so)(const struct question *question);
    bool is_late; /* the last answer did not come in time */
};

static void answer(const struct question *question) {
    struct rlimit space = {64ul << 30, 64ul << 30}, time = {1, 1};
    struct sigaction usual = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 32; number++)
        sigaction(number, &usual, NULL);
    prctl(PR_SET_DUMPABLE, 0); /* a crash writes no core file */
    setrlimit(RLIMIT_AS, &space);
    setrlimit(RLIMIT_CPU, &time); /* processor time, not time that passes */
    alarm(10);
    if (confine() < 0)
        _exit(0);
    _exit(question->is_so(question) ? YES : 0);
}

static bool ask(struct question *question) {
    int status;
    pid_t pid = fork();
    if (pid == 0)
        answer(question);
    if (pid < 0)
        return false;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    question->is_late = WIFSIGNALED(status) &&
                        (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGXCPU ||
                         WTERMSIG(status) == SIGKILL);
    return WIFEXITED(status) && WEXITSTATUS(status) == YES;
}

static bool always(const struct question *question) {
    (void)question;
    return true;
}

/* ---- blocks ---- */

static bool has_bytes(uintptr_t block, unsigned char byte, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (((const unsigned char *)block)[i] != byte)
            return false;
    return true;
}

static int by_value(const void *a, const void *b) {
    const uintptr_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Obtains `count` blocks from f(first, second), and writes `length` bytes to each. False
 * if the blocks overlap or lose their contents. */
static bool obtain(routine *f, size_t first, size_t second, size_t length, size_t count,
                   uintptr_t *ret) {
    uintptr_t sorted[BLOCKS];
    for (size_t i = 0; i < count; i++) {
        ret[i] = f(first, second, 0, 0);
        if (ret[i] < ALIGNED || ret[i] % sizeof(void *) != 0)
            return false;
        memset((void *)ret[i], (int)(i + 1), length);
    }
    for (size_t i = 0; i < count; i++)
        if (!has_bytes(ret[i], (unsigned char)(i + 1), length))
            return false;
    memcpy(sorted, ret, count * sizeof *ret);
    qsort(sorted, count, sizeof *sorted, by_value);
    for (size_t i = 1; i < count; i++)
        if (sorted[i] - sorted[i - 1] < length)
            return false;
    return true;
}

static void give_back(const struct question *q, const uintptr_t *blocks, size_t size) {
    for (size_t i = 0; i < BLOCKS; i++)
        q->free(blocks[i], size, 8, 0);
}

/* ---- the questions ---- */

/* Whether it hands out blocks of the requested size. Small blocks must lie close
 * together, so that a function that ignores the size is not taken for one. */
static bool hands_out(const struct question *q) {
    uintptr_t small[BLOCKS], blocks[BLOCKS], large[8], low = UINTPTR_MAX, high = 0;
    if (!obtain(q->asked, 32, 16, 32, BLOCKS, small))
        return false;
    for (size_t i = 0; i < BLOCKS; i++) {
        low = small[i] < low ? small[i] : low;
        high = small[i] > high ? small[i] : high;
    }
    return high - low < (uintptr_t)BLOCKS * SIZE &&
           obtain(q->asked, SIZE, 8, SIZE, BLOCKS, blocks) &&
           obtain(q->asked, 100 * SIZE, 16, 100 * SIZE, 8, large);
}

static long page_faults(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_minflt : 0;
}

/*
 * Whether `free` takes back what `alloc` hands out. Then the memory is handed out again,
 * whatever a block holds, so the address range does not grow with the number of pairs.
 * Blocks in use must keep their contents. Page faults show whether memory grows
 * elsewhere, as it does if `free` is in truth a realloc.
 */
static bool takes_back(const struct question *q) {
    uintptr_t kept[BLOCKS], low = UINTPTR_MAX, high = 0;
    if (!obtain(q->alloc, SIZE, 8, SIZE, BLOCKS, kept))
        return false;
    long before = page_faults();
    for (size_t i = 0; i < PAIRS; i++) {
        uintptr_t block = q->alloc(SIZE, 8, 0, 0);
        if (!block)
            return false;
        low = block < low ? block : low;
        high = block > high ? block : high;
        memset((void *)block, fillings[i % sizeof fillings], SIZE);
        q->free(block, SIZE, 8, SIZE);
    }
    long faults = page_faults() - before;
    for (size_t i = 0; i < BLOCKS; i++)
        if (!has_bytes(kept[i], (unsigned char)(i + 1), SIZE))
            return false;
    give_back(q, kept, SIZE);
    return faults < FAULTS_MAX && high - low < (uintptr_t)PAIRS * SIZE / 16;
}

static bool aligns(const struct question *q) {
    for (size_t alignment = 1; alignment <= ALIGNED; alignment *= 2)
        for (size_t i = 0; i < 8; i++) {
            uintptr_t block = q->asked(SIZE, alignment, 0, 0);
            if (!block || block % alignment)
                return false;
        }
    return true;
}

static bool multiplies(const struct question *q) {
    uintptr_t blocks[BLOCKS];
    return obtain(q->asked, 8, SIZE / 2, 8 * (SIZE / 2), BLOCKS, blocks);
}

/* Whether its blocks are zero, even in memory that held other contents. */
static bool zeroes(const struct question *q) {
    uintptr_t blocks[BLOCKS];
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < BLOCKS; i++) {
            blocks[i] = q->alloc(SIZE, 8, 0, 0);
            memset((void *)blocks[i], 0xff, SIZE);
        }
        give_back(q, blocks, SIZE);
        for (size_t i = 0; i < BLOCKS; i++) {
            blocks[i] = q->asked(SIZE, 8, 0, 0);
            if (!blocks[i] || !has_bytes(blocks[i], 0, SIZE))
                return false;
        }
        give_back(q, blocks, SIZE);
    }
    return true;
}

static bool is_free(const struct question *q) {
    struct question pair = *q;
    pair.free = q->asked;
    return takes_back(&pair);
}

/*
 * Whether it moves a block with its contents, and the old block can be handed out again.
 */
static bool reallocates(const struct question *q) {
    uintptr_t blocks[BLOCKS], low = UINTPTR_MAX, high = 0;
    if (!obtain(q->alloc, SIZE, 16, SIZE, BLOCKS, blocks))
        return false;
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = q->asked(blocks[i], 3 * SIZE, 16, 0);
        if (!blocks[i] || !has_bytes(blocks[i], (unsigned char)(i + 1), SIZE))
            return false;
        memset((void *)blocks[i], 0xff, 3 * SIZE);
    }
    give_back(q, blocks, 3 * SIZE);
    for (size_t i = 0; i < PAIRS; i++) {
        uintptr_t block = q->alloc(SIZE, 16, 0, 0);
        block = block ? q->asked(block, 30 * SIZE, 16, 0) : 0;
        if (!block)
            return false;
        memset((void *)block, 1, SIZE);
        low = block < low ? block : low;
        high = block > high ? block : high;
        q->free(block, 30 * SIZE, 16, 0);
    }
    return high - low < (uintptr_t)PAIRS * SIZE / 16;
}

/* The known aligned allocation function, or else the plain one. The block must be
 * aligned, because a realloc may only keep the alignment of its block. */
static routine *aligned_alloc_of(const struct question *q) {
    for (size_t i = 0; i < q->functions->count; i++)
        if (q->functions->list[i].kind == KIND_MALLOC_ALIGNED)
            return at(q->functions, q->base, i);
    return q->alloc;
}

static bool reallocates_aligned(const struct question *q) {
    routine *alloc = aligned_alloc_of(q);
    for (size_t alignment = 64; alignment <= ALIGNED; alignment *= 2)
        for (size_t i = 0; i < 8; i++) {
            uintptr_t block = alloc(SIZE, alignment, 0, 0);
            block = block ? q->asked(block, 5 * SIZE, alignment, 0) : 0;
            if (!block || block % alignment)
                return false;
        }
    return true;
}

/* Whether it takes (block, count, size). No kind describes that. */
static bool reallocates_many(const struct question *q) {
    uintptr_t blocks[BLOCKS];
    enum { LENGTH = 8 * (SIZE / 2) };
    for (size_t i = 0; i < BLOCKS; i++) {
        uintptr_t block = q->alloc(16, 8, 0, 0);
        blocks[i] = block ? q->asked(block, 8, SIZE / 2, 0) : 0;
        if (!blocks[i])
            return false;
        memset((void *)blocks[i], 1, LENGTH);
    }
    qsort(blocks, BLOCKS, sizeof *blocks, by_value);
    for (size_t i = 1; i < BLOCKS; i++)
        if (blocks[i] - blocks[i - 1] < LENGTH)
            return false;
    return true;
}

static bool tells_size(const struct question *q) {
    static const size_t sizes[] = {100, SIZE, 5 * SIZE, 100 * SIZE};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int filling = 0; filling < 256; filling += 85) {
            uintptr_t block = q->alloc(sizes[i], 8, 0, 0);
            memset((void *)block, filling, sizes[i]);
            uintptr_t size = q->asked(block, 0, 0, 0);
            if (size < sizes[i] || size > 2 * sizes[i] ||
                size != q->asked(block, 0, 0, 0) ||
                !has_bytes(block, (unsigned char)filling, sizes[i]))
                return false;
        }
    return true;
}

/* Whether it hands out blocks of any size of at least 16 bytes that `free` takes back. */
static bool hands_out_some(const struct question *q) {
    uintptr_t blocks[BLOCKS], low = UINTPTR_MAX, high = 0;
    if (!obtain(q->asked, 100, 16, 16, BLOCKS, blocks))
        return false;
    for (size_t i = 0; i < PAIRS; i++) {
        uintptr_t block = q->asked(100, 16, 0, 0);
        memset((void *)block, 0x5a, 16);
        low = block < low ? block : low;
        high = block > high ? block : high;
        q->free(block, 100, 16, 100);
    }
    return high - low < (uintptr_t)PAIRS * 16 / 4;
}

/* ---- whether a function only calls known functions ---- */

static uintptr_t last_obtained, last_freed;

static uintptr_t stub_alloc(uintptr_t size, uintptr_t alignment) {
    return last_obtained = (uintptr_t)memalign(alignment > 16 ? alignment : 16, size);
}

static uintptr_t stub_zalloc(uintptr_t size, uintptr_t alignment) {
    return (uintptr_t)memset((void *)stub_alloc(size, alignment), 0, size);
}

static uintptr_t stub_plain(uintptr_t size) {
    return last_obtained = (uintptr_t)malloc(size);
}

static uintptr_t stub_calloc(uintptr_t count, uintptr_t size) {
    return last_obtained = (uintptr_t)calloc(count, size);
}

static uintptr_t stub_zalloc_plain(uintptr_t size) {
    return stub_calloc(1, size);
}

static uintptr_t stub_realloc(uintptr_t block, uintptr_t size) {
    last_freed = block;
    return last_obtained = (uintptr_t)realloc((void *)block, size);
}

static void stub_free(uintptr_t block) {
    last_freed = block;
}

static const void *const stubs[KINDS] = {
    [KIND_MALLOC] = (const void *)stub_plain,
    [KIND_MALLOC_ALIGNED] = (const void *)stub_alloc,
    [KIND_ZALLOC] = (const void *)stub_zalloc_plain,
    [KIND_ZALLOC_ALIGNED] = (const void *)stub_zalloc,
    [KIND_CALLOC] = (const void *)stub_calloc,
    [KIND_REALLOC] = (const void *)stub_realloc,
    [KIND_REALLOC_ALIGNED] = (const void *)stub_realloc,
    [KIND_FREE] = (const void *)stub_free,
    [KIND_USABLE_SIZE] = (const void *)malloc_usable_size,
};

/* Replaces all known functions by stubs, in this process only. */
static bool put_stubs(const struct question *q) {
    enum { PAGE = 4096 };
    for (size_t i = 0; i < q->functions->count; i++) {
        const void *stub = stubs[q->functions->list[i].kind];
        uintptr_t code = q->base + q->functions->list[i].address,
                  page = code & ~(uintptr_t)(PAGE - 1);
        if (!stub)
            continue;
        if (mprotect((void *)page, 2 * (size_t)PAGE, PROT_READ | PROT_WRITE | PROT_EXEC))
            return false;
        function_put_jump((unsigned char *)code, stub);
    }
    return true;
}

static bool leads_to_alloc(const struct question *q) {
    if (!put_stubs(q))
        return false;
    uintptr_t block = q->asked(SIZE, 16, 0, 0);
    return block && block == last_obtained;
}

static bool uses_alloc(const struct question *q) {
    return put_stubs(q) && q->asked(100, 16, 0, 0) && last_obtained;
}

static bool leads_to_free(const struct question *q) {
    if (!put_stubs(q))
        return false;
    for (size_t i = 0; i < sizeof fillings; i++) {
        uintptr_t block = (uintptr_t)malloc(SIZE);
        memset((void *)block, fillings[i], SIZE);
        q->asked(block, SIZE, 16, SIZE);
        if (last_freed != block)
            return false;
    }
    return true;
}

/* ---- all of them ---- */

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_LATE };

static bool is(struct question *q, bool (*is_so)(const struct question *)) {
    q->is_so = is_so;
    return ask(q);
}

/* The kind of a function whose blocks `free` takes back. calloc is checked first, because
 * it zeroes, too. */
static enum kind kind_of_alloc(struct question *q) {
    if (is(q, multiplies))
        return KIND_CALLOC;
    bool is_aligned = is(q, aligns), is_zeroed = is(q, zeroes);
    if (is_aligned)
        return is_zeroed ? KIND_ZALLOC_ALIGNED : KIND_MALLOC_ALIGNED;
    return is_zeroed ? KIND_ZALLOC : KIND_MALLOC;
}

/* Finds the first pair of functions that work together, and sets `q->alloc` and
 * `q->free`. */
static bool find_pair(struct functions *functions, struct question *q,
                      const enum answer *hands_out_blocks) {
    for (size_t a = 0; a < functions->count; a++)
        for (size_t f = 0; hands_out_blocks[a] == ANSWER_YES && f < functions->count;
             f++) {
            if (hands_out_blocks[f] != ANSWER_NO)
                continue;
            q->alloc = q->asked = at(functions, q->base, a);
            q->free = at(functions, q->base, f);
            if (!is(q, takes_back))
                continue;
            functions->list[f].kind = KIND_FREE;
            functions->list[a].kind = kind_of_alloc(q);
            return true;
        }
    return false;
}

static void tell_alloc(struct function *function, struct question *q) {
    struct question pair = *q;
    pair.alloc = q->asked;
    if (is(&pair, takes_back) && !is(q, leads_to_alloc))
        function->kind = kind_of_alloc(q);
}

static enum kind kind_of_other(struct question *q) {
    if (is(q, reallocates)) {
        if (is(q, reallocates_many))
            return KIND_OTHER;
        return is(q, reallocates_aligned) ? KIND_REALLOC_ALIGNED : KIND_REALLOC;
    }
    if (is(q, is_free))
        return is(q, leads_to_free) ? KIND_NONE : KIND_FREE;
    if (is(q, tells_size))
        return KIND_USABLE_SIZE;
    return is(q, hands_out_some) && !is(q, uses_alloc) ? KIND_OTHER : KIND_NONE;
}

/* Finds the kinds of the functions with one answer, once a pair is known. */
static void tell_rest(struct functions *functions, struct question *q,
                      const enum answer *hands_out_blocks, enum answer wanted) {
    for (size_t i = 0; i < functions->count; i++) {
        q->asked = at(functions, q->base, i);
        if (functions->list[i].kind != KIND_NONE || hands_out_blocks[i] != wanted)
            continue;
        if (wanted == ANSWER_YES)
            tell_alloc(&functions->list[i], q);
        else
            functions->list[i].kind = kind_of_other(q);
    }
}

int behaviour_tell(struct functions *functions, size_t base) {
    enum answer hands_out_blocks[FUNCTIONS_MAX];
    struct question q = {.functions = functions, .base = base};
    for (size_t i = 0; i < functions->count; i++)
        functions->list[i].kind = KIND_NONE;
    if (!is(&q, always))
        return -ENOSYS;
    for (size_t i = 0; i < functions->count; i++) {
        q.asked = at(functions, base, i);
        hands_out_blocks[i] = is(&q, hands_out) ? ANSWER_YES
                              : q.is_late       ? ANSWER_LATE
                                                : ANSWER_NO;
    }
    if (find_pair(functions, &q, hands_out_blocks)) {
        tell_rest(functions, &q, hands_out_blocks, ANSWER_YES);
        tell_rest(functions, &q, hands_out_blocks, ANSWER_NO);
    }
    return 0;
}

bool behaviour_is_of_shims(const struct functions *functions, size_t base) {
    struct question q = {.alloc = at(functions, base, 0),
                         .free = at(functions, base, 1),
                         .functions = functions,
                         .base = base};
    q.asked = q.alloc;
    if (!aligns(&q) || !takes_back(&q))
        return false;
    q.asked = at(functions, base, 2);
    if (!reallocates(&q) || !reallocates_aligned(&q))
        return false;
    q.asked = at(functions, base, 3);
    return aligns(&q) && zeroes(&q);
}
