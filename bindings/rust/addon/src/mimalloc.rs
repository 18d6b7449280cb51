//! mimalloc as Rust's global allocator. It uses the functions that libmimalloc-sys binds.
use std::alloc::{GlobalAlloc, Layout};
use std::os::raw::c_void;

extern "C" {
    fn mi_malloc_aligned(size: usize, align: usize) -> *mut c_void;
    fn mi_zalloc_aligned(size: usize, align: usize) -> *mut c_void;
    fn mi_realloc_aligned(block: *mut c_void, size: usize, align: usize) -> *mut c_void;
    fn mi_free(block: *mut c_void);
}

pub struct MiMalloc;

// SAFETY: mimalloc's functions keep GlobalAlloc's contract.
unsafe impl GlobalAlloc for MiMalloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        mi_malloc_aligned(layout.size(), layout.align()).cast()
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        mi_zalloc_aligned(layout.size(), layout.align()).cast()
    }
    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        mi_free(block.cast());
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        mi_realloc_aligned(block.cast(), size, layout.align()).cast()
    }
}
