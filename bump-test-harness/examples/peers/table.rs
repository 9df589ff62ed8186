//! The table, and its text.

use core::fmt;
use core::time::Duration;

use bump_test_harness::Interface;
use bump_test_harness::catalogue::PROPERTIES;

use crate::child::{self, Cell};
use crate::subjects::Named;

/// A row for each subject, a column for each property.
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) interface: Interface,
    pub(crate) cells: Vec<Cell>,
}

impl Table {
    /// Checks everything, one after the other.
    pub(crate) fn fill(subjects: &[Named], timeout: Duration) -> Self {
        let rows = subjects
            .iter()
            .map(|subject| {
                eprint!("{} ", subject.name);
                let cells = PROPERTIES
                    .iter()
                    .map(|property| {
                        let cell = child::run_check(&subject.name, property.name, timeout)
                            .unwrap_or_else(|error| {
                                Cell::Crashed(format!("not started: {error}"), String::new())
                            });
                        eprint!("{}", cell.mark());
                        cell
                    })
                    .collect();
                eprintln!();
                Row {
                    name: subject.name.clone(),
                    interface: subject.make().interface(),
                    cells,
                }
            })
            .collect();
        Self { rows }
    }
}

impl Cell {
    /// The cell as one letter.
    pub(crate) fn mark(&self) -> char {
        match self {
            Self::Passed => '✓',
            Self::Inapplicable(_) => '·',
            Self::Failed(..) => 'F',
            Self::Crashed(..) => 'C',
            Self::Hung(_) => 'H',
        }
    }

    /// A sentence about it, and the sequence that shows it.
    pub(crate) fn details(&self) -> Option<(String, &str)> {
        match self {
            Self::Passed => None,
            Self::Inapplicable(why) => Some((why.clone(), "")),
            Self::Failed(violation, sequence) => Some((violation.clone(), sequence)),
            Self::Crashed(how, sequence) => Some((format!("crashed: {how}"), sequence)),
            Self::Hung(sequence) => Some((String::from("hung, and was ended"), sequence)),
        }
    }

    pub(crate) fn is_failure(&self) -> bool {
        !matches!(self, Self::Passed | Self::Inapplicable(_))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self.rows.iter().map(|row| row.name.len()).max();
        let width = longest.unwrap_or_default();
        writeln!(
            f,
            "✓ passed  · not applicable  F failed  C crashed  H hung\n"
        )?;
        for (i, property) in PROPERTIES.iter().enumerate() {
            writeln!(f, "{:width$} {}┌ {}", "", "│ ".repeat(i), property.name)?;
        }
        for row in &self.rows {
            write!(f, "{:width$} ", row.name)?;
            for cell in &row.cells {
                write!(f, "{} ", cell.mark())?;
            }
            writeln!(f)?;
        }
        for row in &self.rows {
            for (property, cell) in PROPERTIES.iter().zip(&row.cells) {
                let Some((text, sequence)) = cell.details().filter(|_| cell.is_failure()) else {
                    continue;
                };
                writeln!(f, "\n{}, {}: {text}", row.name, property.name)?;
                if !sequence.is_empty() {
                    writeln!(f, "    shortest sequence: {sequence}")?;
                }
                let sentence = property.contract.of(row.interface).unwrap_or_default();
                writeln!(f, "    the contract: {sentence}")?;
            }
        }
        Ok(())
    }
}
