/* exit() in the middle of a long round of giving back doesn't wait for the round's end.
 * The yardstick is the same round, measured in the same process: a heap in which every
 * other page is free. What counts is the time until the last destructor has returned
 * (stdio is flushed after it), not what the kernel takes to dismantle the process. */
#define _GNU_SOURCE /* fopencookie */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "account.h"
#include "child.h"

enum { PAGE = 4096, BLOCK = 2048, BLOCKS = 512 << 10, TRIES = 4 }; /* 1 GiB */

static struct {
    double full_s; /* of a whole round */
    double exit_s; /* called, then over */
    bool in_time;  /* it was called in the first half of a round */
} * shared;
static void **blocks;

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static size_t resident_pages(void) {
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    CHECK(length > 0);
    text[length] = '\0';
    const char *second = strchr(text, ' ');
    CHECK(second != NULL);
    return strtoull(second, NULL, 10);
}

/* Three blocks of four, so that each free page has neighbours that stay. */
static void fill_and_thin_out(void) {
    for (int i = 0; i < BLOCKS; i++)
        if (blocks[i] == NULL) {
            CHECK((blocks[i] = malloc(BLOCK)) != NULL);
            memset(blocks[i], 1, BLOCK);
        }
    for (int i = 0; i < BLOCKS; i++)
        if (i % 4 != 0) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
}

static ssize_t note_the_end(void *cookie, const char *text, size_t length) {
    (void)cookie;
    (void)text;
    shared->exit_s = now_s() - shared->exit_s;
    return (ssize_t)length;
}

static _Noreturn void child_main(void) {
    limit_time(50);
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = note_the_end});
    CHECK(stream != NULL && fputs("flushed at the end", stream) >= 0);
    fill_and_thin_out();
    double start = now_s();
    ebb_collect();
    shared->full_s = now_s() - start;
    fill_and_thin_out();
    size_t peak = resident_pages(), now = peak, whole = (size_t)BLOCKS * BLOCK / PAGE / 2;
    for (int ms = 0; ms < 10000 && (now = resident_pages()) > peak - whole / 10; ms++)
        usleep(1000);
    shared->in_time = peak - now < whole / 2;
    shared->exit_s = now_s();
    exit(0);
}

int main(void) {
    limit_time(100);
    shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    blocks = mmap(NULL, BLOCKS * sizeof *blocks, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED && blocks != MAP_FAILED);
    for (int i = 0; i < TRIES; i++) {
        pid_t child = fork();
        if (child == 0)
            child_main();
        wait_for(child);
        dprintf(1, "a round of giving back: %.0f ms, exit in %s: %.0f ms\n",
                shared->full_s * 1e3, shared->in_time ? "its first half" : "the second",
                shared->exit_s * 1e3);
        if (shared->in_time) {
            CHECK(shared->exit_s < shared->full_s / 3);
            return 0;
        }
    }
    dprintf(1, "skipped: exit() always came too late in the round\n");
    return 77;
}
