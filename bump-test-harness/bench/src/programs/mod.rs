//! Programs of many kinds. Each is the same in every run, but for how the system starts and ends a
//! thread: its input is made by arithmetic, its maps have a fixed hash, its threads take turns.

mod churn;
mod compression;
mod json;
mod markdown;
mod mqtt;
mod regexes;
mod server;
mod sql;
mod store;
mod strings;
mod syntax;
mod template;
mod words;

/// A program, and its name.
#[derive(Clone, Copy)]
pub struct Program {
    pub name: &'static str,
    /// Makes the input, which is no part of the program, as if it were in flash or in a file.
    pub prepare: fn() -> Box<dyn FnOnce()>,
}

const fn program(name: &'static str, prepare: fn() -> Box<dyn FnOnce()>) -> Program {
    Program { name, prepare }
}

const JSON: Program = program("json", || {
    let document = json::document();
    Box::new(move || json::run(&document))
});
const REGEX: Program = program("regex", || {
    let log = regexes::log();
    Box::new(move || regexes::run(&log))
});
const SYN: Program = program("syn", || {
    let sources = syntax::sources();
    Box::new(move || syntax::run(&sources))
});

/// The programs that are replayed on each heap, in the order of the tables.
pub const TRACED: [Program; 8] = [
    JSON,
    REGEX,
    program("words", || {
        let text = words::text();
        Box::new(move || words::run(&text, 4))
    }),
    SYN,
    program("server", || Box::new(|| server::run(1200))),
    program("mqtt", || Box::new(|| mqtt::run(8000))),
    program("churn", || Box::new(|| churn::run(40_000))),
    program("strings", || Box::new(|| strings::run(40))),
];

/// The programs that are measured as they are: all of them are by crates that others have published.
pub const WHOLE: [Program; 8] = [
    JSON,
    REGEX,
    SYN,
    program("markdown", || {
        let pages = markdown::pages();
        Box::new(move || markdown::run(&pages))
    }),
    program("sql", || {
        let script = sql::script();
        Box::new(move || sql::run(&script))
    }),
    program("template", || {
        let orders = template::orders();
        Box::new(move || template::run(&orders))
    }),
    program("compression", || {
        let files = syntax::sources();
        Box::new(move || compression::run(&files))
    }),
    program("store", || Box::new(|| store::run(40))),
];
