// Every form of operator new and delete, through the C++ library's own users too, and
// what happens when there is no memory: handler, exception, null.
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "check.h"

struct alignas(256) wide {
    char bytes[300];
};

// A thread_local with a destructor that allocates.
struct late {
    std::string text = std::string(100, 'x');
    ~late() {
        std::vector<std::string> more(50, text);
        CHECK(more.back().size() == 100);
    }
};
static thread_local late local;

static int handled;
static void handler() {
    if (++handled == 3)
        std::set_new_handler(nullptr);
}

static void forms() {
    int *one = new int(5);
    int *many = new int[1000]();
    wide *aligned = new wide;
    wide *several = new wide[3];
    CHECK(*one == 5 && many[999] == 0);
    CHECK(reinterpret_cast<uintptr_t>(aligned) % 256 == 0);
    CHECK(reinterpret_cast<uintptr_t>(several) % 256 == 0);
    CHECK(malloc_usable_size(one) == 16); // ebb's smallest block, not glibc's 24
    delete one;
    delete[] many;
    delete aligned;
    delete[] several;
    delete new (std::nothrow) int;
    delete[] new (std::nothrow) int[10];
    delete new (std::nothrow) wide;
    ::operator delete(::operator new(100), std::size_t(100));
    ::operator delete[](::operator new[](100), std::nothrow);
    auto align = std::align_val_t(4096);
    ::operator delete(::operator new(100, align), std::size_t(100), align);
    ::operator delete[](::operator new[](100, align, std::nothrow), align, std::nothrow);
}

static void no_memory() {
    volatile std::size_t absurd = std::size_t(1) << 60;
    CHECK(::operator new(absurd, std::nothrow) == nullptr);
    bool thrown = false;
    std::set_new_handler(handler);
    try {
        ::operator delete(::operator new(absurd));
    } catch (const std::bad_alloc &) {
        thrown = true;
    }
    CHECK(thrown && handled == 3);
}

int main() {
    forms();
    no_memory();
    std::map<std::string, std::unique_ptr<wide>> map;
    for (int i = 0; i < 1000; i++)
        map[std::to_string(i)] = std::make_unique<wide>();
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++)
        threads.emplace_back([] { CHECK(local.text.size() == 100); });
    for (auto &thread : threads)
        thread.join();
    return 0;
}
