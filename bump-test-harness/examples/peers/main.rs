//! A table of allocators and properties: ours, the system's and, with the feature `peers`, the
//! well-known ones, each failure with its shortest sequence.
//!
//! ```text
//! cargo run --release -p bump-test-harness --example peers --features peers
//! ```
//!
//! prints the table and writes it as a page. Each check runs in a process of its own, so that a
//! peer that crashes or hangs does not take the table down. No failure is expected, none is hidden.

mod child;
mod page;
mod subjects;
mod table;
#[cfg(feature = "peers")]
mod wellknown;

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::prelude::*;

const USAGE: &str =
    "usage: peers [--page FILE] [--timeout SECONDS] [--only PART-OF-A-NAME] [--planted]";

const HELP: &str = "
  --page FILE            where the table is written as a page; otherwise target/peers.html
  --timeout SECONDS      how long one check may take; otherwise 30
  --only PART-OF-A-NAME  the allocators whose names contain it; otherwise all
  --planted              two allocators more, of which one crashes and one hangs";

fn main() -> ExitCode {
    let options = match Options::parse() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match options.task {
        Task::Help => {
            println!("Checks allocators, and prints a table of what they pass.\n\n{USAGE}\n{HELP}");
            ExitCode::SUCCESS
        }
        Task::Table => match table(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("peers: {error}");
                ExitCode::FAILURE
            }
        },
        Task::Check { subject, property } => child::check(&subject, &property),
        Task::Replay { subject, sequence } => child::replay(&subject, &sequence),
    }
}

fn table(options: &Options) -> std::io::Result<()> {
    let subjects: Vec<_> = subjects::all(options.planted)
        .into_iter()
        .filter(|subject| subject.name.contains(&options.only))
        .collect();
    let table = table::Table::fill(&subjects, options.timeout);
    println!("{table}");
    if cfg!(not(feature = "peers")) {
        println!("The well-known allocators are in the table with `--features peers`.");
    }
    if let Some(parent) = options.page.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(&options.page, page::of(&table))?;
    println!("The same as a page: {}", options.page.display());
    Ok(())
}

struct Options {
    page: PathBuf,
    timeout: Duration,
    only: String,
    planted: bool,
    task: Task,
}

enum Task {
    /// How the program is used.
    Help,
    /// The user asks for the table.
    Table,
    /// The table asks a child for one cell.
    Check { subject: String, property: String },
    /// The table asks a child whether this sequence crashes too.
    Replay { subject: String, sequence: String },
}

impl Options {
    fn parse() -> Result<Self, lexopt::Error> {
        let mut options = Options {
            page: Path::new(env!("CARGO_MANIFEST_DIR"))
                .with_file_name("target")
                .join("peers.html"),
            timeout: Duration::from_secs(30),
            only: String::new(),
            planted: false,
            task: Task::Table,
        };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Short('h') | Long("help") => options.task = Task::Help,
                Long("page") => options.page = arguments.value()?.into(),
                Long("timeout") => {
                    options.timeout = Duration::from_secs(arguments.value()?.parse()?);
                }
                Long("only") => options.only = arguments.value()?.string()?,
                Long("planted") => options.planted = true,
                Long("check") => {
                    options.task = Task::Check {
                        subject: arguments.value()?.string()?,
                        property: arguments.value()?.string()?,
                    }
                }
                Long("replay") => {
                    options.task = Task::Replay {
                        subject: arguments.value()?.string()?,
                        sequence: arguments.value()?.string()?,
                    }
                }
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }
}
