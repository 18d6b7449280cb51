/* C++'s operator new and delete under their mangled names, in C: the C++ library must not
 * become a dependency. We call its new_handler and bad_alloc only if the program has that
 * library. Compiled with -fexceptions, since a handler may throw through here. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <stdlib.h>

#include "api.h"
#include "fault.h"

typedef void (*new_handler)(void);
typedef size_t align_val;

extern new_handler get_new_handler(void) __asm__("_ZSt15get_new_handlerv")
    __attribute__((weak));
extern void throw_bad_alloc(void) __asm__("_ZSt17__throw_bad_allocv")
    __attribute__((weak, noreturn));

static void *try_new(size_t align, size_t size) {
    return align <= 16 ? EBB_NAME(malloc)(size) : ebb_aligned(align, size);
}

/* [new.delete.single]: call the handler until there is memory, or no handler. */
static __attribute__((noinline)) void *new_retry(size_t align, size_t size) {
    for (;;) {
        new_handler handler = get_new_handler != NULL ? get_new_handler() : NULL;
        if (handler == NULL)
            return NULL;
        handler();
        void *block = try_new(align, size);
        if (block != NULL)
            return block;
    }
}

static void *new_or_throw(size_t align, size_t size) {
    void *block = try_new(align, size);
    if (__builtin_expect(block != NULL, 1))
        return block;
    block = new_retry(align, size);
    if (block == NULL) {
        if (throw_bad_alloc != NULL)
            throw_bad_alloc();
        fault("out of memory in operator new", NULL);
    }
    return block;
}

/* The nothrow forms have to call the handler, too, and to catch what it throws. C can't
 * do that. The C++ library's own form, which comes behind ours, can: it calls our
 * throwing one in a try block. NULL if there is no handler, or in a static program, which
 * has no such form. */
static __attribute__((noinline)) void *library_form(const char *mangled) {
    if (get_new_handler == NULL || get_new_handler() == NULL)
        return NULL;
    return dlsym(RTLD_NEXT, mangled);
}

#define NEW(name, mangled)                                                               \
    EBB_EXPORT void *name(size_t size) __asm__(mangled);                                 \
    void *name(size_t size) {                                                            \
        return new_or_throw(1, size);                                                    \
    }
#define NEW_NOTHROW(name, mangled)                                                       \
    EBB_EXPORT void *name(size_t size, const void *tag) __asm__(mangled);                \
    void *name(size_t size, const void *tag) {                                           \
        void *block = try_new(1, size);                                                  \
        if (__builtin_expect(block != NULL, 1))                                          \
            return block;                                                                \
        void *(*form)(size_t, const void *) =                                            \
            (void *(*)(size_t, const void *))library_form(mangled);                      \
        return form != NULL ? form(size, tag) : NULL;                                    \
    }
#define NEW_ALIGNED(name, mangled)                                                       \
    EBB_EXPORT void *name(size_t size, align_val align) __asm__(mangled);                \
    void *name(size_t size, align_val align) {                                           \
        return new_or_throw(align, size);                                                \
    }
#define NEW_ALIGNED_NOTHROW(name, mangled)                                               \
    EBB_EXPORT void *name(size_t size, align_val align,                                  \
                          const void *tag) __asm__(mangled);                             \
    void *name(size_t size, align_val align, const void *tag) {                          \
        void *block = try_new(align, size);                                              \
        if (__builtin_expect(block != NULL, 1))                                          \
            return block;                                                                \
        void *(*form)(size_t, align_val, const void *) =                                 \
            (void *(*)(size_t, align_val, const void *))library_form(mangled);           \
        return form != NULL ? form(size, align, tag) : NULL;                             \
    }
/* The forms of delete. We need no argument after the pointer (size, alignment, nothrow
 * tag), and need not declare arguments in registers to ignore them. */
#define DELETE(name, mangled)                                                            \
    EBB_EXPORT void name(void *block) __asm__(mangled);                                  \
    void name(void *block) {                                                             \
        EBB_NAME(free)(block);                                                           \
    }

NEW(new_one, "_Znwm")
NEW(new_array, "_Znam")
NEW_NOTHROW(new_one_nothrow, "_ZnwmRKSt9nothrow_t")
NEW_NOTHROW(new_array_nothrow, "_ZnamRKSt9nothrow_t")
NEW_ALIGNED(new_one_aligned, "_ZnwmSt11align_val_t")
NEW_ALIGNED(new_array_aligned, "_ZnamSt11align_val_t")
NEW_ALIGNED_NOTHROW(new_one_aligned_nothrow, "_ZnwmSt11align_val_tRKSt9nothrow_t")
NEW_ALIGNED_NOTHROW(new_array_aligned_nothrow, "_ZnamSt11align_val_tRKSt9nothrow_t")
DELETE(delete_one, "_ZdlPv")
DELETE(delete_array, "_ZdaPv")
DELETE(delete_one_sized, "_ZdlPvm")
DELETE(delete_array_sized, "_ZdaPvm")
DELETE(delete_one_nothrow, "_ZdlPvRKSt9nothrow_t")
DELETE(delete_array_nothrow, "_ZdaPvRKSt9nothrow_t")
DELETE(delete_one_aligned, "_ZdlPvSt11align_val_t")
DELETE(delete_array_aligned, "_ZdaPvSt11align_val_t")
DELETE(delete_one_sized_aligned, "_ZdlPvmSt11align_val_t")
DELETE(delete_array_sized_aligned, "_ZdaPvmSt11align_val_t")
DELETE(delete_one_aligned_nothrow, "_ZdlPvSt11align_val_tRKSt9nothrow_t")
DELETE(delete_array_aligned_nothrow, "_ZdaPvSt11align_val_tRKSt9nothrow_t")
