#include "goprogram.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfile.h"

enum { NAMES_MAX = 1 << 16, SECTIONS_MAX = 4096 };

static bool read_at(int fd, void *buffer, size_t size, uint64_t offset) {
    return pread(fd, buffer, size, (off_t)offset) == (ssize_t)size;
}

/* The header of the section that holds the sections' names. */
static bool find_names(int fd, Elf64_Shdr *ret) {
    Elf64_Ehdr file;
    return read_at(fd, &file, sizeof file, 0) &&
           memcmp(file.e_ident, ELFMAG, SELFMAG) == 0 &&
           file.e_ident[EI_CLASS] == ELFCLASS64 && file.e_shstrndx < SECTIONS_MAX &&
           read_at(fd, ret, sizeof *ret,
                   file.e_shoff + file.e_shstrndx * sizeof(Elf64_Shdr)) &&
           ret->sh_size > 0 && ret->sh_size <= NAMES_MAX;
}

bool goprogram_is(pid_t pid) {
    static const char section[] = ".gopclntab";
    char path[PATH_MAX];
    Elf64_Shdr names;
    procfile_path(path, sizeof path, pid, "exe");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool found = false;
    if (find_names(fd, &names)) {
        char *text = malloc(names.sh_size);
        found = text && read_at(fd, text, names.sh_size, names.sh_offset) &&
                memmem(text, names.sh_size, section, sizeof section) != NULL;
        free(text);
    }
    close(fd);
    return found;
}
