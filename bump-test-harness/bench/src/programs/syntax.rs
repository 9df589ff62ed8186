//! Parses Rust sources, wraps each function in tracing calls, and prints them again: those of the
//! harness.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use quote::quote;
use syn::{ImplItem, Item};

/// The sources of the harness, by name.
pub(crate) fn sources() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("src");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

pub(crate) fn run(sources: &[String]) {
    let mut printed = Vec::new();
    let mut names = Vec::new();
    for source in sources {
        let mut file = syn::parse_file(source).unwrap();
        for item in &mut file.items {
            match item {
                Item::Fn(function) => {
                    names.push(function.sig.ident.to_string());
                    wrap(&names[names.len() - 1], &mut function.block);
                }
                Item::Impl(block) => {
                    for item in &mut block.items {
                        if let ImplItem::Fn(method) = item {
                            names.push(method.sig.ident.to_string());
                            wrap(&names[names.len() - 1], &mut method.block);
                        }
                    }
                }
                _ => {}
            }
        }
        printed.push(quote!(#file).to_string());
    }
    names.sort();
    names.dedup();
    black_box((printed, names));
}

fn wrap(name: &str, block: &mut syn::Block) {
    let statements = &block.stmts;
    *block = syn::parse_quote!({
        let _span = trace::span(#name);
        #(#statements)*
    });
}
