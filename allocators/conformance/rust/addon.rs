//! An addon in Rust whose global allocator is the one under test. It has collections that grow, boxes
//! that go from thread to thread, and thread-local values with destructors. host.c opens it.
use std::alloc::{GlobalAlloc, Layout};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ffi::c_char;
use std::sync::mpsc;
use std::thread;

extern "C" {
    fn global_alloc(size: usize, align: usize) -> *mut u8;
    fn global_alloc_zeroed(size: usize, align: usize) -> *mut u8;
    fn global_realloc(block: *mut u8, size: usize, align: usize) -> *mut u8;
    fn global_dealloc(block: *mut u8, size: usize, align: usize);
    fn global_served() -> *const c_char;
}

struct Global;

unsafe impl GlobalAlloc for Global {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        global_alloc(layout.size(), layout.align())
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        global_alloc_zeroed(layout.size(), layout.align())
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        global_realloc(block, size, layout.align())
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        global_dealloc(block, layout.size(), layout.align())
    }
}

#[global_allocator]
static GLOBAL: Global = Global;

thread_local! {
    /// Rust's destructors free it when the thread ends. They run before or after the allocator's.
    static LEFT: RefCell<Vec<String>> = RefCell::new(Vec::new());
}

fn parse(seed: usize) -> usize {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    let mut ordered: BTreeMap<usize, Box<[u8]>> = BTreeMap::new();
    for i in 0..5000 {
        by_name.entry(format!("module-{}", (i * seed) % 701)).or_default().push(i);
        ordered.insert((i * 7919) % 5003, vec![(i % 251) as u8; 1 + i % 900].into_boxed_slice());
    }
    LEFT.with(|left| left.borrow_mut().extend(by_name.keys().cloned()));
    ordered.iter().all(|(_, bytes)| bytes.iter().all(|byte| *byte == bytes[0])) as usize
        * by_name.values().map(Vec::len).sum::<usize>()
}

/// Four threads parse and hand boxes over to the caller, which frees them. True if nothing was lost.
#[no_mangle]
pub extern "C" fn addon_work() -> bool {
    let (sender, receiver) = mpsc::channel::<Box<[usize]>>();
    let threads: Vec<_> = (1..5)
        .map(|seed| {
            let sender = sender.clone();
            thread::spawn(move || {
                for i in 0..500 {
                    sender.send(vec![seed; 1 + i * 3].into_boxed_slice()).unwrap();
                }
                parse(seed)
            })
        })
        .collect();
    drop(sender);
    let handed: usize = receiver.iter().map(|boxed| (boxed[0] == boxed[boxed.len() - 1]) as usize).sum();
    let parsed = threads.into_iter().all(|thread| thread.join().unwrap() == 5000);
    handed == 2000 && parsed && parse(9) == 5000
}

/// NULL, or what is wrong.
#[no_mangle]
pub extern "C" fn addon_served() -> *const c_char {
    unsafe { global_served() }
}
