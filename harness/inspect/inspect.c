/* Finds which allocators are inside a file, and which malloc the file calls. */
#include "inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "candidates.h"
#include "codetext.h"
#include "elfimage.h"
#include "file.h"
#include "functions.h"
#include "procfile.h"
#include "reason.h"
#include "shims.h"
#include "text.h"

enum family {
#define FAMILY(id, name) FAMILY_##id,
#include "allocators.def"
    FAMILIES
};

static const char *const family_names[] = {
#define FAMILY(id, name) name,
#include "allocators.def"
};

struct sign {
    enum family family;
    const char *text;
};

static const struct sign symbols[] = {
#define SYMBOL(id, name) {FAMILY_##id, name},
#include "allocators.def"
};

static const struct sign texts[] = {
#define TEXT(id, text) {FAMILY_##id, text},
#include "allocators.def"
};

static const struct sign libraries[] = {
#define LIBRARY(id, name) {FAMILY_##id, name},
#include "allocators.def"
};

enum {
    SYMBOLS = sizeof symbols / sizeof symbols[0],
    TEXTS = sizeof texts / sizeof texts[0],
    LIBRARIES = sizeof libraries / sizeof libraries[0],
};

static void (*const details[FAMILIES])(struct inspection *, const struct elfimage *) = {
    [FAMILY_MIMALLOC] = inspect_mimalloc,
    [FAMILY_JEMALLOC] = inspect_jemalloc,
    [FAMILY_EBB] = inspect_ebb,
    [FAMILY_GLIBC] = inspect_glibc,
};

/* Functions of the C and C++ libraries that allocate or free. */
static const char *const libc_functions[] = {
    "malloc",        "calloc", "realloc", "reallocarray", "memalign", "posix_memalign",
    "aligned_alloc", "free",   "_Znwm",   "_Znam",        "_ZdlPv",
};
enum { LIBC_FUNCTIONS = sizeof libc_functions / sizeof libc_functions[0] };

const char *inspect_certainty_name(enum certainty certainty) {
    static const char *const names[] = {"certain", "likely", "possible"};
    return names[certainty];
}

void inspect_claim(struct inspection *inspection, enum certainty certainty,
                   const char *what, const char *evidence, ...) {
    if (inspection->claim_count == CLAIMS_MAX)
        return;
    struct claim *claim = &inspection->claims[inspection->claim_count++];
    claim->certainty = certainty;
    snprintf(claim->what, sizeof claim->what, "%s", what);
    va_list args;
    va_start(args, evidence);
    vsnprintf(claim->evidence, sizeof claim->evidence, evidence, args);
    va_end(args);
}

void inspect_append(char *buffer, size_t size, const char *name) {
    text_append(buffer, size, "%s%s", *buffer ? ", " : "", name);
}

/* ---- symbols ---- */

struct symbols_seen {
    unsigned families[FAMILIES]; /* how many symbols of the allocator the file defines */
    const char *example[FAMILIES]; /* one of them */
    bool calls[LIBC_FUNCTIONS];    /* taken from another file */
    bool defines[LIBC_FUNCTIONS];  /* given to other files */
};

static bool matches(const char *pattern, const char *name) {
    size_t length = strlen(pattern);
    return pattern[length - 1] == '*' ? strncmp(pattern, name, length - 1) == 0
                                      : strcmp(pattern, name) == 0;
}

static void see_own(struct symbols_seen *seen, const char *name) {
    for (size_t i = 0; i < SYMBOLS; i++) {
        enum family family = symbols[i].family;
        if (!matches(symbols[i].text, name))
            continue;
        /* The same name can be in both symbol tables. */
        if (!seen->example[family] || strcmp(seen->example[family], name) != 0)
            seen->families[family]++;
        seen->example[family] = name;
    }
}

static void see_symbols(const struct elfimage *file, const char *section,
                        struct symbols_seen *seen) {
    const Elf64_Shdr *table = elfimage_section(file, section);
    bool is_dynamic = strcmp(section, ".dynsym") == 0;
    Elf64_Sym symbol;
    size_t at = 0;
    for (const char *name; (name = elfimage_next_symbol(file, table, &at, &symbol));) {
        bool is_own = symbol.st_shndx != SHN_UNDEF;
        for (size_t i = 0; is_dynamic && i < LIBC_FUNCTIONS; i++)
            if (strcmp(libc_functions[i], name) == 0)
                (is_own ? seen->defines : seen->calls)[i] = true;
        if (is_own)
            see_own(seen, name);
    }
}

/* ---- what is inside ---- */

struct texts_seen {
    unsigned there, used;
    const struct codetext *example; /* a used one, or else any */
};

static void count_texts(const struct codetext *found, struct texts_seen *ret) {
    for (size_t i = 0; i < TEXTS; i++) {
        struct texts_seen *seen = &ret[texts[i].family];
        if (!found[i].is_there)
            continue;
        seen->there++;
        if (found[i].use)
            seen->used++;
        if (!seen->example || (found[i].use && !seen->example->use))
            seen->example = &found[i];
    }
}

/* Claims one allocator if there are signs of it. Returns whether the claim is more than
 * POSSIBLE. */
static bool claim_family(struct inspection *ret, const struct elfimage *file,
                         enum family family, const struct symbols_seen *symbols_seen,
                         const struct texts_seen *seen) {
    char what[128], example[96] = "", evidence[sizeof ret->claims[0].evidence];
    unsigned own_symbols = symbols_seen->families[family];
    enum certainty certainty = CERTAIN;
    if (seen->example)
        snprintf(example, sizeof example, "\"%.*s\"",
                 (int)strcspn(seen->example->text, "\n"), seen->example->text);
    /* A single name may belong to something else. */
    if (own_symbols > 1 || (own_symbols == 1 && seen->there)) {
        snprintf(evidence, sizeof evidence, "it defines %u of its symbols, such as %s",
                 own_symbols, symbols_seen->example[family]);
    } else if (seen->used > 1) {
        snprintf(evidence, sizeof evidence,
                 "code uses %u of its texts: at 0x%llx it takes %s", seen->used,
                 (unsigned long long)seen->example->use, example);
    } else if (!seen->there) {
        return false;
    } else if (!codetext_knows_code(file) && seen->there > 1) {
        certainty = LIKELY;
        snprintf(evidence, sizeof evidence,
                 "%u of its texts are in the file, such as %s; inspect does not read "
                 "this processor's code",
                 seen->there, example);
    } else {
        certainty = POSSIBLE;
        snprintf(evidence, sizeof evidence,
                 "%u of its texts are in the file, such as %s, but the code seems to use "
                 "%s of them",
                 seen->there, example, seen->used ? "only one" : "none");
    }
    snprintf(what, sizeof what, "%s is inside", family_names[family]);
    inspect_claim(ret, certainty, what, "%s", evidence);
    if (certainty == POSSIBLE)
        return false;
    inspect_append(ret->inside, sizeof ret->inside, family_names[family]);
    if (certainty > ret->inside_certainty)
        ret->inside_certainty = certainty;
    ret->is_told = true;
    return true;
}

static void claim_inside(struct inspection *ret, const struct elfimage *file,
                         const struct symbols_seen *symbols_seen) {
    struct codetext found[TEXTS];
    struct texts_seen seen[FAMILIES] = {0};
    for (size_t i = 0; i < TEXTS; i++)
        found[i].text = texts[i].text;
    codetext_find(file, found, TEXTS);
    count_texts(found, seen);
    for (int i = 0; i < FAMILIES; i++)
        if (claim_family(ret, file, (enum family)i, symbols_seen, &seen[i]) && details[i])
            details[i](ret, file);
}

/* ---- Go ---- */

/* The name of the section that Go's runtime needs, or NULL. */
static const char *go_section(const struct elfimage *file) {
    static const char *const names[] = {
        ".gopclntab",
        ".data.rel.ro.gopclntab", /* of a file that can be loaded anywhere */
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (elfimage_section(file, names[i]))
            return names[i];
    return NULL;
}

static void claim_go(struct inspection *ret, const struct elfimage *file) {
    const char *name = go_section(file);
    if (!name)
        return;
    inspect_claim(ret, CERTAIN, "Go's runtime has its own heap inside",
                  "it has the section %s", name);
    inspect_append(ret->inside, sizeof ret->inside, "Go's heap");
    ret->is_told = true;
}

bool inspect_is_go(pid_t pid) {
    char path[PATH_MAX];
    struct elfimage file;
    struct stat info;
    procfile_path(path, sizeof path, pid, "exe");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    void *bytes = fstat(fd, &info) < 0
                      ? MAP_FAILED
                      : mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return false;
    bool is_go = !elfimage_read(&file, bytes, (size_t)info.st_size) && go_section(&file);
    munmap(bytes, (size_t)info.st_size);
    return is_go;
}

/* ---- what is called ---- */

/* The value of the first entry of the dynamic segment with this tag, or 0. */
static uint64_t dynamic_value(const struct elfimage *file, int64_t tag) {
    Elf64_Dyn entry;
    for (size_t at = 0; elfimage_dynamic(file, &at, &entry);)
        if (entry.d_tag == tag)
            return entry.d_un.d_val;
    return 0;
}

static void claim_library(struct inspection *ret, const char *name) {
    for (size_t i = 0; i < LIBRARIES; i++) {
        char what[128];
        if (strncmp(name, libraries[i].text, strlen(libraries[i].text)) != 0)
            continue;
        snprintf(what, sizeof what, "it loads %s", family_names[libraries[i].family]);
        inspect_claim(ret, CERTAIN, what, "it needs the library %.128s", name);
        ret->is_told = true;
    }
}

static void claim_libraries(struct inspection *ret, const struct elfimage *file) {
    uint64_t strings;
    if (!elfimage_find_offset(file, dynamic_value(file, DT_STRTAB), 1, &strings))
        return;
    Elf64_Dyn entry;
    for (size_t at = 0; elfimage_dynamic(file, &at, &entry);) {
        const char *name = entry.d_tag == DT_NEEDED && entry.d_un.d_val < file->length
                               ? elfimage_text(file, strings + entry.d_un.d_val)
                               : NULL;
        if (name)
            claim_library(ret, name);
    }
}

static void claim_calls(struct inspection *ret, const struct symbols_seen *seen) {
    char given[SUMMARY_MAX] = "";
    for (size_t i = 0; i < LIBC_FUNCTIONS; i++) {
        if (seen->calls[i])
            inspect_append(ret->libc, sizeof ret->libc, libc_functions[i]);
        if (seen->defines[i])
            inspect_append(given, sizeof given, libc_functions[i]);
    }
    if (*given)
        inspect_claim(ret, CERTAIN, "it provides malloc to other files",
                      "it defines the dynamic symbols %s", given);
    if (*ret->libc) {
        ret->is_told = true;
        inspect_claim(ret, CERTAIN,
                      *ret->inside ? "some of its code calls the process's malloc"
                                   : "it calls the process's malloc, which a preloaded "
                                     "allocator replaces",
                      "undefined dynamic symbols %s", ret->libc);
    }
    if (*ret->libc && !*ret->inside)
        inspect_claim(ret, LIKELY, "no other allocator is inside",
                      "no known allocator was found");
}

static bool has_loader(const struct elfimage *file) {
    for (size_t i = 0; i < file->segment_count; i++)
        if (file->segments[i].p_type == PT_INTERP)
            return true;
    return false;
}

/* If a static program can be loaded anywhere, only a flag tells it from a library. */
static bool is_library(const struct elfimage *file) {
    return file->type == ET_DYN && !has_loader(file) &&
           !(dynamic_value(file, DT_FLAGS_1) & DF_1_PIE);
}

/* Without shims, transplant finds the functions by trying candidates. Inspect runs
 * nothing, so it only counts the candidates. */
static void claim_transplant(struct inspection *ret, const struct elfimage *file) {
    struct elfimage image;
    struct functions found;
    const char *why = elfimage_open(&image, file->bytes, file->length);
    int error = why ? -EINVAL : shims_find(&image, &found, &why);
    if (!error)
        inspect_claim(
            ret, CERTAIN,
            "tidemark transplant finds the functions of Rust's global allocator",
            "four shims of Rust lead to 0x%llx, 0x%llx, 0x%llx and 0x%llx",
            (unsigned long long)found.list[0].address,
            (unsigned long long)found.list[1].address,
            (unsigned long long)found.list[2].address,
            (unsigned long long)found.list[3].address);
    else if (error == -ENOENT && is_library(file) &&
             candidates_find(&image, &found, &why) == 0)
        inspect_claim(
            ret, LIKELY,
            "tidemark transplant finds the allocator's functions as it tries them",
            "others call %zu functions at and near the code of mimalloc", found.count);
    else
        ret->no_transplant = why;
}

/* ---- what the file is ---- */

/*
 * Claims the compilers: the section .comment holds their names as one text after another.
 */
static void claim_compilers(struct inspection *ret, const struct elfimage *file) {
    const Elf64_Shdr *section = elfimage_section(file, ".comment");
    char names[256] = "";
    for (uint64_t n = 0; section && n < section->sh_size;) {
        const char *text = elfimage_text(file, section->sh_offset + n);
        if (!text)
            break;
        if (*text && !strstr(names, text))
            inspect_append(names, sizeof names, text);
        n += strlen(text) + 1;
    }
    if (*names)
        inspect_claim(ret, CERTAIN, "its compilers", "section .comment: %s", names);
}

static const char *type_name(const struct elfimage *file) {
    if (has_loader(file))
        return "program";
    if (is_library(file))
        return "shared library";
    return file->type == ET_EXEC || file->type == ET_DYN ? "static program" : "file";
}

static void describe(struct inspection *ret, const struct elfimage *file) {
    char machine[32];
    snprintf(machine, sizeof machine, "machine %u", file->machine);
    snprintf(ret->kind, sizeof ret->kind, "%s, %s, %s", type_name(file),
             file->machine == EM_X86_64    ? "x86-64"
             : file->machine == EM_AARCH64 ? "aarch64"
                                           : machine,
             elfimage_section(file, ".symtab") ? "with symbols" : "stripped");
}

int inspect_file(struct inspection *ret, const char *path, struct reason *reason) {
    struct elfimage file;
    struct symbols_seen seen = {0};
    char *bytes;
    size_t length;
    int error = file_read(path, &bytes, &length);
    if (error) {
        reason_set(reason, "cannot read %s: %s", path, strerror(-error));
        return error;
    }
    const char *why = elfimage_read(&file, (const unsigned char *)bytes, length);
    if (!why) {
        *ret = (struct inspection){.inside_certainty = CERTAIN};
        describe(ret, &file);
        see_symbols(&file, ".symtab", &seen);
        see_symbols(&file, ".dynsym", &seen);
        claim_inside(ret, &file, &seen);
        claim_go(ret, &file);
        claim_libraries(ret, &file);
        claim_calls(ret, &seen);
        claim_transplant(ret, &file);
        claim_compilers(ret, &file);
    } else {
        reason_set(reason, "%s: %s", path, why);
    }
    free(bytes);
    return why ? -ENOEXEC : 0;
}
