/* Two levels of bits per class. Every change of a bit is an acquire-release operation
 * on the bit's own location, so of a setter and a clearer the later one (in that
 * location's modification order) has seen what the earlier one did before. */
#include "partial.h"

#include "atomic.h"

static inline _Atomic uint64_t *group_bits(enum partial_kind kind, unsigned class,
                                           size_t group) {
    return &heap.partial[group].bits[kind][class];
}

static inline _Atomic uint64_t *summary_bits(enum partial_kind kind, unsigned class,
                                             size_t group) {
    return &heap.overview[group / 64].partial.bits[kind][class];
}

void partial_set(enum partial_kind kind, unsigned class, size_t index) {
    size_t group = index / 64;
    /* pairs with the and_acq_rel in partial_clear(): the clearer sees the word's bit,
     * or we come later and the slab's bit stays */
    if (or_acq_rel(group_bits(kind, class, group), 1ull << index % 64) == 0)
        /* pairs with the and_acq_rel in clear_summary() in the same way */
        or_acq_rel(summary_bits(kind, class, group), 1ull << group % 64);
}

void partial_restore(enum partial_kind kind, unsigned class, size_t index) {
    size_t group = index / 64; /* relaxed: nobody else is there */
    if (partial_has(kind, class, index))
        return; /* a page that nobody writes stays shared with the parent */
    or_relaxed(group_bits(kind, class, group), 1ull << index % 64);
    or_relaxed(summary_bits(kind, class, group), 1ull << group % 64);
}

void partial_recover(void) {
    size_t groups = (load_relaxed(&heap.frontier) + 63) / 64;
    for (size_t group = heap.first / 64; group < groups; group++)
        for (unsigned kind = 0; kind < PARTIAL_KINDS; kind++)
            for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
                _Atomic uint64_t *summary =
                    summary_bits((enum partial_kind)kind, class, group);
                uint64_t bit = 1ull << group % 64;
                if (load_relaxed(group_bits((enum partial_kind)kind, class, group)) !=
                        0 &&
                    (load_relaxed(summary) & bit) == 0)
                    or_relaxed(summary, bit);
            }
}

static void clear_summary(enum partial_kind kind, unsigned class, size_t group) {
    /* pairs with the or_acq_rel in partial_set() */
    and_acq_rel(summary_bits(kind, class, group), ~(1ull << group % 64));
    if (load_relaxed(group_bits(kind, class, group)) != 0)
        or_acq_rel(summary_bits(kind, class, group), 1ull << group % 64);
}

void partial_clear(enum partial_kind kind, unsigned class, size_t index) {
    uint64_t bit = 1ull << index % 64;
    /* pairs with the or_acq_rel in partial_set() */
    if (and_acq_rel(group_bits(kind, class, index / 64), ~bit) == bit)
        clear_summary(kind, class, index / 64);
}

bool partial_has(enum partial_kind kind, unsigned class, size_t index) {
    size_t group = index / 64; /* relaxed: for checks while nobody allocates */
    return (load_relaxed(group_bits(kind, class, group)) >> index % 64 & 1) != 0 &&
           (load_relaxed(summary_bits(kind, class, group)) >> group % 64 & 1) != 0;
}

bool partial_lowest(enum partial_kind kind, unsigned class, size_t *ret_index) {
    size_t frontier = load_relaxed(&heap.frontier); /* stale: misses only new slices */
    for (size_t s = heap.first / 4096; s * 4096 < frontier; s++) {
        uint64_t groups = load_relaxed(summary_bits(kind, class, 64 * s));
        for (; groups != 0; groups &= groups - 1) {
            size_t group = 64 * s + (unsigned)__builtin_ctzll(groups);
            uint64_t bits = load_relaxed(group_bits(kind, class, group));
            if (bits != 0) {
                *ret_index = 64 * group + (unsigned)__builtin_ctzll(bits);
                return true;
            }
            clear_summary(kind, class, group);
        }
    }
    return false;
}
