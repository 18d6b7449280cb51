/* A program that neither has an allocator inside nor calls one. */
int main(void) {
    return 0;
}
