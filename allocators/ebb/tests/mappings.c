/* A process that may have no mapping more: the heap still grows, and the kernel is not
 * left willing to put huge pages where memory was given back.
 *
 * usage: mappings grows SIZE | holes */
#include <string.h>
#include <sys/mman.h>

#include "resident.h"

enum { PAGE = 4096, MIB = 1 << 20, REGION = 2 * MIB };

/* Every second page of an area becomes a mapping of its own, as far as that goes. */
static void use_up_mappings(void) {
    enum { PAGES = 140000 };
    char *area = mmap(NULL, (size_t)PAGES * PAGE, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(area != MAP_FAILED);
    int i = 0;
    while (i < PAGES &&
           mprotect(area + (size_t)i * PAGE, PAGE, PROT_READ | PROT_WRITE) == 0)
        i += 2;
    if (i >= PAGES) {
        dprintf(1, "skipped: a process may have more mappings than were made here\n");
        _exit(77);
    }
}

static void grows(size_t size) {
    enum { BEFORE_MIB = 16, THEN_MIB = 512 };
    for (size_t i = 0; i < (size_t)BEFORE_MIB * MIB / size; i++)
        memset(malloc(size), 1, size);
    use_up_mappings();
    size_t bytes = 0;
    for (char *block; bytes < (size_t)THEN_MIB * MIB && (block = malloc(size)) != NULL;
         bytes += size)
        *block = 1;
    dprintf(1, "%zu of %d MiB in blocks of %zu\n", bytes / MIB, THEN_MIB, size);
    CHECK(bytes >= (size_t)THEN_MIB * MIB);
}

/* Whether all pages of a region are resident, or none: if not, 1. */
static int is_partly_there(char *region) {
    static unsigned char there[REGION / PAGE];
    CHECK(mincore(region, REGION, there) == 0);
    int pages = 0;
    for (int i = 0; i < REGION / PAGE; i++)
        pages += there[i] & 1;
    return pages > 0 && pages < REGION / PAGE;
}

/* Regions with holes in mappings where the kernel may put huge pages. regions: of such
 * mappings altogether. */
static int holes_in_willing(int *regions) {
    static char line[4096];
    FILE *smaps = fopen("/proc/self/smaps", "re");
    CHECK(smaps != NULL);
    setvbuf(smaps, NULL, _IOFBF, 4096);
    unsigned long from = 0, to = 0, a, b;
    int holes = 0;
    *regions = 0;
    while (fgets(line, sizeof line, smaps) != NULL) {
        if (sscanf(line, "%lx-%lx ", &a, &b) == 2) {
            from = a;
            to = b;
        } else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg") != NULL) {
            for (a = (from + REGION - 1) / REGION * REGION; a + REGION <= to;
                 a += REGION) {
                holes += is_partly_there((char *)a);
                ++*regions;
            }
        }
    }
    fclose(smaps);
    return holes;
}

static void holes(void) {
    enum { BYTES = 32 * MIB, SIZE = 4000, COUNT = BYTES / SIZE, KEPT_OF = 64, MS = 5000 };
    static char *blocks[COUNT];
    warm_memory();
    for (int i = 0; i < COUNT; i++)
        memset(blocks[i] = malloc(SIZE), 1, SIZE);
    int willing;
    holes_in_willing(&willing);
    if (willing == 0) {
        dprintf(1, "skipped: no huge pages were to be had\n");
        _exit(77);
    }
    for (int i = 0; i < 20; i++) { /* while a thread for the reclaimer is to be had */
        char *volatile block = malloc(1 << 19);
        free(block);
    }
    use_up_mappings();
    size_t before = resident();
    /* Not from the end on: what is forbidden there makes no mapping more. */
    for (int i = COUNT / 2; i < COUNT / 8 * 7; i++)
        if (i % KEPT_OF != 0)
            free(blocks[i]);
    for (int ms = 0; ms < MS && resident() + BYTES / 4 > before; ms += 50)
        usleep(50000);
    CHECK(resident() + BYTES / 4 <= before);
    int bad = holes_in_willing(&willing);
    dprintf(1, "%d of %d regions where huge pages may come have holes\n", bad, willing);
    CHECK(bad == 0);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "grows") == 0)
        grows(strtoul(argv[2], NULL, 10));
    else if (argc == 2 && strcmp(argv[1], "holes") == 0)
        holes();
    else
        CHECK(!"a case");
    return 0;
}
