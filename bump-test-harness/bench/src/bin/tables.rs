//! Makes the tables of `RESULTS.md` of the comma-separated values in `results`, so that nobody types
//! figures. Above a table stands how it is made:
//!
//! ```text
//! <!-- table: FILE -->                                         the file as it is
//! <!-- table: FILE | ROW | COLUMN | VALUE -->                  a line for each different ROW, a column
//!                                                              for each different COLUMN
//! <!-- table: FILE | ROW | COLUMN | VALUE | NAME = CONTENT -->  only of lines with this content
//! <!-- table: FILE | ROW | COLUMN | VALUE | mean -->            with the geometric mean of full lines
//! ```
//!
//! ROW, COLUMN, VALUE and NAME are from the first line of the file. With `--check` it writes nothing,
//! and fails if there would be something to write.

use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, String>;

/// Comma-separated values.
struct Csv {
    head: Vec<String>,
    lines: Vec<Vec<String>>,
}

impl Csv {
    fn read(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut lines = text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect());
        Ok(Self {
            head: lines.next().unwrap_or_default(),
            lines: lines.collect(),
        })
    }

    fn column(&self, name: &str) -> Result<usize> {
        let found = self.head.iter().position(|head| head == name);
        found.ok_or_else(|| format!("there is no column {name:?}"))
    }

    /// The different contents of a column, in the order in which they come.
    fn different(&self, column: usize) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for line in &self.lines {
            if !all.contains(&line[column].as_str()) {
                all.push(&line[column]);
            }
        }
        all
    }
}

fn markdown(lines: &[Vec<String>]) -> String {
    let mut table = String::new();
    for (n, cells) in lines.iter().enumerate() {
        table += &format!("| {} |\n", cells.join(" | "));
        if n == 0 {
            // The first column has names, the others numbers.
            table += &format!("|---|{}\n", "--:|".repeat(cells.len() - 1));
        }
    }
    table
}

/// The geometric mean of cells that are all numbers.
fn mean(cells: &[String]) -> Option<String> {
    let sum = cells
        .iter()
        .try_fold(0.0, |sum, cell| Some(sum + cell.parse::<f64>().ok()?.ln()))?;
    Some(format!("{:.2}", (sum / cells.len() as f64).exp()))
}

const NOTHING: &str = "–";

/// The table that a description stands for.
fn table(folder: &Path, description: &str) -> Result<String> {
    let mut words = description.split('|').map(str::trim);
    let file = words.next().unwrap_or_default();
    let mut csv = Csv::read(&folder.join(file))?;
    let Some(row) = words.next() else {
        csv.lines.insert(0, csv.head);
        return Ok(markdown(&csv.lines));
    };
    let (rows, columns, values) = (
        csv.column(row)?,
        csv.column(words.next().unwrap_or_default())?,
        csv.column(words.next().unwrap_or_default())?,
    );
    let mut with_mean = false;
    for word in words {
        match word.split_once('=') {
            Some((name, content)) => {
                let column = csv.column(name.trim())?;
                csv.lines.retain(|line| line[column] == content.trim());
            }
            None if word == "mean" => with_mean = true,
            None => return Err(format!("{word:?} is neither a condition nor `mean`")),
        }
    }
    let different = csv.different(columns);
    let mut table = vec![vec![row.to_owned()]];
    table[0].extend(different.iter().map(|name| name.to_string()));
    table[0].extend(with_mean.then(|| "geometric mean".into()));
    for name in csv.different(rows) {
        let value = |column: &&str| {
            let line = csv
                .lines
                .iter()
                .find(|line| line[rows] == name && line[columns] == *column);
            let value = line.map(|line| line[values].as_str()).unwrap_or_default();
            String::from(if value.is_empty() { NOTHING } else { value })
        };
        let mut cells: Vec<String> = different.iter().map(value).collect();
        if with_mean {
            cells.push(mean(&cells).unwrap_or(NOTHING.into()));
        }
        cells.insert(0, name.to_owned());
        table.push(cells);
    }
    Ok(markdown(&table))
}

/// The page with its tables made again.
fn fill(folder: &Path, page: &str) -> Result<String> {
    let mut filled = String::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        filled += line;
        filled.push('\n');
        let description = line
            .strip_prefix("<!-- table: ")
            .and_then(|rest| rest.strip_suffix(" -->"));
        if let Some(description) = description {
            let table =
                table(folder, description).map_err(|error| format!("{description}: {error}"))?;
            // Between empty lines, in place of those that were here, and of the table.
            filled += &format!("\n{table}\n");
            while lines.next_if(|line| line.is_empty()).is_some() {}
            while lines.next_if(|line| line.starts_with('|')).is_some() {}
            while lines.next_if(|line| line.is_empty()).is_some() {}
        }
    }
    Ok(filled)
}

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = folder.join("RESULTS.md");
    let check = env::args().any(|argument| argument == "--check");
    let done = fs::read_to_string(&path)
        .map_err(|error| error.to_string())
        .and_then(|page| Ok((fill(&folder.join("results"), &page)?, page)))
        .and_then(|(filled, page)| match filled == page {
            true => Ok(()),
            false if check => Err("its tables are not those of `results`".into()),
            false => fs::write(&path, filled).map_err(|error| error.to_string()),
        });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_made_in_place_of_those_before() {
        let folder = env::temp_dir().join(format!("tables-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let values = "trace,heap,size,time\na,x,1.00,9\na,y,2.00,9\nb,x,4.00,9\nb,y,,9\n";
        fs::write(folder.join("a.csv"), values).unwrap();
        let page =
            "# A\n\n<!-- table: a.csv | heap | trace | size | mean -->\n| old |\n|---|\n\nText\n";
        let expected = "# A\n\n<!-- table: a.csv | heap | trace | size | mean -->\n\n\
            | heap | a | b | geometric mean |\n|---|--:|--:|--:|\n\
            | x | 1.00 | 4.00 | 2.00 |\n| y | 2.00 | – | – |\n\nText\n";
        assert_eq!(fill(&folder, page).unwrap(), expected);
        assert_eq!(fill(&folder, expected).unwrap(), expected);

        let one = "<!-- table: a.csv | heap | trace | time | heap = y -->\n";
        assert!(
            fill(&folder, one)
                .unwrap()
                .ends_with("|\n| y | 9 | 9 |\n\n")
        );
        let all = "<!-- table: a.csv -->\n";
        assert!(
            fill(&folder, all)
                .unwrap()
                .ends_with("| b | y |  | 9 |\n\n")
        );
        for wrong in [
            "b.csv",
            "a.csv | heap | trace | no",
            "a.csv | heap | trace | size | max",
        ] {
            let page = format!("<!-- table: {wrong} -->\n");
            assert!(fill(&folder, &page).is_err(), "{wrong}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
