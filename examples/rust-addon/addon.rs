//! An addon of Node.js with mimalloc inside: `require('./addon.node').work(BLOCKS)` allocates so many blocks on each
//! of four threads, frees them, and returns how many bytes they had. The threads stay, parked, as a pool's do.
use std::alloc::{GlobalAlloc, Layout};
use std::os::raw::{c_char, c_int, c_long, c_void};
use std::ptr::null_mut;
use std::sync::mpsc::{channel, Sender};
use std::sync::Mutex;

extern "C" {
    fn mi_malloc_aligned(size: usize, align: usize) -> *mut c_void;
    fn mi_free(block: *mut c_void);
    fn mi_option_set(option: c_int, value: c_long);
}

struct MiMalloc;

unsafe impl GlobalAlloc for MiMalloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        mi_malloc_aligned(layout.size(), layout.align()).cast()
    }
    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        mi_free(block.cast());
    }
}

#[global_allocator]
static GLOBAL: MiMalloc = MiMalloc;

/// What is freed goes back at once: a thread that parks calls nothing that would do it later.
const PURGE_DELAY: c_int = 15; // mi_option_purge_delay
const PURGE_DELAY_MS: c_long = 0;

const THREADS: usize = 4;

fn allocate_and_free(blocks: usize) -> usize {
    let held: Vec<Vec<u8>> = (0..blocks).map(|i| vec![1; 64 + i * 37 % 2000]).collect();
    held.iter().map(Vec::len).sum()
}

type Job = (usize, Sender<usize>);
static POOL: Mutex<Vec<Sender<Job>>> = Mutex::new(Vec::new());

fn work(blocks: usize) -> usize {
    let mut pool = POOL.lock().unwrap();
    while pool.len() < THREADS {
        let (sender, jobs) = channel::<Job>();
        std::thread::spawn(move || {
            for (blocks, answer) in jobs {
                answer.send(allocate_and_free(blocks)).unwrap();
            }
        });
        pool.push(sender);
    }
    let (sender, answers) = channel();
    for thread in pool.iter() {
        thread.send((blocks, sender.clone())).unwrap();
    }
    drop(sender);
    answers.iter().sum()
}

// ---- Node-API; node itself has these functions ----

type Napi = *mut c_void;

extern "C" {
    fn napi_create_function(
        env: Napi, name: *const c_char, length: usize,
        call: unsafe extern "C" fn(Napi, Napi) -> Napi, data: *mut c_void, result: *mut Napi,
    ) -> c_int;
    fn napi_set_named_property(env: Napi, object: Napi, name: *const c_char, value: Napi) -> c_int;
    fn napi_get_cb_info(
        env: Napi, info: Napi, count: *mut usize, arguments: *mut Napi, this: *mut Napi, data: *mut *mut c_void,
    ) -> c_int;
    fn napi_get_value_uint32(env: Napi, value: Napi, result: *mut u32) -> c_int;
    fn napi_create_double(env: Napi, value: f64, result: *mut Napi) -> c_int;
}

unsafe extern "C" fn call_work(env: Napi, info: Napi) -> Napi {
    let (mut argument, mut count, mut blocks, mut result) = (null_mut(), 1, 0, null_mut());
    napi_get_cb_info(env, info, &mut count, &mut argument, null_mut(), null_mut());
    napi_get_value_uint32(env, argument, &mut blocks);
    napi_create_double(env, work(blocks as usize) as f64, &mut result);
    result
}

/// # Safety
/// Called by Node.js when it loads the addon.
#[no_mangle]
pub unsafe extern "C" fn napi_register_module_v1(env: Napi, exports: Napi) -> Napi {
    let mut function = null_mut();
    mi_option_set(PURGE_DELAY, PURGE_DELAY_MS);
    napi_create_function(env, c"work".as_ptr(), 4, call_work, null_mut(), &mut function);
    napi_set_named_property(env, exports, c"work".as_ptr(), function);
    exports
}
