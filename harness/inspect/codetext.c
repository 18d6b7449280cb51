#include "codetext.h"

#include <stdlib.h>
#include <string.h>

#include "elfimage.h"
#include "functions.h"
#include "heap.h"

enum {
    PLACES_MAX = 64, /* places of one text */
    LEA_BYTES = 7,   /* lea displacement(%rip),register */
    BEFORE = 64,     /* bytes before a use that are searched for arguments */
    AFTER = 64,      /* at most so many bytes follow until the call */
};

/* Where a text lies. `text` is its index. The array is in order of addresses. */
struct place {
    uint64_t address;
    size_t text;
};

bool codetext_knows_code(const struct elfimage *file) {
    return file->machine == EM_X86_64;
}

static int by_address(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    return (x->address > y->address) - (x->address < y->address);
}

/* ---- the texts ---- */

/* The address of an offset. False if no loaded segment holds it. */
static bool find_address(const struct elfimage *file, uint64_t offset, uint64_t *ret) {
    for (size_t i = 0; i < file->segment_count; i++) {
        const Elf64_Phdr *segment = &file->segments[i];
        if (segment->p_type == PT_LOAD && offset >= segment->p_offset &&
            offset - segment->p_offset < segment->p_filesz) {
            *ret = segment->p_vaddr + (offset - segment->p_offset);
            return true;
        }
    }
    return false;
}

static size_t find_places(const struct elfimage *file, const struct codetext *text,
                          size_t index, struct place *ret) {
    size_t count = 0, length = strlen(text->text) + 1;
    const unsigned char *at = file->bytes, *end = file->bytes + file->length;
    while (count < PLACES_MAX &&
           (at = memmem(at, (size_t)(end - at), text->text, length)) != NULL) {
        ret[count].text = index;
        count += find_address(file, (uint64_t)(at - file->bytes), &ret[count].address);
        at += length;
    }
    return count;
}

/* ---- the code ---- */

/* Whether the code loads an address into a register. If so, which. */
static bool takes_address(const struct elfimage *file, const unsigned char *code,
                          uint64_t address, int *ret_register, uint64_t *ret_address) {
    if ((code[0] == 0x48 || code[0] == 0x4c) && code[1] == 0x8d &&
        (code[2] & 0xc7) == 0x05) {
        *ret_register = (code[2] >> 3 & 7) | (code[0] & 4 ? 8 : 0);
        *ret_address = function_target(code, address, 3);
        return true;
    }
    if (file->type == ET_EXEC && (code[0] & 0xf8) == 0xb8) {
        uint32_t value;
        memcpy(&value, code + 1, sizeof value);
        *ret_register = code[0] & 7;
        *ret_address = value;
        return true;
    }
    return false;
}

static void search_segment(const struct elfimage *file, const Elf64_Phdr *segment,
                           const struct place *places, size_t count,
                           struct codetext *texts) {
    const unsigned char *begin = file->bytes + segment->p_offset;
    for (size_t i = 0; i + LEA_BYTES <= segment->p_filesz; i++) {
        int number;
        uint64_t target, address = segment->p_vaddr + i;
        if (!takes_address(file, begin + i, address, &number, &target))
            continue;
        struct place key = {.address = target};
        const struct place *place = bsearch(&key, places, count, sizeof key, by_address);
        if (!place || texts[place->text].use)
            continue;
        struct codetext *text = &texts[place->text];
        text->use = address;
        text->use_register = number;
        text->address = place->address;
    }
}

void codetext_find(const struct elfimage *file, struct codetext *texts, size_t count) {
    struct place *places = heap_new(count * PLACES_MAX, sizeof *places);
    size_t place_count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t found = find_places(file, &texts[i], i, places + place_count);
        texts[i] = (struct codetext){.text = texts[i].text, .is_there = found > 0};
        if (found)
            texts[i].address = places[place_count].address;
        place_count += found;
    }
    qsort(places, place_count, sizeof *places, by_address);
    for (size_t i = 0; codetext_knows_code(file) && i < file->segment_count; i++)
        if (file->segments[i].p_type == PT_LOAD && file->segments[i].p_flags & PF_X)
            search_segment(file, &file->segments[i], places, place_count, texts);
    free(places);
}

/* ---- arguments ---- */

/* Whether the code writes a whole number into the register. If so, which number. One byte
 * before `code` must be readable. */
static bool writes_number(const unsigned char *code, int number, uint32_t *ret) {
    unsigned char low = (unsigned char)(number & 7), both = (0xc0 | low << 3 | low);
    bool is_xor = code[0] == 0x31 && code[1] == both; /* xor register,register */
    if (!is_xor && code[0] != (0xb8 | low))           /* mov $value,register */
        return false;
    /* a prefix makes it one of the registers from 8 on */
    bool has_prefix = code[-1] == 0x41 || code[-1] == 0x45;
    if (number >= 8 ? code[-1] != (is_xor ? 0x45 : 0x41) : has_prefix)
        return false;
    *ret = 0;
    if (!is_xor)
        memcpy(ret, code + 1, sizeof *ret);
    return true;
}

int64_t codetext_argument(const struct elfimage *file, const struct codetext *text,
                          unsigned n) {
    static const int arguments[] = {7, 6, 2, 1, 8, 9}; /* rdi rsi rdx rcx r8 r9 */
    enum { ARGUMENTS = sizeof arguments / sizeof arguments[0] };
    unsigned first = 0;
    while (first < ARGUMENTS && arguments[first] != text->use_register)
        first++;
    uint64_t use;
    if (!text->use || first + n >= ARGUMENTS ||
        !elfimage_find_offset(file, text->use, LEA_BYTES, &use))
        return -1;
    uint64_t begin = use > BEFORE ? use - BEFORE : 1, end = use + LEA_BYTES;
    while (end < use + AFTER && end + 8 < file->length && file->bytes[end] != 0xe8)
        end++;
    int64_t found = -1;
    for (uint64_t at = begin; at < end && at + 8 < file->length; at++) {
        uint32_t value;
        if (writes_number(file->bytes + at, arguments[first + n], &value))
            found = value;
    }
    return found;
}
