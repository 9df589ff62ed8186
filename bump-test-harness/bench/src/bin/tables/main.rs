//! Makes the tables and the figures of the pages, of the comma-separated values in `results`, so
//! that nobody types figures. Above a table stands how it is made:
//!
//! ```text
//! <!-- table: FILE -->                              the file as it is
//! <!-- table: FILE | ROW | COLUMN | VALUE -->       a line for each different ROW, a column for each
//!                                                   different COLUMN; both may be `NAME + NAME`
//! <!-- table: … | NAME = CONTENT, CONTENT -->       only of lines with one of these contents, in
//!                                                   this order
//! <!-- table: … | mean -->                          with the geometric mean of lines without gaps
//! <!-- table: … | bold -->                          with the least of each line in bold
//! ```
//!
//! Below it comes when and on what it was measured, by `results/measured.csv`. Within a line stands
//!
//! ```text
//! <!-- value: FILE; VALUE; NAME = CONTENT -->7<!-- -->           of the one line with this content
//! <!-- value: FILE; VALUE; NAME = CONTENT; least -->7<!-- -->    of several: least, most or mean
//! ```
//!
//! FILE is in `results`; ROW, COLUMN, VALUE and NAME are from its first line. With `--check` it writes
//! nothing, and fails if there would be something to write.

mod csv;
mod page;
#[cfg(test)]
mod tests;

use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use csv::Result;

/// The pages, seen from the folder of the benchmarks.
const PAGES: [&str; 3] = ["RESULTS.md", "../../README.md", "../firmware/README.md"];

/// Writes a page again, or tells that it would have to be written.
fn page(folder: &Path, path: &Path, check: bool) -> Result<()> {
    let page = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let filled = page::fill(&folder.join("results"), &page)?;
    match filled == page {
        true => Ok(()),
        false if check => Err("its figures are not those of `results`".into()),
        false => fs::write(path, filled).map_err(|error| error.to_string()),
    }
}

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let check = env::args().any(|argument| argument == "--check");
    let mut code = ExitCode::SUCCESS;
    for name in PAGES {
        let path = folder.join(name);
        if let Err(error) = page(folder, &path, check) {
            eprintln!("{}: {error}", path.display());
            code = ExitCode::FAILURE;
        }
    }
    code
}
