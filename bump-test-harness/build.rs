//! Tells sources of other packages that the model checker's atomics are theirs: those have no
//! `const` constructors. Tests here include such sources.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(model_checker)");
    println!("cargo::rustc-cfg=model_checker");
}
