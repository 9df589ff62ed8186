//! Comma-separated values, with a name for each column. No field has a comma in it.

use std::fs;
use std::path::Path;

pub type Result<T> = std::result::Result<T, String>;

pub struct Csv {
    pub head: Vec<String>,
    pub lines: Vec<Vec<String>>,
}

impl Csv {
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut lines = text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect());
        let head: Vec<String> = lines.next().unwrap_or_default();
        let lines: Vec<Vec<String>> = lines.collect();
        match lines.iter().find(|line| line.len() != head.len()) {
            Some(line) => Err(format!("{}: the line {line:?}", path.display())),
            None => Ok(Self { head, lines }),
        }
    }

    pub fn column(&self, name: &str) -> Result<usize> {
        let found = self.head.iter().position(|head| head == name.trim());
        found.ok_or_else(|| format!("there is no column {name:?}"))
    }

    /// Keeps the lines that have one of these contents in a column, in the order of the contents.
    pub fn select(&mut self, column: usize, contents: &[&str]) -> Result<()> {
        let mut selected = Vec::new();
        for content in contents {
            let before = selected.len();
            let lines = self.lines.iter().filter(|line| line[column] == *content);
            selected.extend(lines.cloned());
            if selected.len() == before {
                return Err(format!("no line has {content:?}"));
            }
        }
        self.lines = selected;
        Ok(())
    }

    /// Carries out the selections among the options of a directive: `NAME = CONTENT, CONTENT`.
    /// Returns the other options.
    pub fn select_all<'a>(
        &mut self,
        options: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<&'a str>> {
        let mut others = Vec::new();
        for option in options {
            match option.split_once(" = ") {
                Some((name, contents)) => {
                    let contents: Vec<&str> = contents.split(", ").collect();
                    self.select(self.column(name)?, &contents)?;
                }
                None => others.push(option),
            }
        }
        Ok(others)
    }
}
