/*
 * Finds versions and build options of the allocators that inspect.c has found. It reads
 * them from what each allocator prints about itself.
 */
#include <stdio.h>
#include <string.h>

#include "codetext.h"
#include "elfimage.h"
#include "inspect.h"
#include "text.h"

static void add_option(struct inspection *ret, const char *format, const char *name,
                       long value) {
    char option[64];
    snprintf(option, sizeof option, format, name, value);
    inspect_append(ret->options, sizeof ret->options, option);
}

/* ---- mimalloc ---- */

enum {
    MI_VERSION,
    MI_VERSION_BUILT,
    MI_SECURE,
    MI_DEBUG,
    MI_ONLY_V3,
    MI_ONLY_V2,
    MI_ONLY_V20,
    MI_SINCE_V21,
    MI_TEXTS
};

static const char *const mi_texts[MI_TEXTS] = {
    [MI_VERSION] = "v%i.%i.%i%s%s\n",
    [MI_VERSION_BUILT] = "v%i.%i.%i%s%s (built on %s, %s)\n",
    [MI_SECURE] = "secure level: %d\n",
    [MI_DEBUG] = "debug level : %d\n",
    /* Names of options, each of which only some generations have. */
    [MI_ONLY_V3] = "page_max_candidates",
    [MI_ONLY_V2] = "target_segments_per_thread",
    [MI_ONLY_V20] = "allow_decommit",
    [MI_SINCE_V21] = "purge_decommits",
};

/* 3, 2, or 0 if unknown. v3 is checked first: it still knows an option of v2, as
 * deprecated. */
static int mi_generation(const struct codetext *found) {
    if (found[MI_ONLY_V3].is_there)
        return 3;
    return found[MI_ONLY_V2].is_there || found[MI_ONLY_V20].is_there ? 2 : 0;
}

static bool mi_claim_printed_version(struct inspection *ret, const struct elfimage *file,
                                     const struct codetext *text, int generation) {
    enum { PART_MAX = 99 };
    int64_t part[3];
    char version[64], what[96];
    for (unsigned i = 0; i < 3; i++) {
        part[i] = codetext_argument(file, text, i + 1);
        if (part[i] < 0 || part[i] > PART_MAX)
            return false;
    }
    snprintf(version, sizeof version, "%d.%d.%d", (int)part[0], (int)part[1],
             (int)part[2]);
    snprintf(what, sizeof what, "mimalloc is version %s", version);
    bool agrees = generation == part[0];
    inspect_claim(ret, agrees ? CERTAIN : LIKELY, what,
                  "the code at 0x%llx passes %d, %d, %d to its text \"%.*s\"%s",
                  (unsigned long long)text->use, (int)part[0], (int)part[1], (int)part[2],
                  (int)strcspn(text->text, "\n"), text->text,
                  agrees ? ", and its options are of that generation" : "");
    inspect_append(ret->version, sizeof ret->version, version);
    return true;
}

/* The constant that the function at an address returns. 0: unknown. */
static long returned_by(const struct elfimage *file, uint64_t address) {
    enum { CODE_BYTES = 10 };
    static const unsigned char landing[] = {0xf3, 0x0f, 0x1e, 0xfa}; /* endbr64 */
    uint64_t offset;
    uint32_t value;
    if (file->machine != EM_X86_64 ||
        !elfimage_find_offset(file, address, CODE_BYTES, &offset))
        return 0;
    const unsigned char *code = file->bytes + offset;
    if (memcmp(code, landing, sizeof landing) == 0)
        code += sizeof landing;
    if (code[0] != 0xb8 || code[5] != 0xc3) /* mov $value,%eax; ret */
        return 0;
    memcpy(&value, code + 1, sizeof value);
    return value;
}

/* What mi_version() returns, if the file has a symbol of that name. 0: unknown. */
static long mi_returned_version(const struct elfimage *file, const char *section) {
    const Elf64_Shdr *table = elfimage_section(file, section);
    Elf64_Sym symbol;
    size_t at = 0;
    for (const char *name; (name = elfimage_next_symbol(file, table, &at, &symbol));)
        if (strcmp(name, "mi_version") == 0 && symbol.st_shndx != SHN_UNDEF)
            return returned_by(file, symbol.st_value);
    return 0;
}

static bool mi_claim_returned_version(struct inspection *ret,
                                      const struct elfimage *file) {
    char version[32], what[96];
    long v = mi_returned_version(file, ".symtab");
    if (v == 0)
        v = mi_returned_version(file, ".dynsym");
    if (v >= 100 && v < 1000) /* 219 is 2.1.9 */
        snprintf(version, sizeof version, "%ld.%ld.%ld", v / 100, v / 10 % 10, v % 10);
    else if (v >= 10000 && v < 100000) /* 30600 is 3.6.0 */
        snprintf(version, sizeof version, "%ld.%ld.%ld", v / 10000, v / 100 % 100,
                 v % 100);
    else
        return false;
    snprintf(what, sizeof what, "mimalloc is version %s", version);
    inspect_claim(ret, CERTAIN, what, "its function mi_version() returns %ld", v);
    inspect_append(ret->version, sizeof ret->version, version);
    return true;
}

static void mi_claim_generation(struct inspection *ret, const struct codetext *found,
                                int generation) {
    if (generation == 0)
        return;
    bool is_early = found[MI_ONLY_V20].is_there && !found[MI_SINCE_V21].is_there;
    const char *version = generation == 3 ? "3" : is_early ? "2.0" : "2, 2.1 or later";
    const char *name = generation == 3 ? mi_texts[MI_ONLY_V3]
                       : is_early      ? mi_texts[MI_ONLY_V20]
                                       : mi_texts[MI_ONLY_V2];
    char what[96];
    snprintf(what, sizeof what, "mimalloc is of generation %s", version);
    inspect_claim(ret, CERTAIN, what, "it has the option %s", name);
    inspect_append(ret->version, sizeof ret->version, version);
}

/* Finds a pointer to `address` in the data of the file, and returns its offset. The
 * pointer may come from a relocation, or stand in the data itself. */
static bool find_pointer(const struct elfimage *file, uint64_t address, uint64_t *ret) {
    for (size_t i = 0; i < file->relocation_count; i++) {
        const Elf64_Rela *entry = &file->relocations[i];
        if (ELF64_R_SYM(entry->r_info) == 0 && (uint64_t)entry->r_addend == address &&
            elfimage_find_offset(file, entry->r_offset, sizeof address, ret))
            return true;
    }
    for (size_t i = 0; i < file->segment_count; i++) {
        const Elf64_Phdr *segment = &file->segments[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_X)
            continue;
        for (uint64_t n = (8 - segment->p_vaddr % 8) % 8;
             n + sizeof address <= segment->p_filesz; n += sizeof address) {
            uint64_t value;
            memcpy(&value, file->bytes + segment->p_offset + n, sizeof value);
            if (value == address) {
                *ret = segment->p_offset + n;
                return true;
            }
        }
    }
    return false;
}

/*
 * Reads an option's default: it lies before the pointer to the option's name. Between the
 * two are the option's number and state; versions differ in their order. False if the
 * numbers there are not plausible.
 */
static bool mi_default(const struct elfimage *file, const struct codetext *name,
                       int64_t *ret) {
    enum { BEFORE_NAME = 16, STATES = 3, OPTIONS = 100 };
    uint64_t pointer;
    uint32_t number[2];
    if (!name->is_there || !find_pointer(file, name->address, &pointer) ||
        pointer < BEFORE_NAME)
        return false;
    memcpy(ret, file->bytes + pointer - BEFORE_NAME, sizeof *ret);
    memcpy(number, file->bytes + pointer - BEFORE_NAME + sizeof *ret, sizeof number);
    return (number[0] < STATES && number[1] < OPTIONS) ||
           (number[1] < STATES && number[0] < OPTIONS);
}

static void mi_claim_defaults(struct inspection *ret, const struct elfimage *file) {
    static const char *const names[] = {"allow_thp",        "allow_large_os_pages",
                                        "purge_delay",      "arena_eager_commit",
                                        "page_full_retain", "page_reclaim_on_free",
                                        "reset_delay",      "segment_decommit_delay"};
    enum { NAMES = sizeof names / sizeof names[0] };
    struct codetext found[NAMES];
    char list[256] = "";
    for (size_t i = 0; i < NAMES; i++)
        found[i].text = names[i];
    codetext_find(file, found, NAMES);
    for (size_t i = 0; i < NAMES; i++) {
        int64_t value;
        if (!mi_default(file, &found[i], &value))
            continue;
        text_append(list, sizeof list, "%s%s=%lld", *list ? ", " : "", names[i],
                    (long long)value);
        if (strcmp(names[i], "allow_thp") == 0 || strcmp(names[i], "purge_delay") == 0)
            add_option(ret, "%s=%ld", names[i], (long)value);
    }
    if (*list)
        inspect_claim(ret, LIKELY, "mimalloc's built-in defaults",
                      "before the options' names lie %s", list);
}

static void mi_claim_level(struct inspection *ret, const struct elfimage *file,
                           const struct codetext *text, const char *name) {
    enum { LEVEL_MAX = 9 };
    int64_t level = codetext_argument(file, text, 1);
    char what[96];
    if (level < 0 || level > LEVEL_MAX)
        return;
    snprintf(what, sizeof what, "mimalloc was built with %s level %d", name, (int)level);
    inspect_claim(ret, LIKELY, what, "the code at 0x%llx passes %d to its text \"%.*s\"",
                  (unsigned long long)text->use, (int)level,
                  (int)strcspn(text->text, "\n"), text->text);
    if (level > 0)
        add_option(ret, "%s level %ld", name, (long)level);
}

void inspect_mimalloc(struct inspection *ret, const struct elfimage *file) {
    struct codetext found[MI_TEXTS];
    for (size_t i = 0; i < MI_TEXTS; i++)
        found[i].text = mi_texts[i];
    codetext_find(file, found, MI_TEXTS);
    int generation = mi_generation(found);
    if (!mi_claim_printed_version(ret, file, &found[MI_VERSION], generation) &&
        !mi_claim_printed_version(ret, file, &found[MI_VERSION_BUILT], generation) &&
        !mi_claim_returned_version(ret, file))
        mi_claim_generation(ret, found, generation);
    mi_claim_level(ret, file, &found[MI_SECURE], "secure");
    mi_claim_level(ret, file, &found[MI_DEBUG], "debug");
    mi_claim_defaults(ret, file);
}

/* ---- texts of a shape ---- */

/* The next text from `*at` on that stands between NULs and that `is_it` accepts, or NULL.
 * Advances *at. */
static const char *next_text(const struct elfimage *file, size_t *at,
                             bool (*is_it)(const char *text, size_t length)) {
    enum { LENGTH_MAX = 80 };
    const char *bytes = (const char *)file->bytes;
    while (*at < file->length) {
        const char *text = bytes + *at;
        const char *end = memchr(text, 0, file->length - *at);
        size_t length = end ? (size_t)(end - text) : file->length - *at;
        *at += length + 1;
        if (end && length > 0 && length <= LENGTH_MAX && is_it(text, length))
            return text;
    }
    return NULL;
}

/* ---- jemalloc ---- */

/* A version as jemalloc's own build writes it: "5.3.0-1-ge13c..." with 40 digits, or
 * "5.3.0-0-g0". */
static bool is_jemalloc_version(const char *text, size_t length) {
    enum { HASH = 40 };
    unsigned part[4];
    int used = 0;
    if (sscanf(text, "%2u.%2u.%2u-%5u-g%n", &part[0], &part[1], &part[2], &part[3],
               &used) != 4 ||
        used == 0)
        return false;
    size_t digits = strspn(text + used, "0123456789abcdef");
    return (size_t)used + digits == length && (digits == HASH || digits == 1);
}

/* The name of a variable such as "MALLOC_CONF" or "_RJEM_MALLOC_CONF". */
static bool is_jemalloc_variable(const char *text, size_t length) {
    static const char end[] = "MALLOC_CONF";
    return length >= sizeof end - 1 &&
           strcmp(text + length - (sizeof end - 1), end) == 0 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == length;
}

void inspect_jemalloc(struct inspection *ret, const struct elfimage *file) {
    size_t at = 0;
    char what[160];
    const char *version = next_text(file, &at, is_jemalloc_version);
    if (version) {
        const char *other = next_text(file, &at, is_jemalloc_version);
        bool is_one = !other || strcmp(other, version) == 0;
        snprintf(what, sizeof what, "jemalloc is version %s", version);
        inspect_claim(ret, is_one ? CERTAIN : LIKELY, what,
                      is_one ? "the only text that looks like one of its versions"
                             : "one of several texts that look like its versions");
        char number[16];
        snprintf(number, sizeof number, "%.*s", (int)strcspn(version, "-"), version);
        inspect_append(ret->version, sizeof ret->version, number);
    }
    at = 0;
    const char *variable = next_text(file, &at, is_jemalloc_variable);
    if (variable) {
        snprintf(what, sizeof what, "jemalloc takes its settings from the variable %.80s",
                 variable);
        inspect_claim(ret, CERTAIN, what, "the text \"%.80s\" stands alone in the file",
                      variable);
        inspect_append(ret->options, sizeof ret->options, variable);
    }
}

/* ---- ebb ---- */

static bool is_plain_version(const char *text, size_t length) {
    unsigned part[3];
    int used = 0;
    return sscanf(text, "%2u.%2u.%2u%n", &part[0], &part[1], &part[2], &used) == 3 &&
           (size_t)used == length;
}

/* Claims a version if code uses exactly one of the texts that look like a version. */
void inspect_ebb(struct inspection *ret, const struct elfimage *file) {
    enum { CANDIDATES = 16 };
    struct codetext found[CANDIDATES];
    size_t count = 0, at = 0, used = 0, last = 0;
    const char *text;
    while (count < CANDIDATES && (text = next_text(file, &at, is_plain_version))) {
        bool is_new = true;
        for (size_t i = 0; i < count; i++)
            is_new = is_new && strcmp(found[i].text, text) != 0;
        if (is_new)
            found[count++].text = text;
    }
    codetext_find(file, found, count);
    for (size_t i = 0; i < count; i++)
        if (found[i].use) {
            used++;
            last = i;
        }
    if (used != 1)
        return;
    char what[96];
    snprintf(what, sizeof what, "ebb is version %s", found[last].text);
    inspect_claim(ret, LIKELY, what,
                  "the only version that code uses, at 0x%llx (nothing says whose)",
                  (unsigned long long)found[last].use);
    inspect_append(ret->version, sizeof ret->version, found[last].text);
}

/* ---- glibc ---- */

void inspect_glibc(struct inspection *ret, const struct elfimage *file) {
    static const char before[] = "stable release version ";
    const char *found = memmem(file->bytes, file->length, before, sizeof before - 1);
    if (!found)
        return;
    const char *number = found + sizeof before - 1;
    size_t room = (size_t)((const char *)file->bytes + file->length - number);
    char version[9] = "";
    memcpy(version, number, room < sizeof version ? room : sizeof version - 1);
    version[strspn(version, "0123456789.")] = '\0';
    for (size_t length = strlen(version); length && version[length - 1] == '.';)
        version[--length] = '\0'; /* the end of a sentence */
    if (!*version)
        return;
    char what[96];
    snprintf(what, sizeof what, "glibc is version %s", version);
    inspect_claim(ret, CERTAIN, what, "its text \"%s%s\"", before, version);
    inspect_append(ret->version, sizeof ret->version, version);
}
