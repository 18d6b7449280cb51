#include "memory.h"

#include <sys/mman.h>

#include "say.h"

void *memory_map(size_t bytes) {
    void *memory = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        say_fail("cannot map memory for the workload's own tables");
    return memory;
}

void memory_unmap(void *memory, size_t bytes) {
    munmap(memory, bytes ? bytes : 1);
}
