#include "bin.h"

void bins_init(struct cache *cache, unsigned shard, bool quarantine) {
    void **slot = cache->slots;
    for (unsigned class = 0; class < CLASS_SLOTS; class ++) {
        struct bin *bin = &cache->bins[class];
        bin->top = bin->bottom = slot;
        slot += size_classes[class].stack_blocks;
        bin->end = quarantine ? bin->bottom : slot;
        slot++;
        bin->shard = shard;
        bin->size = size_classes[class].size;
    }
    for (size_t units = 0; units <= SMALL_UNITS; units++)
        cache->of_units[units] = &cache->bins[class_of_units[units]];
}

void bins_empty(struct cache *cache) {
    for (unsigned class = 0; class < CLASS_SLOTS; class ++) {
        cache->bins[class].top = cache->bins[class].bottom;
        cache->bins[class].word = 0;
        cache->bins[class].held = 0;
    }
}

bool bin_is_valid(unsigned class, const struct bin *bin) {
    return *bin->bottom == NULL && bin->bottom <= bin->top && bin->top <= bin->end &&
           (bin->end == bin->bottom ||
            bin->end - bin->bottom == size_classes[class].stack_blocks) &&
           bin->held <= size_classes[class].stack_blocks &&
           bin->size == size_classes[class].size &&
           (bin->word == 0 || load_relaxed(class_entry(slice_of(bin->base))) == class);
}
