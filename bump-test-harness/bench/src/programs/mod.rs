//! Programs of eight kinds, whose requests `record` writes down as traces. Each is the same in every
//! run, but for how the system starts and ends a thread: its input is made by arithmetic or is in the
//! repository, its maps have a fixed hash, its threads take turns.

mod churn;
mod json;
mod mqtt;
mod regexes;
mod server;
mod strings;
mod syntax;
mod words;

/// A program, and a name for its trace.
pub struct Program {
    pub name: &'static str,
    /// Makes the input, which is no part of the trace, as if it were in flash or in a file.
    pub prepare: fn() -> Box<dyn FnOnce()>,
}

/// All of them, in the order of the tables.
pub const ALL: [Program; 8] = [
    Program {
        name: "json",
        prepare: || {
            let document = json::document();
            Box::new(move || json::run(&document))
        },
    },
    Program {
        name: "regex",
        prepare: || {
            let log = regexes::log();
            Box::new(move || regexes::run(&log))
        },
    },
    Program {
        name: "words",
        prepare: || {
            let text = words::text();
            Box::new(move || words::run(&text, 4))
        },
    },
    Program {
        name: "syn",
        prepare: || {
            let sources = syntax::sources();
            Box::new(move || syntax::run(&sources))
        },
    },
    Program {
        name: "server",
        prepare: || Box::new(|| server::run(1200)),
    },
    Program {
        name: "mqtt",
        prepare: || Box::new(|| mqtt::run(8000)),
    },
    Program {
        name: "churn",
        prepare: || Box::new(|| churn::run(40_000)),
    },
    Program {
        name: "strings",
        prepare: || Box::new(|| strings::run(40)),
    },
];
