#include "functions.h"

#include <string.h>

uint64_t function_target(const unsigned char *code, uint64_t address, unsigned before) {
    int32_t displacement;
    memcpy(&displacement, code + before, sizeof displacement);
    return address + before + sizeof displacement + (uint64_t)(int64_t)displacement;
}

void function_put_jump(unsigned char *code, const void *target) {
    static const unsigned char jump[FUNCTION_JUMP_BYTES] = {
        0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, /* movabs $target,%rax */
        0xff, 0xe0,                         /* jmp *%rax */
    };
    memcpy(code, jump, sizeof jump);
    memcpy(code + 2, &target, sizeof target);
}
