/*
 * A program whose memory is known by construction, for the tests of `tidemark watch`:
 *
 *     planted CLASS=MIB...
 *
 * plants so much in each class, prints "ready", and waits. With "headless" instead of a
 * class the main thread exits first.
 *
 *     planted tree FILE MIB
 *
 * forks, execs, orphans and crashes. Every process appends its number to FILE. The last
 * two hold MIB each.
 *
 *     planted chain
 *
 * leaves a chain of processes that ignore SIGTERM. Each forks the next one and ends,
 * about a thousand in a second, for 20 seconds.
 *
 * It ends by SIGTERM, or by itself after two minutes.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MIB = 1 << 20, BLOCK = 1000, FEW_PAGES = 65536, LIFETIME_S = 120, CHAIN_S = 20 };

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void *map(size_t bytes, int protection, int flags, int fd) {
    void *at = mmap(NULL, bytes, protection, flags, fd, 0);
    if (at == MAP_FAILED)
        die("mmap");
    return at;
}

/* Allocates small blocks, which every allocator serves from arenas. Never frees them. */
static void plant_blocks(size_t bytes) {
    for (size_t done = 0; done < bytes; done += BLOCK) {
        char *block = malloc(BLOCK);
        if (!block)
            die("malloc");
        memset(block, 1, BLOCK);
    }
}

static void *in_thread(void *argument) {
    plant_blocks(*(size_t *)argument);
    pause();
    return NULL;
}

static void *on_stack(void *argument) {
    size_t bytes = *(size_t *)argument;
    char array[bytes];
    memset(array, 1, bytes);
    __asm__ volatile("" : : "r"(array) : "memory"); /* the compiler must keep it */
    pause();
    return NULL;
}

static bool has_threads;

static void start_thread(void *(*run)(void *), size_t bytes) {
    size_t *argument = malloc(sizeof *argument);
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, run == on_stack ? bytes + MIB : MIB);
    if (!argument)
        die("malloc");
    *argument = bytes;
    has_threads = true;
    if (pthread_create(&thread, &attributes, run, argument) != 0)
        die("pthread_create");
}

static void plant_anonymous(size_t bytes, int then) {
    void *at = map(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memset(at, 1, bytes);
    if (then && mprotect(at, bytes, then) < 0)
        die("mprotect");
}

/*
 * Plants memory whose first `code` bytes were executable for two seconds. Now they are
 * only data again, so the kernel has merged all of it into one mapping.
 */
static void plant_former_code(size_t bytes, size_t code) {
    void *at = map(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memset(at, 1, bytes);
    if (mprotect(at, code, PROT_READ | PROT_EXEC) < 0)
        die("mprotect");
    sleep(2);
    if (mprotect(at, code, PROT_READ | PROT_WRITE) < 0)
        die("mprotect");
}

/* Reserves address space without swap, as allocators do, but not in the place or way of
 * any known one. */
static void plant_reserved(size_t bytes) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    char *at = map(4 * bytes, PROT_NONE, flags, -1);
    if (mprotect(at + FEW_PAGES, bytes, PROT_READ | PROT_WRITE) < 0)
        die("mprotect");
    memset(at + FEW_PAGES, 1, bytes);
}

/* Maps memory where only mimalloc does, which may be linked into any file. */
static void plant_at_mimallocs(size_t bytes) {
    void *at =
        mmap((void *)(UINT64_C(3) << 40), bytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (at == MAP_FAILED)
        die("mmap");
    memset(at, 1, bytes);
}

static int file_of(const char *name, size_t bytes) {
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0)
        die(name);
    return fd;
}

static void plant(const char *class, size_t bytes) {
    const int write = PROT_READ | PROT_WRITE;
    if (strcmp(class, "heap") == 0)
        plant_blocks(bytes);
    else if (strcmp(class, "arena") == 0)
        start_thread(in_thread, bytes);
    else if (strcmp(class, "stack") == 0)
        start_thread(on_stack, bytes);
    else if (strcmp(class, "anonymous") == 0)
        plant_anonymous(bytes, 0);
    else if (strcmp(class, "jit") == 0)
        plant_anonymous(bytes, PROT_READ | PROT_EXEC);
    else if (strcmp(class, "formerly-jit") == 0)
        plant_former_code(bytes, bytes);
    else if (strcmp(class, "formerly-jit-page") == 0)
        plant_former_code(bytes, FEW_PAGES);
    else if (strcmp(class, "reserved") == 0)
        plant_reserved(bytes);
    else if (strcmp(class, "mimalloc") == 0)
        plant_at_mimallocs(bytes);
    else if (strcmp(class, "memfd") == 0) {
        int fd = memfd_create("planted", MFD_CLOEXEC);
        if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0)
            die("memfd");
        memset(map(bytes, write, MAP_SHARED, fd), 1, bytes);
    } else if (strcmp(class, "shared") == 0)
        memset(map(bytes, write, MAP_SHARED | MAP_ANONYMOUS, -1), 1, bytes);
    else if (strcmp(class, "file") == 0)
        memset(map(bytes, write, MAP_SHARED, file_of("planted.file", bytes)), 1, bytes);
    else if (strcmp(class, "deleted") == 0) {
        if (mkdir("planted.folder", 0700) < 0)
            die("planted.folder");
        int fd = file_of("planted.folder/deleted", bytes);
        memset(map(bytes, write, MAP_SHARED, fd), 1, bytes);
        unlink("planted.folder/deleted");
        rmdir("planted.folder");
    } else if (strcmp(class, "file-private") == 0)
        memset(map(bytes, write, MAP_PRIVATE, file_of("planted.private", bytes)), 1,
               bytes);
    else {
        fprintf(stderr, "planted: no class %s\n", class);
        exit(2);
    }
}

/* ---- the tree ---- */

/* Appends this process's number to the file. */
static void sign(const char *path) {
    char line[32];
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600),
        n = snprintf(line, sizeof line, "%d\n", (int)getpid());
    if (fd < 0 || write(fd, line, (size_t)n) != n)
        die(path);
    close(fd);
}

static void *abort_late(void *none) {
    usleep(100000);
    abort();
    return none;
}

static void *exit_with_7(void *none) {
    exit(7);
    return none;
}

/* Starts a thread that ends the process. If `leave`, the main thread exits before. */
static _Noreturn void leave_to_thread(void *(*run)(void *), bool leave) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, NULL) != 0)
        die("pthread_create");
    if (leave)
        pthread_exit(NULL);
    for (;;)
        pause();
}

/* Forks a child that signs and ends at once. `way` says how it ends. */
static void short_one(const char *path, int way) {
    pid_t pid = fork();
    if (pid == 0) {
        sign(path);
        switch (way) {
        case 0:
            abort();
        case 1:
            execl("/bin/true", "true", (char *)NULL);
            break;
        case 5: /* it crashes after its main thread has exited */
            leave_to_thread(abort_late, true);
        case 6:
            leave_to_thread(abort_late, false);
        case 7:
            leave_to_thread(exit_with_7, false);
        }
        _exit(way);
    }
    waitpid(pid, NULL, 0);
}

/* Leaves a process that holds memory. Its parent is gone, and it is in a session of its
 * own. */
static void orphan(const char *path, size_t bytes) {
    if (fork() == 0) {
        sign(path);
        setsid();
        if (fork() == 0) {
            sign(path);
            for (int i = 0; i < 8; i++)
                short_one(path, i); /* their parent is the orphan, no child of ours */
            plant_blocks(bytes);
            pause();
        }
        _exit(0);
    }
    wait(NULL);
}

static int run_tree(const char *path, size_t bytes) {
    sign(path);
    for (int i = 0; i < 20; i++)
        short_one(path, i % 4);
    orphan(path, bytes);
    plant_blocks(bytes);
    sleep(1); /* until the orphan holds its memory */
    puts("ready");
    fflush(stdout);
    pause();
    return 0;
}

/* The processes of the chain change so fast that no list of them is up to date. */
static int run_chain(void) {
    time_t end = time(NULL) + CHAIN_S;
    if (fork() == 0) {
        signal(SIGTERM, SIG_IGN);
        while (time(NULL) < end) {
            if (fork() != 0)
                _exit(0);
            usleep(500);
        }
        _exit(0);
    }
    puts("ready");
    fflush(stdout);
    pause();
    return 0;
}

static void *say_ready(void *none) {
    (void)none;
    sleep(1); /* until the others have planted theirs and the main thread is gone */
    puts("ready");
    fflush(stdout);
    pause();
    return NULL;
}

int main(int argc, char **argv) {
    alarm(LIFETIME_S);
    if (argc == 2 && strcmp(argv[1], "chain") == 0)
        return run_chain();
    if (argc == 4 && strcmp(argv[1], "tree") == 0)
        return run_tree(argv[2], strtoul(argv[3], NULL, 10) * MIB);
    for (int i = 1; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (strcmp(argv[i], "headless") == 0) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, say_ready, NULL) != 0)
                die("pthread_create");
            pthread_exit(NULL);
        }
        if (!equals)
            return 2;
        *equals = '\0';
        plant(argv[i], strtoul(equals + 1, NULL, 10) * MIB);
    }
    if (has_threads)
        sleep(1); /* until the threads have planted theirs */
    puts("ready");
    fflush(stdout);
    pause();
    return 0;
}
