/*
 * Lets the release's driver run on glibc 2.31. A program that is built on a newer glibc
 * asks for the newest version of each function. For stat(), for threads and for the start
 * of a program, that version is newer than 2.31. The linker sends each such call here
 * (--wrap, RELEASE_WRAPPED in CMakeLists.txt), even calls in other projects' archives.
 * This file passes it on to the oldest version that x86-64 has. ci/check-libc.sh checks
 * the result.
 *
 * It is for x86-64 only, and is not linked into the driver of an ordinary build.
 */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/stat.h>

#ifndef __x86_64__
#error "the release is for x86-64: the versions below are those of its glibc"
#endif

#define OLD(own, name) __asm__(".symver " #own "," #name "@GLIBC_2.2.5")

/* ---- the start of the program ---- */

typedef int main_function(int, char **, char **);
typedef void init_function(int, char **, char **);

int old_start(main_function *, int argc, char **argv, init_function *, void (*fini)(void),
              void (*rtld_fini)(void), void *stack_end);
OLD(old_start, __libc_start_main);

extern init_function *__init_array_start[], *__init_array_end[];

/* Before 2.34, libc called a function of the program to run its constructors. Newer ones
 * do that themselves if the program passes no such function. */
static void run_constructors(int argc, char **argv, char **envp) {
    for (init_function **next = __init_array_start; next < __init_array_end; next++)
        (*next)(argc, argv, envp);
}

int __wrap___libc_start_main(main_function *, int, char **, init_function *,
                             void (*)(void), void (*)(void), void *);
int __wrap___libc_start_main(main_function *main, int argc, char **argv,
                             init_function *init, void (*fini)(void),
                             void (*rtld_fini)(void), void *stack_end) {
    (void)init; /* both NULL since 2.34 */
    return old_start(main, argc, argv, run_constructors, fini, rtld_fini, stack_end);
}

/* ---- stat() and similar: until 2.33, macros around these functions ---- */

enum { STAT_VERSION = 1 }; /* _STAT_VER_LINUX; struct stat64 is struct stat here */

int old_stat(int version, const char *path, struct stat *);
int old_lstat(int version, const char *path, struct stat *);
int old_fstat(int version, int fd, struct stat *);
OLD(old_stat, __xstat);
OLD(old_lstat, __lxstat);
OLD(old_fstat, __fxstat);

#define WRAP_STAT(name, old, key, type)                                                  \
    int __wrap_##name(type key, struct stat *ret);                                       \
    int __wrap_##name(type key, struct stat *ret) {                                      \
        return old(STAT_VERSION, key, ret);                                              \
    }

WRAP_STAT(stat, old_stat, path, const char *)
WRAP_STAT(stat64, old_stat, path, const char *)
WRAP_STAT(lstat, old_lstat, path, const char *)
WRAP_STAT(lstat64, old_lstat, path, const char *)
WRAP_STAT(fstat, old_fstat, fd, int)
WRAP_STAT(fstat64, old_fstat, fd, int)

/* ---- threads: until 2.34 in a library of its own, which is linked for that ---- */

#define WRAP(name, parameters, arguments)                                                \
    int old_##name parameters;                                                           \
    OLD(old_##name, name);                                                               \
    int __wrap_##name parameters;                                                        \
    int __wrap_##name parameters {                                                       \
        return old_##name arguments;                                                     \
    }

WRAP(pthread_create,
     (pthread_t * ret, const pthread_attr_t *attr, void *(*run)(void *), void *of),
     (ret, attr, run, of))
WRAP(pthread_join, (pthread_t thread, void **ret), (thread, ret))
WRAP(pthread_getcpuclockid, (pthread_t thread, clockid_t *ret), (thread, ret))
WRAP(pthread_mutexattr_init, (pthread_mutexattr_t * attr), (attr))
WRAP(pthread_mutexattr_destroy, (pthread_mutexattr_t * attr), (attr))
WRAP(pthread_mutexattr_settype, (pthread_mutexattr_t * attr, int type), (attr, type))
WRAP(pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))

/* ---- SQLite can load extensions; nobody here does, so these always fail ---- */

void *__wrap_dlopen(const char *name, int flags);
void *__wrap_dlsym(void *handle, const char *name);
int __wrap_dlclose(void *handle);
char *__wrap_dlerror(void);

void *__wrap_dlopen(const char *name, int flags) {
    (void)name, (void)flags;
    return NULL;
}

void *__wrap_dlsym(void *handle, const char *name) {
    (void)handle, (void)name;
    return NULL;
}

int __wrap_dlclose(void *handle) {
    (void)handle;
    return -ENOSYS;
}

char *__wrap_dlerror(void) {
    static char why[] = "the release of tidemark loads no libraries";
    return why;
}
