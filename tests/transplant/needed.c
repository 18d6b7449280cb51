/* The library that the addon NEEDING needs. */
int needed(void);

__attribute__((visibility("default"))) int needed(void) {
    return 1;
}
