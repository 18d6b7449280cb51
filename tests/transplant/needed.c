/* A library that addon.c needs if NEEDING is defined. */
int needed(void);

__attribute__((visibility("default"))) int needed(void) {
    return 1;
}
