//! ebb as Rust's global allocator. A background thread returns the pages that an idle process no
//! longer uses, then sleeps until there is more to return.
//!
//! ```
//! #[global_allocator]
//! static GLOBAL: ebb::Ebb = ebb::Ebb;
//! # fn main() { drop(vec![1u8; 1000]); }
//! ```
//!
//! The crate is made for native addons, which a program opens at run time. The copy of ebb that is
//! compiled in is invisible outside the addon, and needs no room for static thread-local variables. On
//! anything but Linux on x86-64 and aarch64, [`Ebb`] is the system's allocator.
#![no_std]
extern crate std;

use core::alloc::{GlobalAlloc, Layout};

/// The allocator; see the crate's documentation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ebb;

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod imp {
    use super::{Ebb, GlobalAlloc, Layout};
    use core::ptr;
    use std::string::String;
    use std::vec::Vec;

    /// The alignment of every block, bytes.
    const ALIGN: usize = 16;

    // SAFETY: ebb's functions keep GlobalAlloc's contract: blocks of at least that size and
    // alignment, null when out of memory, no unwinding; any thread may free.
    unsafe impl GlobalAlloc for Ebb {
        #[inline]
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            if layout.align() <= ALIGN {
                ebb_sys::ebb_malloc(layout.size()).cast()
            } else {
                ebb_sys::ebb_malloc_aligned(layout.size(), layout.align()).cast()
            }
        }

        #[inline]
        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            if layout.align() <= ALIGN {
                ebb_sys::ebb_zalloc(layout.size()).cast()
            } else {
                ebb_sys::ebb_zalloc_aligned(layout.size(), layout.align()).cast()
            }
        }

        #[inline]
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            ebb_sys::ebb_free_size(block.cast(), layout.size());
        }

        #[inline]
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            if layout.align() <= ALIGN {
                ebb_sys::ebb_realloc(block.cast(), size).cast()
            } else {
                ebb_sys::ebb_realloc_aligned(block.cast(), size, layout.align()).cast()
            }
        }
    }

    impl Ebb {
        /// Gives the free memory of all threads that are outside the allocator back to the system,
        /// at once. Returns the number of bytes.
        pub fn collect() -> usize {
            // SAFETY: may be called at any time, by any thread.
            unsafe { ebb_sys::ebb_collect() }
        }

        /// An account of the heap as a JSON object. ebb.h describes its members.
        pub fn stats() -> String {
            let mut text: Vec<u8> = Vec::new();
            // SAFETY: the buffer has as much room as the call is told.
            unsafe {
                let mut length = ebb_sys::ebb_stats(ptr::null_mut(), 0);
                loop {
                    text.resize(length + 1, 0);
                    length = ebb_sys::ebb_stats(text.as_mut_ptr().cast(), text.len());
                    if length < text.len() {
                        break;
                    }
                }
                text.truncate(length);
            }
            String::from_utf8(text).expect("ebb's accounts are ASCII")
        }
    }
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod imp {
    use super::{Ebb, GlobalAlloc, Layout};
    use std::alloc::System;
    use std::string::String;

    // SAFETY: every call goes to the system's allocator.
    unsafe impl GlobalAlloc for Ebb {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            System.alloc(layout)
        }
        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            System.alloc_zeroed(layout)
        }
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            System.dealloc(block, layout)
        }
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            System.realloc(block, layout, size)
        }
    }

    impl Ebb {
        /// Returns 0: the system's allocator does not tell what it gives back.
        pub fn collect() -> usize {
            0
        }

        /// An object without members.
        pub fn stats() -> String {
            String::from("{}")
        }
    }
}
