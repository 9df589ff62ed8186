//! [`Report`]: the outcome of every property for one allocator, as text.

use alloc::vec::Vec;
use core::fmt;

use crate::heap::Interface;
use crate::property::{Outcome, Property};

/// The outcome of each property for one allocator. Its `Display` is a table.
///
/// ```
/// use bump_test_harness::{Interface, Report, property, subject};
///
/// let property = property::named("alignment").unwrap();
/// let outcome = property.check(&subject::global_alloc(|| std::alloc::System));
/// let report = Report { interface: Interface::GlobalAlloc, results: vec![(property, outcome)] };
/// println!("through {}:\n{report}", report.interface);
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    /// The interface that was checked.
    pub interface: Interface,
    /// The properties in the order of the catalogue, and what their checks came to.
    pub results: Vec<(&'static Property, Outcome)>,
}

impl Report {
    /// Whether no property failed.
    ///
    /// ```
    /// use bump_test_harness::{Interface, Report, property, subject};
    ///
    /// let property = property::named("alignment").unwrap();
    /// let outcome = property.check(&subject::global_alloc(|| std::alloc::System));
    /// let report = Report { interface: Interface::GlobalAlloc, results: vec![(property, outcome)] };
    /// assert!(report.all_passed());
    /// ```
    #[must_use]
    pub fn all_passed(&self) -> bool {
        self.results.iter().all(|(_, outcome)| outcome.passed())
    }

    /// The properties that failed.
    ///
    /// ```
    /// use bump_test_harness::{Interface, Report, property, subject};
    ///
    /// let property = property::named("alignment").unwrap();
    /// let outcome = property.check(&subject::global_alloc(|| std::alloc::System));
    /// let report = Report { interface: Interface::GlobalAlloc, results: vec![(property, outcome)] };
    /// for (property, outcome) in report.failed() {
    ///     println!("{}: {outcome}", property.name);
    /// }
    /// ```
    pub fn failed(&self) -> impl Iterator<Item = &(&'static Property, Outcome)> {
        self.results.iter().filter(|(_, outcome)| !outcome.passed())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (property, outcome) in &self.results {
            writeln!(f, "{:<16} {outcome}", property.name)?;
            if !outcome.passed() {
                let sentence = property.contract.of(self.interface).unwrap_or_default();
                writeln!(f, "{:<16} the contract: {sentence}", "")?;
            }
        }
        Ok(())
    }
}
