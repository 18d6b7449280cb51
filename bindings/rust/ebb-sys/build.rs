//! Compiles the C sources in csrc into an archive, as allocators/ebb/CMakeLists.txt does for its
//! target ebb_embed. The compiler is $CC_<target> or $CC; the archiver is $AR_<target> or $AR. Without
//! these, `cc` and `ar` build for the host.
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Sources that the archive does not need: a program's own malloc, and mimalloc's names.
const LEFT_OUT: [&str; 3] = ["api_cxx.c", "api_process.c", "api_mi.c"];

fn run(command: &mut Command) {
    let status = command
        .status()
        .unwrap_or_else(|error| panic!("ebb-sys: cannot start {command:?}: {error}"));
    assert!(status.success(), "ebb-sys: {command:?} failed: {status}");
}

/// The command of $NAME_TARGET or $NAME, which may have arguments ("ccache gcc"). Without these it is
/// `standard`, which builds for the host only.
fn tool(name: &str, standard: &str) -> Command {
    let target = env::var("TARGET").unwrap();
    let of_target = format!("{name}_{}", target.replace('-', "_"));
    let value = env::var(&of_target).or_else(|_| env::var(name)).unwrap_or_else(|_| {
        let host = env::var("HOST").unwrap();
        assert!(target == host, "ebb-sys: set ${of_target} to build for {target} on {host}");
        standard.into()
    });
    let mut words = value.split_whitespace();
    let mut command = Command::new(words.next().expect("ebb-sys: an empty $CC or $AR"));
    command.args(words);
    command
}

fn compile(source: &Path, folder: &Path) -> PathBuf {
    let object = folder.join(source.file_stem().unwrap()).with_extension("o");
    run(tool("CC", "cc")
        .args(["-c", "-O3", "-std=gnu17", "-fPIC", "-fvisibility=hidden"])
        .args(["-ftls-model=local-dynamic", "-fno-strict-aliasing"])
        .args(["-DEBB_EMBED", "-DNDEBUG", "-o"])
        .arg(&object)
        .arg(source));
    object
}

fn main() {
    println!("cargo:rerun-if-changed=csrc");
    let target = env::var("TARGET").unwrap().replace('-', "_");
    for name in ["CC", "AR"] {
        println!("cargo:rerun-if-env-changed={name}");
        println!("cargo:rerun-if-env-changed={name}_{target}");
    }
    let os = env::var("CARGO_CFG_TARGET_OS").unwrap();
    let arch = env::var("CARGO_CFG_TARGET_ARCH").unwrap();
    if os != "linux" || !["x86_64", "aarch64"].contains(&arch.as_str()) {
        return; // there the crate `ebb` uses the system's allocator
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
    run(tool("AR", "ar")
        .arg("crs")
        .arg(&archive)
        .args(&objects));
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=static=ebb-embed");
}
