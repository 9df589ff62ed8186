//! Tells the crate how the compiler optimises: Cargo knows, but the language has no `cfg` for it.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(small, unoptimised)");
    match env::var("OPT_LEVEL").as_deref() {
        Ok("s" | "z") => println!("cargo::rustc-cfg=small"),
        Ok("0") => println!("cargo::rustc-cfg=unoptimised"),
        _ => {}
    }
}
