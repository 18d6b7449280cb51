/*
 * There is no disassembler. Code is searched byte by byte for a few encodings. Other
 * bytes can look like one of them. That is rare and counts once each time, while a true
 * call is found many times.
 */
#include "candidates.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "elfimage.h"

enum {
    TEXTS_MAX = 256,
    TEXT_USES_MIN = 2,
    MARGIN = 96 << 10, /* mimalloc's code around the uses of its texts: 50 to 90 KB */
    USES_MAX = 256,
    USES_APART_MAX = 64 << 10,
    DIRECT_CALLS_MIN = 3, /* fewer may be bytes that only look like a call */
    BODY_MAX = 4096,
    FUNCTION_ALIGNMENT = 16,
    NEAR = 64 << 10, /* code so close to known functions belongs to the allocator */
    COLD_MAX = 256,  /* cold parts: code of a function that the compiler put elsewhere */
    COLD_BYTES = 512,
};

struct slot {
    uint64_t at, target;
};

/* The addresses that hold mimalloc's code, and some of its neighbours'. Counts are kept
 * for each byte, by its distance from `low`. */
struct window {
    const struct elfimage *image;
    uint64_t low, high;           /* with the margin */
    uint64_t first_use, last_use; /* of its texts */
    struct slot *slots;           /* slots that lead into the window, in order of `at` */
    size_t slot_count;
    unsigned *calls; /* of functions that begin there: through slots and from outside */
};

/* ---- code ---- */

typedef void visitor(struct window *window, const unsigned char *code, uint64_t address,
                     void *context);

/* Visits each byte of all code. */
static void visit_code(struct window *window, visitor *visit, void *context) {
    for (size_t i = 0; i < window->image->segment_count; i++) {
        const Elf64_Phdr *text = &window->image->segments[i];
        if (text->p_type != PT_LOAD || !(text->p_flags & PF_X))
            continue;
        const unsigned char *begin = window->image->bytes + text->p_offset;
        for (size_t k = 0; k + 8 <= text->p_filesz; k++)
            visit(window, begin + k, text->p_vaddr + k, context);
    }
}

/* Whether the code is "OPCODE displacement(%rip),REGISTER" with a 64-bit register. */
static bool is_rip_relative(const unsigned char *code, unsigned char opcode) {
    return (code[0] & 0xfb) == 0x48 && code[1] == opcode && (code[2] & 0xc7) == 0x05;
}

/* The slot that the call, jump or load at `code` uses. 0 if it is none of these. */
static uint64_t slot_used(const unsigned char *code, uint64_t address) {
    if (code[0] == 0xff && (code[1] == 0x15 || code[1] == 0x25))
        return function_target(code, address, 2);
    return is_rip_relative(code, 0x8b) ? function_target(code, address, 3) : 0;
}

/* The target of the direct call or jump at `code`. 0 if it is neither. */
static uint64_t branch_target(const unsigned char *code, uint64_t address) {
    if (code[0] == 0xe8 || code[0] == 0xe9)
        return function_target(code, address, 1);
    if (code[0] == 0x0f && (code[1] & 0xf0) == 0x80)
        return function_target(code, address, 2);
    return 0;
}

/* ---- the texts, and the code that uses them ---- */

struct texts {
    size_t count, use_count;
    uint64_t at[TEXTS_MAX], uses[USES_MAX]; /* `uses` is in order of addresses */
};

static void find_texts(const struct elfimage *image, struct texts *ret) {
    static const char text[] = "mimalloc: ";
    for (size_t i = 0; i < image->segment_count; i++) {
        const Elf64_Phdr *segment = &image->segments[i];
        if (segment->p_type != PT_LOAD)
            continue;
        const unsigned char *begin = image->bytes + segment->p_offset,
                            *end = begin + segment->p_filesz, *at = begin;
        while (ret->count < TEXTS_MAX &&
               (at = memmem(at, (size_t)(end - at), text, sizeof text - 1)) != NULL) {
            ret->at[ret->count++] = segment->p_vaddr + (uint64_t)(at - begin);
            at++;
        }
    }
}

static void visit_use(struct window *window, const unsigned char *code, uint64_t address,
                      void *context) {
    struct texts *texts = context;
    (void)window;
    if (!is_rip_relative(code, 0x8d) || texts->use_count == USES_MAX) /* lea */
        return;
    uint64_t target = function_target(code, address, 3);
    for (size_t i = 0; i < texts->count; i++)
        if (texts->at[i] == target) {
            texts->uses[texts->use_count++] = address;
            return;
        }
}

/* Finds the largest group of uses that lie close together. Returns its size. */
static size_t find_cluster(const struct texts *texts, struct window *ret) {
    size_t most = 0;
    for (size_t i = 0, begin = 0; i < texts->use_count; i++) {
        if (i > begin && texts->uses[i] - texts->uses[i - 1] > USES_APART_MAX)
            begin = i;
        if (i - begin + 1 > most) {
            most = i - begin + 1;
            ret->first_use = texts->uses[begin];
            ret->last_use = texts->uses[i];
        }
    }
    return most;
}

static int find_window(const struct elfimage *image, struct window *ret) {
    struct texts texts = {0};
    *ret = (struct window){.image = image};
    find_texts(image, &texts);
    if (texts.count > 0)
        visit_code(ret, visit_use, &texts);
    if (find_cluster(&texts, ret) < TEXT_USES_MIN)
        return -ENOENT;
    const Elf64_Phdr *text = elfimage_segment(image, ret->first_use, 1);
    uint64_t begin = text->p_vaddr, end = text->p_vaddr + text->p_filesz;
    ret->low = ret->first_use - begin > MARGIN ? ret->first_use - MARGIN : begin;
    ret->high = end - ret->last_use > MARGIN ? ret->last_use + MARGIN : end;
    return 0;
}

static bool is_in(const struct window *window, uint64_t address) {
    return address >= window->low && address < window->high;
}

/* ---- who calls them ---- */

static int by_place(const void *a, const void *b) {
    const struct slot *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static int find_slots(struct window *window) {
    const struct elfimage *image = window->image;
    size_t n = 0;
    window->slots = calloc(image->relocation_count, sizeof *window->slots);
    if (!window->slots)
        return -ENOMEM;
    for (size_t i = 0; i < image->relocation_count; i++) {
        const Elf64_Rela *r = &image->relocations[i];
        if (ELF64_R_TYPE(r->r_info) == R_X86_64_RELATIVE &&
            is_in(window, (uint64_t)r->r_addend))
            window->slots[n++] =
                (struct slot){.at = r->r_offset, .target = (uint64_t)r->r_addend};
    }
    window->slot_count = n;
    qsort(window->slots, n, sizeof *window->slots, by_place);
    return 0;
}

static const struct slot *slot_at(const struct window *window, uint64_t address) {
    if (window->slot_count == 0 || address < window->slots[0].at ||
        address > window->slots[window->slot_count - 1].at)
        return NULL;
    struct slot key = {.at = address};
    return bsearch(&key, window->slots, window->slot_count, sizeof key, by_place);
}

static void visit_call(struct window *window, const unsigned char *code, uint64_t address,
                       void *context) {
    unsigned *direct = context;
    uint64_t used = slot_used(code, address);
    const struct slot *slot = used ? slot_at(window, used) : NULL;
    if (slot)
        window->calls[slot->target - window->low]++;
    else if (code[0] == 0xe8 && !is_in(window, address) &&
             is_in(window, function_target(code, address, 1)))
        direct[function_target(code, address, 1) - window->low]++;
}

static int count_calls(struct window *window) {
    size_t length = window->high - window->low;
    unsigned *direct = calloc(length, sizeof *direct);
    window->calls = calloc(length, sizeof *window->calls);
    int error = direct && window->calls ? find_slots(window) : -ENOMEM;
    if (!error) {
        visit_code(window, visit_call, direct);
        for (size_t i = 0; i < length; i++)
            window->calls[i] += direct[i] >= DIRECT_CALLS_MIN ? direct[i] : 0;
    }
    free(direct);
    return error;
}

static void close_window(struct window *window) {
    free(window->calls);
    free(window->slots);
}

int candidates_find(const struct elfimage *image, struct functions *ret,
                    const char **ret_why) {
    struct window window;
    int error = find_window(image, &window);
    if (error)
        return error;
    error = count_calls(&window);
    if (error)
        *ret_why = "there is not enough memory to look for its mimalloc";
    ret->count = 0;
    while (!error) {
        size_t best = 0, length = window.high - window.low - FUNCTION_JUMP_BYTES;
        for (size_t i = 1; i < length; i++)
            best = window.calls[i] > window.calls[best] ? i : best;
        if (window.calls[best] == 0 || ret->count == FUNCTIONS_MAX)
            break;
        uint64_t address = window.low + best;
        ret->list[ret->count++] = (struct function){
            .address = address,
            .offset = elfimage_offset(elfimage_segment(image, address, 1), address)};
        window.calls[best] = 0;
    }
    close_window(&window);
    if (!error && ret->count == 0) {
        *ret_why = "no code was found that calls its mimalloc";
        error = -EINVAL;
    }
    return error;
}

/* ---- calls of internal functions ---- */

enum { BEGINS = 1, IS_INSIDE = 2, IS_FOUND = 4, IS_WALKED = 8 };

struct inside {
    unsigned char *marks; /* one for each byte of the window */
    uint64_t first, last; /* addresses of the first and last internal function */
    uint64_t cold[COLD_MAX];
    size_t cold_count;
    unsigned calls;
};

static void visit_begin(struct window *window, const unsigned char *code,
                        uint64_t address, void *context) {
    struct inside *inside = context;
    if (code[0] == 0xe8 && is_in(window, address) &&
        is_in(window, function_target(code, address, 1)))
        inside->marks[function_target(code, address, 1) - window->low] |= BEGINS;
}

/*
 * Marks the functions that the function at `address` calls, or jumps to at its end, as
 * internal. A jump out of the window leads to a cold part of the function. Returns
 * whether a function was marked.
 */
static bool walk(const struct window *window, struct inside *inside, uint64_t address) {
    const Elf64_Phdr *text = elfimage_segment(window->image, address, 1);
    const unsigned char *code = window->image->bytes + elfimage_offset(text, address);
    bool is_more = false;
    for (uint64_t i = 0; i < BODY_MAX && address + i + 8 < window->high; i++) {
        if (i > 0 && inside->marks[address + i - window->low] & BEGINS)
            break;
        uint64_t target = branch_target(code + i, address + i);
        const Elf64_Phdr *there =
            target ? elfimage_segment(window->image, target, 1) : NULL;
        if (there != text)
            continue;
        if (!is_in(window, target)) {
            if (code[i] != 0xe8 && inside->cold_count < COLD_MAX)
                inside->cold[inside->cold_count++] = target;
            continue;
        }
        unsigned char *mark = &inside->marks[target - window->low];
        bool is_tail_call = code[i] != 0xe8 && target % FUNCTION_ALIGNMENT == 0;
        if ((*mark & BEGINS || is_tail_call) && !(*mark & IS_INSIDE)) {
            *mark |= IS_INSIDE;
            is_more = true;
            inside->first = target < inside->first ? target : inside->first;
            inside->last = target > inside->last ? target : inside->last;
        }
    }
    return is_more;
}

static void walk_all(const struct window *window, struct inside *inside) {
    for (bool is_more = true; is_more;) {
        is_more = false;
        for (uint64_t i = 0; i < window->high - window->low; i++)
            if (inside->marks[i] & IS_INSIDE && !(inside->marks[i] & IS_WALKED)) {
                inside->marks[i] |= IS_WALKED;
                is_more |= walk(window, inside, window->low + i);
            }
    }
}

static bool is_cold(const struct inside *inside, uint64_t address) {
    for (size_t i = 0; i < inside->cold_count; i++)
        if (address - inside->cold[i] < COLD_BYTES)
            return true;
    return false;
}

static void visit_inlined(struct window *window, const unsigned char *code,
                          uint64_t address, void *context) {
    struct inside *inside = context;
    uint64_t target = branch_target(code, address);
    if (target == 0 || !is_in(window, target) ||
        (address + NEAR >= inside->first && address < inside->last + NEAR) ||
        (inside->marks[target - window->low] & (IS_INSIDE | IS_FOUND)) != IS_INSIDE ||
        is_cold(inside, address))
        return;
    inside->calls++;
}

int candidates_inlined(const struct elfimage *image, const struct functions *found,
                       unsigned *ret) {
    struct window window;
    int error = find_window(image, &window);
    if (error)
        return error;
    struct inside inside = {.first = window.first_use, .last = window.last_use};
    inside.marks = calloc(window.high - window.low, 1);
    if (!inside.marks)
        return -ENOMEM;
    for (size_t i = 0; i < found->count; i++) {
        uint64_t address = found->list[i].address;
        inside.marks[address - window.low] |= BEGINS | IS_INSIDE | IS_FOUND;
        inside.first = address < inside.first ? address : inside.first;
        inside.last = address > inside.last ? address : inside.last;
    }
    visit_code(&window, visit_begin, &inside);
    walk_all(&window, &inside);
    visit_code(&window, visit_inlined, &inside);
    free(inside.marks);
    *ret = inside.calls;
    return 0;
}
