//! Gives the linker the memory map of the machine that the target stands for. Nothing else.

use std::{env, fs, path::PathBuf};

fn main() {
    let variable = |name| env::var(name).expect("Cargo sets it");
    let maps = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../link");
    let out = PathBuf::from(variable("OUT_DIR"));
    println!("cargo:rerun-if-changed={}", maps.display());
    println!("cargo:rustc-link-search={}", out.display());

    let place = |map: &str, name: &str| {
        fs::copy(maps.join(map), out.join(name)).expect("the map is copied");
    };
    let argument = |argument: &str| println!("cargo:rustc-link-arg-bins={argument}");

    let target = variable("TARGET");
    let arch = target.split('-').next().unwrap_or_default();
    // They start by themselves.
    let stage0 = ["stage0", "guest"].contains(&variable("CARGO_PKG_NAME").as_str());
    match arch {
        _ if stage0 => {
            let machine = if arch.starts_with("riscv") {
                "stage0-riscv.x"
            } else {
                "stage0-arm.x"
            };
            place(machine, "machine.x");
            place("stage0.x", "stage0.x");
            argument("-Tstage0.x");
        }
        // `link.x` comes from the start-up crate, and includes `memory.x`.
        "thumbv6m" | "thumbv7m" => {
            place("lm3s6965evb.x", "memory.x");
            place("bank2.x", "bank2.x");
            argument("-Tlink.x");
        }
        _ if arch.starts_with("riscv") => {
            place("virt.x", "memory.x");
            place("bank2.x", "bank2.x");
            argument("-Tlink.x");
        }
        "x86_64" => {
            place("pc.x", "pc.x");
            argument("-Tpc.x");
        }
        // Room for 16 MiB, or for all that 32 bits can address: a heap that grows gets there.
        "wasm32" if variable("CARGO_PKG_NAME") == "wasm-heap" => {
            let has = |feature| env::var_os(feature).is_some();
            let functions: &[_] = if has("CARGO_FEATURE_COUNT") {
                &["count"]
            } else {
                &["take", "take_zeroed", "resize", "give_back", "push"]
            };
            for function in functions {
                argument(&format!("--export={function}"));
            }
            let bytes = if has("CARGO_FEATURE_LARGE") {
                1_u64 << 32
            } else {
                1 << 24
            };
            argument(&format!("--max-memory={bytes}"));
        }
        "wasm32" => argument("--export=run"),
        _ => {}
    }
}
