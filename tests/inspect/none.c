/* A program that neither has an allocator inside nor calls one; with NAMESAKE it has a
 * function whose name jemalloc has, too. */
#ifdef NAMESAKE
int mallocx(int x);
int mallocx(int x) {
    return x;
}
#endif

int main(void) {
    return 0;
}
