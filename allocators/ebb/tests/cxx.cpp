// Every form of operator new and delete, through the C++ library's own users too, and
// what happens when there is no memory: handler, exception, null.
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <sys/resource.h>
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

static void throwing_handler() {
    handled++;
    throw std::bad_alloc();
}

static rlimit limit_before;
static void lifting_handler() {
    handled++;
    CHECK(setrlimit(RLIMIT_AS, &limit_before) == 0);
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
    // What `new` and `delete` expressions don't choose by themselves.
    const auto &nothrow = std::nothrow;
    const auto align = std::align_val_t(4096);
    const std::size_t size = 100;
    ::operator delete(::operator new(size));
    ::operator delete(::operator new(size), size);
    ::operator delete(::operator new(size, nothrow), nothrow);
    ::operator delete[](::operator new[](size));
    ::operator delete[](::operator new[](size), size);
    ::operator delete[](::operator new[](size, nothrow), nothrow);
    ::operator delete(::operator new(size, align), align);
    ::operator delete(::operator new(size, align), size, align);
    ::operator delete(::operator new(size, align, nothrow), align, nothrow);
    ::operator delete[](::operator new[](size, align), align);
    ::operator delete[](::operator new[](size, align), size, align);
    void *block = ::operator new[](size, align, nothrow);
    CHECK(reinterpret_cast<uintptr_t>(block) % 4096 == 0);
    ::operator delete[](block, align, nothrow);
    ::operator delete(nullptr);
}

// Runs a form of new that can't succeed; true if it threw.
template <typename Form> static bool throws(Form form) {
    try {
        CHECK(form() == nullptr);
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

static void no_memory() {
    static volatile std::size_t absurd = std::size_t(1) << 60;
    const auto &nothrow = std::nothrow;
    const auto align = std::align_val_t(4096);
    // [new.delete.single]: the handler is called until it gives up, by every form; only
    // the result differs.
    const auto all = [&](std::new_handler which, int calls) {
        const auto one = [&](bool throwing, auto form) {
            handled = 0;
            std::set_new_handler(which);
            CHECK(throws(form) == throwing && handled == calls);
            std::set_new_handler(nullptr);
        };
        one(true, [] { return ::operator new(absurd); });
        one(true, [] { return ::operator new[](absurd); });
        one(true, [&] { return ::operator new(absurd, align); });
        one(true, [&] { return ::operator new[](absurd, align); });
        one(false, [&] { return ::operator new(absurd, nothrow); });
        one(false, [&] { return ::operator new[](absurd, nothrow); });
        one(false, [&] { return ::operator new(absurd, align, nothrow); });
        one(false, [&] { return ::operator new[](absurd, align, nothrow); });
    };
    all(nullptr, 0);
    all(handler, 3);
    all(throwing_handler, 1);
}

// A handler that finds memory: the form that called it succeeds.
static void memory_found() {
    enum : std::size_t { WANTED = std::size_t(1) << 30 };
    CHECK(getrlimit(RLIMIT_AS, &limit_before) == 0);
    rlimit none = limit_before;
    none.rlim_cur = 1; // less than there is: nothing more is to be had
    const auto granted = [&](auto form) {
        handled = 0;
        CHECK(setrlimit(RLIMIT_AS, &none) == 0);
        std::set_new_handler(lifting_handler);
        void *block = form();
        std::set_new_handler(nullptr);
        CHECK(block != nullptr && handled == 1);
        ::operator delete(block);
    };
    granted([] { return ::operator new(WANTED); });
    granted([] { return ::operator new(WANTED, std::nothrow); });
}

int main() {
    forms();
    no_memory();
    memory_found();
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
