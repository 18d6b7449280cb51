#include "functions.h"

#include <string.h>

void function_put_jump(unsigned char *code, const void *target) {
    static const unsigned char jump[FUNCTION_JUMP_BYTES] = {
        0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, /* movabs $target,%rax */
        0xff, 0xe0,                         /* jmp *%rax */
    };
    memcpy(code, jump, sizeof jump);
    memcpy(code + 2, &target, sizeof target);
}
