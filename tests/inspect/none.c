/* A program that contains no allocator and calls none. With NAMESAKE it has a function
 * with the name of one of jemalloc's. */
#ifdef NAMESAKE
int mallocx(int x);
int mallocx(int x) {
    return x;
}
#endif

int main(void) {
    return 0;
}
