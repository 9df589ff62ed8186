//! The directives in a page, and what takes their places.

use std::path::Path;

use crate::csv::{Csv, Result};

/// In the place of a value that there is not.
const NOTHING: &str = "–";

/// The file that tells when, on what and by which compiler the others were measured.
const MEASURED: &str = "measured.csv";

/// The page with its tables and values made again.
pub fn fill(folder: &Path, page: &str) -> Result<String> {
    let mut filled = String::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        filled += &values(folder, line)?;
        filled.push('\n');
        let description = line
            .strip_prefix("<!-- table: ")
            .and_then(|rest| rest.strip_suffix(" -->"));
        if let Some(description) = description {
            let table =
                table(folder, description).map_err(|error| format!("{description}: {error}"))?;
            // Between empty lines, in place of those that were here, of the table, and of its note.
            filled += &format!("\n{table}\n");
            while lines.next_if(|line| line.is_empty()).is_some() {}
            while lines.next_if(|line| line.starts_with('|')).is_some() {}
            while lines.next_if(|line| line.is_empty()).is_some() {}
            while lines.next_if(|line| line.starts_with("<sub>")).is_some() {}
            while lines.next_if(|line| line.is_empty()).is_some() {}
        }
    }
    filled.truncate(filled.trim_end().len());
    Ok(filled + "\n")
}

const VALUE: &str = "<!-- value: ";
const END: &str = "<!-- -->";

/// A line with its values made again.
fn values(folder: &Path, line: &str) -> Result<String> {
    let mut filled = String::new();
    let mut rest = line;
    while let Some((before, value)) = rest.split_once(VALUE) {
        let (description, old) = value
            .split_once(" -->")
            .ok_or_else(|| format!("{value:?} has no end"))?;
        let (_, after) = old
            .split_once(END)
            .ok_or_else(|| format!("no {END} after {description:?}"))?;
        let new =
            one_value(folder, description).map_err(|error| format!("{description}: {error}"))?;
        filled += &format!("{before}{VALUE}{description} -->{new}{END}");
        rest = after;
    }
    Ok(filled + rest)
}

/// The value that a description, whose parts have `;` between them since it may be in a table,
/// stands for: of the one line that is selected, or the least or the
/// most of several.
fn one_value(folder: &Path, description: &str) -> Result<String> {
    let mut words = description.split(';').map(str::trim);
    let mut csv = Csv::read(&folder.join(words.next().unwrap_or_default()))?;
    let values = csv.column(words.next().unwrap_or_default())?;
    let options = csv.select_all(words)?;
    let mut all = csv.lines.iter().map(|line| line[values].as_str());
    let number = |text: &&str| text.parse::<f64>().unwrap_or(f64::NAN);
    let by_number = |a: &&str, b: &&str| number(a).total_cmp(&number(b));
    let found = match options.as_slice() {
        [] if csv.lines.len() == 1 => all.next(),
        ["least"] => all.min_by(by_number),
        ["most"] => all.max_by(by_number),
        ["mean"] => return mean(all).ok_or_else(|| "no mean".into()),
        _ => None,
    };
    let found = found.filter(|value| number(value).is_finite());
    found
        .map(str::to_owned)
        .ok_or_else(|| "not one number".into())
}

/// The geometric mean, if all are numbers.
fn mean<'a>(mut cells: impl Iterator<Item = &'a str>) -> Option<String> {
    let (sum, count) = cells.try_fold((0.0, 0), |(sum, count), cell| {
        Some((sum + cell.parse::<f64>().ok()?.ln(), count + 1))
    })?;
    Some(format!("{:.2}", (sum / f64::from(count)).exp()))
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

/// When, on what and by which compiler a file was measured.
fn measured(folder: &Path, file: &str) -> Result<String> {
    let mut csv = Csv::read(&folder.join(MEASURED))?;
    csv.select(csv.column("file")?, &[file])
        .map_err(|error| format!("{MEASURED}: {error}"))?;
    let [rows, date, processor, compiler, note] =
        ["rows", "date", "processor", "compiler", "note"].map(|name| csv.column(name));
    let (rows, date, processor, compiler, note) = (rows?, date?, processor?, compiler?, note?);
    let mut notes = Vec::new();
    for line in &csv.lines {
        let words = [date, processor, compiler, note].map(|column| line[column].as_str());
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        notes.push(match line[rows].as_str() {
            "" => words.join(", "),
            rows => format!("{rows}: {}", words.join(", ")),
        });
    }
    Ok(format!("<sub>Measured {}.</sub>\n", notes.join("; ")))
}

/// The table that a description stands for, and the note below it.
fn table(folder: &Path, description: &str) -> Result<String> {
    let mut words = description.split('|').map(str::trim);
    let file = words.next().unwrap_or_default();
    let mut csv = Csv::read(&folder.join(file))?;
    let note = measured(folder, file)?;
    let rest: Vec<&str> = words.collect();
    let lines = match rest.as_slice() {
        [row, column, values, options @ ..] if !row.contains(" = ") => {
            let options = csv.select_all(options.iter().copied())?;
            crossed(&csv, row, column, values, &options)?
        }
        options => {
            if let [other, ..] = csv.select_all(options.iter().copied())?.as_slice() {
                return Err(format!("{other:?} is no selection"));
            }
            csv.lines.insert(0, csv.head);
            csv.lines
        }
    };
    Ok(format!("{}\n{note}", markdown(&lines)))
}

/// The columns of names with ` + ` between them.
fn columns(csv: &Csv, names: &str) -> Result<Vec<usize>> {
    names.split(" + ").map(|name| csv.column(name)).collect()
}

/// The content of some columns of a line.
fn content(line: &[String], columns: &[usize]) -> String {
    let parts: Vec<&str> = columns.iter().map(|n| line[*n].as_str()).collect();
    parts.join(", ")
}

/// The different contents of some columns, in the order in which they come.
fn different(csv: &Csv, columns: &[usize]) -> Vec<String> {
    let mut all = Vec::new();
    for line in &csv.lines {
        let content = content(line, columns);
        if !all.contains(&content) {
            all.push(content);
        }
    }
    all
}

/// A line for each different content of the columns `row`, a column for each different content of
/// the columns `column`.
fn crossed(
    csv: &Csv,
    row: &str,
    column: &str,
    values: &str,
    options: &[&str],
) -> Result<Vec<Vec<String>>> {
    if let Some(other) = options.iter().find(|word| !["mean", "bold"].contains(word)) {
        return Err(format!("{other:?} is neither a selection nor an option"));
    }
    let [with_mean, bold] = ["mean", "bold"].map(|option| options.contains(&option));
    let (across, values) = (columns(csv, column)?, csv.column(values)?);
    let down = columns(csv, row)?;
    let heads = different(csv, &across);
    let mut table = vec![vec![row.replace(" + ", ", ")]];
    table[0].extend(heads.iter().cloned());
    table[0].extend(with_mean.then(|| "geometric mean".into()));
    for name in different(csv, &down) {
        let value = |head: &String| {
            let mut of_cell = csv
                .lines
                .iter()
                .filter(|line| content(line, &down) == name && content(line, &across) == *head);
            match (of_cell.next(), of_cell.next()) {
                (_, Some(_)) => Err(format!("{name:?} and {head:?} have several values")),
                (Some(line), None) if !line[values].is_empty() => Ok(line[values].clone()),
                _ => Ok(NOTHING.into()),
            }
        };
        let mut cells = heads.iter().map(value).collect::<Result<Vec<_>>>()?;
        if with_mean {
            cells.push(mean(cells.iter().map(String::as_str)).unwrap_or(NOTHING.into()));
        }
        if bold {
            bold_least(&mut cells);
        }
        cells.insert(0, name);
        table.push(cells);
    }
    Ok(table)
}

/// Makes the least of several numbers bold, wherever it stands.
fn bold_least(cells: &mut [String]) {
    let number = |cell: &String| cell.parse::<f64>().unwrap_or(f64::INFINITY);
    let least = cells.iter().map(number).fold(f64::INFINITY, f64::min);
    for cell in cells {
        if number(cell) == least && least.is_finite() {
            *cell = format!("**{cell}**");
        }
    }
}
