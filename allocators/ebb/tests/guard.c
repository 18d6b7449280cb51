/* Guarded sampling: what runs beyond a block, below it, or comes too late for it, is
 * reported where it happens, with the stacks of its allocation and its release; a program
 * without faults runs as ever. Each case in a child of its own, whose report is read. */
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"

enum { BLOCKS = 4000, ROUNDS = 10 };

static volatile unsigned char *blocks[BLOCKS];

static size_t size_of(int i) {
    return 1 + (size_t)i % 400;
}

/* One block in a hundred is guarded: the fault is made with each in turn. */
static void use(const char *fault) {
    for (int i = 0; i < BLOCKS; i++) {
        bool zeroed = strcmp(fault, "beyond, by calloc") == 0;
        blocks[i] = zeroed ? calloc(1, size_of(i)) : malloc(size_of(i));
        CHECK(blocks[i] != NULL && (!zeroed || blocks[i][size_of(i) - 1] == 0));
        memset((void *)blocks[i], i, size_of(i));
        if (strncmp(fault, "beyond", 6) == 0)
            (void)blocks[i][(size_of(i) + 15) / 16 * 16];
        if (strcmp(fault, "below") == 0)
            (void)blocks[i][-1];
    }
    for (int i = 0; i < BLOCKS; i++) {
        CHECK(blocks[i][size_of(i) - 1] == (unsigned char)i);
        unsigned char *larger = realloc((void *)blocks[i], size_of(i) + 50);
        CHECK(larger != NULL && larger[size_of(i) - 1] == (unsigned char)i);
        if (strcmp(fault, "after") == 0 && larger != blocks[i])
            (void)blocks[i][0];
        free(larger);
    }
}

static void run(const char *fault) {
    alarm(100);
    for (int i = 0; i < ROUNDS; i++)
        use(fault);
    _exit(0);
}

static bool reports(const char *fault, int expected_signal, const char *text) {
    static char report[16384];
    int ends[2], status;
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        run(fault);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], report + length, sizeof report - 1 - length)) > 0)
        length += (size_t)got;
    report[length] = '\0';
    close(ends[0]);
    CHECK(waitpid(child, &status, 0) == child);
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number == expected_signal && strstr(report, text) != NULL)
        return true;
    dprintf(2, "%s: status %#x, and said:\n%s\n", fault, (unsigned)status, report);
    return false;
}

int main(void) {
    CHECK(reports("none", 0, ""));
    CHECK(reports("beyond", SIGSEGV, "ebb: access beyond a block: 0x"));
    CHECK(reports("beyond, by calloc", SIGSEGV, "ebb: access beyond a block: 0x"));
    CHECK(reports("below", SIGSEGV, "ebb: access below a block: 0x"));
    CHECK(reports("after", SIGSEGV, "ebb: use after free: 0x"));
    CHECK(reports("after", SIGSEGV, "ebb:   allocated at:\n"));
    CHECK(reports("after", SIGSEGV, "ebb:   freed at:\n"));
    return 0;
}
