//! Links mimalloc's archive if the feature `mimalloc` is on.
use std::env;

fn main() {
    println!("cargo:rerun-if-env-changed=MIMALLOC_ARCHIVE");
    if env::var_os("CARGO_FEATURE_MIMALLOC").is_some() {
        let archive = env::var("MIMALLOC_ARCHIVE")
            .expect("addon: set $MIMALLOC_ARCHIVE to the libmimalloc.a to link");
        println!("cargo:rerun-if-changed={archive}");
        println!("cargo:rustc-link-arg={archive}");
    }
}
