/* Two levels of bits per class and shard. Every change of a bit is an acquire-release
 * operation on the bit's own location, so of a setter and a clearer the later one (in
 * that location's modification order) has seen what the earlier one did before. */
#include "partial.h"

#include "atomic.h"

static inline _Atomic uint64_t *group_bits(const struct partial_key *key, size_t group) {
    size_t place = (group / GROUPS * heap.shards + key->shard) * GROUPS + group % GROUPS;
    return &heap.partial[place].bits[key->kind][key->class];
}

static inline _Atomic uint64_t *summary_bits(const struct partial_key *key,
                                             size_t group) {
    return &heap.overview[group / GROUPS].summary[key->shard].bits[key->kind][key->class];
}

void partial_set(struct partial_key key, size_t index) {
    size_t group = index / GROUP_SLICES;
    /* pairs with the and_acq_rel in partial_clear(): the clearer sees the word's bit,
     * or we come later and the slab's bit stays */
    if (or_acq_rel(group_bits(&key, group), 1ull << index % GROUP_SLICES) == 0)
        /* pairs with the and_acq_rel in clear_summary() in the same way */
        or_acq_rel(summary_bits(&key, group), 1ull << group % GROUPS);
}

void partial_restore(struct partial_key key, size_t index) {
    size_t group = index / GROUP_SLICES; /* relaxed: nobody else is there */
    if (partial_has(key, index))
        return; /* a page that nobody writes stays shared with the parent */
    or_relaxed(group_bits(&key, group), 1ull << index % GROUP_SLICES);
    or_relaxed(summary_bits(&key, group), 1ull << group % GROUPS);
}

static void recover_group(const struct partial_key *key, size_t group) {
    _Atomic uint64_t *summary = summary_bits(key, group);
    uint64_t bit = 1ull << group % GROUPS;
    if (load_relaxed(group_bits(key, group)) != 0 && (load_relaxed(summary) & bit) == 0)
        or_relaxed(summary, bit);
}

void partial_recover(unsigned shards) {
    size_t groups = (load_relaxed(&heap.frontier) + GROUP_SLICES - 1) / GROUP_SLICES;
    struct partial_key key;
    for (key.shard = 0; key.shard < shards; key.shard++)
        for (size_t group = heap.first / GROUP_SLICES; group < groups; group++)
            for (key.class = 1; key.class < CLASS_SLOTS; key.class ++)
                for (int kind = 0; kind < PARTIAL_KINDS; kind++) {
                    key.kind = (enum partial_kind)kind;
                    recover_group(&key, group);
                }
}

static void clear_summary(const struct partial_key *key, size_t group) {
    /* pairs with the or_acq_rel in partial_set() */
    and_acq_rel(summary_bits(key, group), ~(1ull << group % GROUPS));
    if (load_relaxed(group_bits(key, group)) != 0)
        or_acq_rel(summary_bits(key, group), 1ull << group % GROUPS);
}

void partial_clear(struct partial_key key, size_t index) {
    uint64_t bit = 1ull << index % GROUP_SLICES;
    /* pairs with the or_acq_rel in partial_set() */
    if (and_acq_rel(group_bits(&key, index / GROUP_SLICES), ~bit) == bit)
        clear_summary(&key, index / GROUP_SLICES);
}

bool partial_has(struct partial_key key, size_t index) {
    size_t group = index / GROUP_SLICES; /* relaxed: for checks while nobody allocates */
    return (load_relaxed(group_bits(&key, group)) >> index % GROUP_SLICES & 1) != 0 &&
           (load_relaxed(summary_bits(&key, group)) >> group % GROUPS & 1) != 0;
}

/* The slices of one word of a summary. */
enum { WORD_SLICES = GROUPS * GROUP_SLICES };

bool partial_lowest(struct partial_key key, size_t *ret_index) {
    size_t frontier = load_relaxed(&heap.frontier); /* stale: misses only new slices */
    for (size_t s = heap.first / WORD_SLICES; s * WORD_SLICES < frontier; s++) {
        uint64_t groups = load_relaxed(summary_bits(&key, GROUPS * s));
        for (; groups != 0; groups &= groups - 1) {
            size_t group = GROUPS * s + (unsigned)__builtin_ctzll(groups);
            uint64_t bits = load_relaxed(group_bits(&key, group));
            if (bits != 0) {
                *ret_index = GROUP_SLICES * group + (unsigned)__builtin_ctzll(bits);
                return true;
            }
            clear_summary(&key, group);
        }
    }
    return false;
}

bool partial_seems_empty(struct partial_key key) {
    size_t frontier = load_relaxed(&heap.frontier); /* relaxed: a hint */
    for (size_t s = heap.first / WORD_SLICES; s * WORD_SLICES < frontier; s++)
        if (load_relaxed(summary_bits(&key, GROUPS * s)) != 0)
            return false;
    return true;
}
