//! Parses Rust sources, wraps each function in tracing calls, and prints them again. The sources are
//! made by arithmetic, as those of a library: types with documentation and methods, and functions.

use std::fmt::Write as _;
use std::hint::black_box;

use quote::quote;
use syn::{ImplItem, Item};

use crate::random::{Random, word};

/// The sources of a library, by name.
pub(crate) fn sources() -> Vec<String> {
    let mut random = Random::new(16);
    (0..14).map(|_| source(&mut random)).collect()
}

fn source(random: &mut Random) -> String {
    let mut text = String::from("//! One of the modules.\n\nuse std::collections::BTreeMap;\n");
    for _ in 0..2 {
        let name = camel_case(&word(random.below(60_000)));
        let fields: Vec<String> = (0..2 + random.below(5))
            .map(|_| word(256 + random.rank(3000)))
            .collect();
        let _ = writeln!(
            text,
            "\n/// {}.\n#[derive(Clone, Debug, PartialEq)]\npub struct {name}<T> {{",
            sentence(random)
        );
        for field in &fields {
            let kind = random.pick(&[
                "usize",
                "Option<Box<T>>",
                "Vec<(String, T)>",
                "&'static [u8]",
            ]);
            let _ = writeln!(
                text,
                "    /// {}.\n    pub {field}: {kind},",
                sentence(random)
            );
        }
        let _ = writeln!(text, "}}\n\nimpl<T: Clone + Into<u64>> {name}<T> {{");
        for field in &fields {
            let _ = writeln!(text, "    /// {}.", sentence(random));
            let _ = writeln!(
                text,
                "    pub fn {field}_of(&mut self, other: &[T]) -> Result<u64, String> {{"
            );
            (0..2 + random.below(6)).for_each(|_| statement(random, field, &mut text));
            let _ = writeln!(text, "        Ok(sum)\n    }}\n");
        }
        let _ = writeln!(
            text,
            "}}\n\nfn {}(names: &BTreeMap<String, u64>) {{",
            word(random.below(60_000))
        );
        (0..2 + random.below(6)).for_each(|_| statement(random, "names", &mut text));
        let _ = writeln!(text, "}}");
    }
    text
}

/// A comment.
fn sentence(random: &mut Random) -> String {
    let words: Vec<String> = (0..3 + random.below(15))
        .map(|_| word(random.rank(4000)))
        .collect();
    camel_case(&words.join(" "))
}

fn camel_case(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

/// A statement about something that has a name.
fn statement(random: &mut Random, name: &str, text: &mut String) {
    let [new, other] = [(); 2].map(|()| word(256 + random.rank(3000)));
    let number = random.below(1000);
    let _ = match random.below(6) {
        0 => writeln!(
            text,
            "        let {new} = {name}.len() + {number} * self.{other}.len();"
        ),
        1 => writeln!(
            text,
            "        if {name} > {number} && !{other}.is_empty() {{\n            \
             return Err(format!(\"{new}: {{}}\", {name}));\n        }}"
        ),
        2 => writeln!(
            text,
            "        for (n, {new}) in {name}.iter().enumerate().skip({number}) {{\n            \
             {other}.push((n, {new}.clone()));\n        }}"
        ),
        3 => writeln!(
            text,
            "        let {new}: Vec<_> = {name}.iter().filter(|{other}| {other}.0 != {number})\
             .map(|{other}| &{other}.1[1..]).collect();"
        ),
        4 => writeln!(
            text,
            "        match {name}.first() {{\n            Some({new}) if {new}.{other}() == {number} => \
             sum += 1,\n            Some(_) | None => sum = {number},\n        }}"
        ),
        _ => writeln!(
            text,
            "        // {}.\n        {name} = {other}({new}, {number})?;",
            sentence(random)
        ),
    };
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
