//! An addon of Node.js that uses memory as a bundler does: a pool of threads parses modules, all modules are
//! held until they are linked, and the caller's thread drops what the others have made. The allocator is that
//! of the feature: `ebb` (the crate) or `mimalloc`.
//!
//! `require('./addon.node').work(MODULES)` returns a checksum.
mod napi;
mod parse;
mod pool;

#[cfg(feature = "ebb")]
#[global_allocator]
static GLOBAL: ebb::Ebb = ebb::Ebb;

#[cfg(feature = "mimalloc")]
mod mimalloc;
#[cfg(feature = "mimalloc")]
#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

use parse::Module;
use std::sync::{mpsc, Arc};

/// Parses all modules, then links them into chunks. The checksum depends on every byte of the chunks.
fn build(modules: u32) -> u32 {
    let (sender, receiver) = mpsc::channel();
    for number in 0..modules {
        let sender = sender.clone();
        pool::spawn(move || sender.send(Module::parse(number)).unwrap());
    }
    drop(sender);
    let mut graph: Vec<Module> = receiver.iter().collect();
    graph.sort_by_key(|module| module.number);

    let graph = Arc::new(graph);
    let (sender, receiver) = mpsc::channel();
    for from in (0..graph.len()).step_by(50) {
        let (sender, graph) = (sender.clone(), graph.clone());
        pool::spawn(move || {
            let to = graph.len().min(from + 50);
            let chunk: String = graph[from..to].iter().map(Module::print).collect();
            drop(graph);
            sender.send((from, chunk)).unwrap();
        });
    }
    drop(sender);
    let mut chunks: Vec<(usize, String)> = receiver.iter().collect();
    chunks.sort();
    chunks
        .iter()
        .flat_map(|(_, chunk)| chunk.bytes())
        .fold(0, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

/// # Safety
/// Called by Node.js when it loads the addon.
#[no_mangle]
pub unsafe extern "C" fn napi_register_module_v1(env: napi::Env, exports: napi::Value) -> napi::Value {
    napi::export(env, exports, "work\0", work);
    exports
}

unsafe extern "C" fn work(env: napi::Env, info: napi::CallbackInfo) -> napi::Value {
    napi::number(env, build(napi::argument(env, info)))
}
