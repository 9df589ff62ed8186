//! Gives the linker the memory map of the machine that the target stands for. Nothing else.

use std::{env, fs, path::PathBuf};

fn main() {
    let variable = |name| env::var(name).expect("Cargo sets it");
    let target = variable("TARGET");
    let maps = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../link");
    let out = PathBuf::from(variable("OUT_DIR"));
    // `link.x` comes from the start-up crate (`cortex-m-rt`, `riscv-rt`) and includes `memory.x`.
    let (map, script) = match target.split('-').next() {
        Some("thumbv6m" | "thumbv7m") => ("lm3s6965evb.x", Some("link.x")),
        Some(arch) if arch.starts_with("riscv") => ("virt.x", Some("link.x")),
        Some("x86_64") => ("pc.x", Some("memory.x")),
        Some("wasm32") => {
            println!("cargo:rustc-link-arg-bins=--export=run");
            return;
        }
        _ => return,
    };
    fs::copy(maps.join(map), out.join("memory.x")).expect("the map is copied");
    println!("cargo:rustc-link-search={}", out.display());
    if let Some(script) = script {
        println!("cargo:rustc-link-arg-bins=-T{script}");
    }
}
