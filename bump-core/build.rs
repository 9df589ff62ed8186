//! Tells the crate whether the compiler optimises for size (`opt-level` "s" or "z"): Cargo knows,
//! but the language has no `cfg` for it.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(small)");
    if matches!(env::var("OPT_LEVEL").as_deref(), Ok("s" | "z")) {
        println!("cargo::rustc-cfg=small");
    }
}
