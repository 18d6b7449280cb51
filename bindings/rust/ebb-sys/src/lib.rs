//! The C API (ebb.h) of the copy of ebb that is compiled in. Use the crate `ebb` instead.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
use std::os::raw::{c_char, c_int, c_uint, c_void};

/// `struct ebb_config` of ebb.h. Zeros and null leave the defaults.
#[repr(C)]
pub struct ebb_config {
    /// `size_of::<ebb_config>()`
    pub size: usize,
    /// 0: the default, 1: on, 2: manual, 3: off
    pub reclaim: c_int,
    pub reclaim_delay_ms: c_uint,
    pub reclaim_worth_kib: c_uint,
    pub reclaim_heap_kib: c_uint,
    /// 0: the default, 1: off, 2: for blocks of up to 8 KiB, 3: on
    pub huge_pages: c_int,
    pub reserve_mib: c_uint,
    pub thread_name: *const c_char,
}

extern "C" {
    pub fn ebb_malloc(size: usize) -> *mut c_void;
    pub fn ebb_zalloc(size: usize) -> *mut c_void;
    pub fn ebb_realloc(block: *mut c_void, size: usize) -> *mut c_void;
    pub fn ebb_free(block: *mut c_void);
    pub fn ebb_malloc_aligned(size: usize, align: usize) -> *mut c_void;
    pub fn ebb_zalloc_aligned(size: usize, align: usize) -> *mut c_void;
    pub fn ebb_realloc_aligned(block: *mut c_void, size: usize, align: usize) -> *mut c_void;
    pub fn ebb_free_size(block: *mut c_void, size: usize);
    pub fn ebb_free_size_aligned(block: *mut c_void, size: usize, align: usize);
    pub fn ebb_usable_size(block: *const c_void) -> usize;
    pub fn ebb_good_size(size: usize) -> usize;
    pub fn ebb_collect() -> usize;
    pub fn ebb_stats(buffer: *mut c_char, size: usize) -> usize;
    pub fn ebb_version() -> *const c_char;
    pub fn ebb_configure(config: *const ebb_config) -> c_int;
}
