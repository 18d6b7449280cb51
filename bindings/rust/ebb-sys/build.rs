//! Compiles the C sources in csrc into an archive, as allocators/ebb/CMakeLists.txt does for its
//! target ebb_embed. $CC and $AR are asked; where neither is set it is `cc` and `ar`.
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What is for a program's own malloc, and mimalloc's names.
const LEFT_OUT: [&str; 3] = ["api_cxx.c", "api_process.c", "api_mi.c"];

fn run(command: &mut Command) {
    let status = command
        .status()
        .unwrap_or_else(|error| panic!("ebb-sys: cannot start {command:?}: {error}"));
    assert!(status.success(), "ebb-sys: {command:?} failed: {status}");
}

fn compile(source: &Path, folder: &Path) -> PathBuf {
    let object = folder.join(source.file_stem().unwrap()).with_extension("o");
    run(Command::new(env::var("CC").unwrap_or_else(|_| "cc".into()))
        .args(["-c", "-O3", "-std=gnu17", "-fPIC", "-fvisibility=hidden"])
        .args(["-ftls-model=local-dynamic", "-fno-strict-aliasing"])
        .args(["-DEBB_EMBED", "-DNDEBUG", "-o"])
        .arg(&object)
        .arg(source));
    object
}

fn main() {
    println!("cargo:rerun-if-changed=csrc");
    for name in ["CC", "AR"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let os = env::var("CARGO_CFG_TARGET_OS").unwrap();
    let arch = env::var("CARGO_CFG_TARGET_ARCH").unwrap();
    if os != "linux" || !["x86_64", "aarch64"].contains(&arch.as_str()) {
        return; // the crate `ebb` is the system's allocator there
    }
    let folder = PathBuf::from(env::var("OUT_DIR").unwrap());
    let archive = folder.join("libebb-embed.a");
    let mut sources: Vec<PathBuf> = fs::read_dir("csrc")
        .expect("ebb-sys: there is no folder csrc with ebb's C sources")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().map_or(false, |e| e == "c"))
        .filter(|path| !LEFT_OUT.contains(&path.file_name().unwrap().to_str().unwrap()))
        .collect();
    sources.sort();
    assert!(sources.len() > 10, "ebb-sys: csrc holds no sources of ebb");
    let objects: Vec<PathBuf> = sources.iter().map(|s| compile(s, &folder)).collect();
    let _ = fs::remove_file(&archive);
    run(Command::new(env::var("AR").unwrap_or_else(|_| "ar".into()))
        .arg("crs")
        .arg(&archive)
        .args(&objects));
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=static=ebb-embed");
}
