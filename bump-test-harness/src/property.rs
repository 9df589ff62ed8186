//! [`Property`]: one promise of the interfaces and the way to check it. The list of all of them is
//! in `catalogue.rs`, and the checks are under `properties/`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::base::Faults;
use crate::calm::calm;
use crate::catalogue::PROPERTIES;
use crate::heap::Interface;
use crate::minimise::minimise;
use crate::model::{self, Coverage, Limits};
use crate::op::{self, Op};
use crate::report::Report;
use crate::subject::Subject;
use crate::violation::{Rule, Violation};

/// One promise of the interfaces, and the way to check it.
///
/// ```
/// use bump_test_harness::{property, subject};
/// use std::alloc::System;
///
/// let subject = subject::global_alloc(|| System);
/// let property = property::named("alignment").unwrap();
/// assert!(property.check(&subject).passed());
/// ```
#[derive(Clone, Copy)]
pub struct Property {
    /// Its name, which is also the name of its `#[test]`.
    pub name: &'static str,
    /// The sentences of the contracts that are checked.
    pub contract: Contract,
    pub(crate) check: fn(&Trial<'_>) -> Outcome,
}

/// Where each interface promises a property: the sentence, or `None` if it does not.
///
/// ```
/// use bump_test_harness::property;
///
/// let contract = property::named("size_zero").unwrap().contract;
/// assert!(contract.allocator.is_some() && contract.global_alloc.is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    /// In the documentation of `core::alloc::GlobalAlloc`.
    pub global_alloc: Option<&'static str>,
    /// In the documentation of `core::alloc::Allocator` and of `allocator-api2`.
    pub allocator: Option<&'static str>,
    /// In the documentation of `alloc_traits::LocalAlloc`.
    pub local_alloc: Option<&'static str>,
}

impl Contract {
    /// The sentence of one interface.
    ///
    /// ```
    /// use bump_test_harness::{Interface, property};
    ///
    /// let contract = property::named("zeroed").unwrap().contract;
    /// assert!(contract.of(Interface::GlobalAlloc).unwrap().contains("set to zero"));
    /// ```
    #[must_use]
    pub const fn of(&self, interface: Interface) -> Option<&'static str> {
        match interface {
            Interface::GlobalAlloc => self.global_alloc,
            Interface::Allocator => self.allocator,
            Interface::LocalAlloc => self.local_alloc,
        }
    }
}

/// The outcome of the check of a property.
///
/// ```
/// use bump_test_harness::{Outcome, property, subject};
///
/// let subject = subject::global_alloc(|| std::alloc::System);
/// let outcome = property::named("size_zero").unwrap().check(&subject);
/// assert!(matches!(outcome, Outcome::Inapplicable("the interface does not promise it")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No violation was found in so many operations.
    Passed(Coverage),
    /// A violation was found.
    Failed(Failure),
    /// The property says nothing about this allocator, for this reason.
    Inapplicable(&'static str),
}

impl Outcome {
    /// Whether no violation was found, maybe because there was nothing to check.
    ///
    /// ```
    /// use bump_test_harness::Outcome;
    ///
    /// assert!(Outcome::Inapplicable("it is a stone").passed());
    /// ```
    #[must_use]
    pub const fn passed(&self) -> bool {
        !matches!(self, Self::Failed(_))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed(coverage) => write!(
                f,
                "passed ({} requests granted, {} refused)",
                coverage.granted, coverage.refused
            ),
            Self::Failed(failure) => write!(f, "FAILED {failure}"),
            Self::Inapplicable(why) => write!(f, "not applicable: {why}"),
        }
    }
}

/// A violation, and the sequence that shows it.
///
/// ```
/// use bump_test_harness::{Failure, Rule, Violation, op};
///
/// let failure = Failure {
///     violation: Violation::new(Rule::Zeroed, "byte 3 of 8 is not zero"),
///     sequence: vec![op::alloc(8, 1), op::free(0), op::zeroed(8, 1)],
/// };
/// let text = "not zeroed: byte 3 of 8 is not zero [alloc 8/1; free 0; zeroed 8/1]";
/// assert_eq!(failure.to_string(), text);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The act of the allocator that breaks the rule.
    pub violation: Violation,
    /// The shortest sequence found that shows it. It is empty if a sequence is not enough to show
    /// it, for example if it takes threads; then the violation says what is needed.
    pub sequence: Vec<Op>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.violation)?;
        if !self.sequence.is_empty() {
            write!(f, " [{}]", op::format(&self.sequence))?;
        }
        Ok(())
    }
}

impl Property {
    /// Checks the property on allocators that `subject` makes.
    ///
    /// ```
    /// use bump_test_harness::{property, subject};
    /// use std::alloc::System;
    ///
    /// let subject = subject::global_alloc(|| System);
    /// let property = property::named("alignment").unwrap();
    /// println!("{}", property.check(&subject));
    /// ```
    #[must_use]
    pub fn check(&self, subject: &dyn Subject) -> Outcome {
        self.check_watched(subject, &|_| {})
    }

    /// The same, and calls `watch` with each sequence before it runs. So another process can name
    /// the sequence that crashed this one.
    ///
    /// ```
    /// use bump_test_harness::{property, subject};
    /// use std::alloc::System;
    ///
    /// let subject = subject::global_alloc(|| System);
    /// let property = property::named("alignment").unwrap();
    /// let last = std::cell::RefCell::default();
    /// let outcome = property.check_watched(&subject, &|ops| *last.borrow_mut() = ops.to_vec());
    /// assert!(outcome.passed() && !last.borrow().is_empty());
    /// ```
    #[must_use]
    pub fn check_watched(&self, subject: &dyn Subject, watch: &dyn Fn(&[Op])) -> Outcome {
        if self.contract.of(subject.interface()).is_none() {
            return Outcome::Inapplicable("the interface does not promise it");
        }
        let trial = Trial {
            subject,
            watch,
            limits: Limits::default(),
        };
        match calm("making or dropping the allocator", || (self.check)(&trial)) {
            Ok(Outcome::Passed(coverage)) if coverage.granted == 0 => {
                Outcome::Inapplicable("every request was refused")
            }
            Ok(outcome) => outcome,
            Err(violation) => failed(violation.rule, violation.detail),
        }
    }

    /// Checks the property and panics with all details if a violation is found, as a test does.
    ///
    /// ```
    /// use bump_test_harness::{property, subject};
    /// use std::alloc::System;
    ///
    /// let subject = subject::global_alloc(|| System);
    /// let property = property::named("alignment").unwrap();
    /// property.assert(&subject);
    /// ```
    ///
    /// # Panics
    ///
    /// If a violation is found.
    pub fn assert(&self, subject: &dyn Subject) {
        let outcome = self.check(subject);
        assert!(
            outcome.passed(),
            "{}: {outcome}\nwhere the contract says: {}",
            self.name,
            self.contract.of(subject.interface()).unwrap_or_default()
        );
    }
}

impl fmt::Debug for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Property")
            .field("name", &self.name)
            .field("contract", &self.contract)
            .finish_non_exhaustive()
    }
}

/// The property of that name.
///
/// ```
/// use bump_test_harness::property;
///
/// assert_eq!(property::named("threads").unwrap().name, "threads");
/// assert!(property::named("beauty").is_none());
/// ```
#[must_use]
pub fn named(name: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|property| property.name == name)
}

/// Checks every property and reports on all.
///
/// ```
/// use bump_global::Bump;
/// use bump_test_harness::{property, subject};
///
/// let report = property::check_all(&subject::global_alloc(Bump::<[u8; 4096]>::uninit).shared());
/// assert!(report.all_passed(), "{report}");
/// ```
#[must_use]
pub fn check_all(subject: &dyn Subject) -> Report {
    Report {
        interface: subject.interface(),
        results: PROPERTIES
            .iter()
            .map(|property| (property, property.check(subject)))
            .collect(),
    }
}

/// Runs one sequence on a fresh allocator.
///
/// ```
/// use bump_test_harness::base::Faults;
/// use bump_test_harness::{Limits, op, property, subject};
///
/// let subject = subject::global_alloc(|| std::alloc::System);
/// let ops = op::parse("alloc 16/8; grow 0 32/8").unwrap();
/// let coverage =
///     property::run_sequence(&subject, &Faults::default(), Limits::default(), &ops)?;
/// assert_eq!(coverage.granted, 2);
/// # Ok::<(), bump_test_harness::Violation>(())
/// ```
///
/// # Errors
///
/// The violation that it showed.
pub fn run_sequence(
    subject: &dyn Subject,
    faults: &Faults,
    limits: Limits,
    ops: &[Op],
) -> Result<Coverage, Violation> {
    let mut result = Ok(Coverage::default());
    let end = calm("making or dropping the allocator", || {
        subject.fresh(faults, &mut |heap| result = model::run(heap, limits, ops))
    });
    let coverage = result?;
    end??;
    Ok(coverage)
}

/// A property being checked on a subject.
pub(crate) struct Trial<'t> {
    pub(crate) subject: &'t dyn Subject,
    pub(crate) watch: &'t dyn Fn(&[Op]),
    pub(crate) limits: Limits,
}

impl Trial<'_> {
    /// Runs each sequence, or a sample, on an allocator of its own. Shortens the first one that
    /// fails.
    pub(crate) fn sequences(&self, all: impl IntoIterator<Item = Vec<Op>>) -> Outcome {
        self.sequences_with(&Faults::default(), sample(all))
    }

    /// Runs each sequence on an allocator of its own, over a base with faults if it has a base.
    pub(crate) fn sequences_with(
        &self,
        faults: &Faults,
        all: impl IntoIterator<Item = Vec<Op>>,
    ) -> Outcome {
        let mut coverage = Coverage::default();
        for ops in all {
            match self.run(faults, &ops) {
                Ok(one) => coverage += one,
                Err(violation) => return Outcome::Failed(self.shortest(faults, ops, &violation)),
            }
        }
        Outcome::Passed(coverage)
    }

    /// Runs one sequence on a fresh allocator.
    pub(crate) fn run(&self, faults: &Faults, ops: &[Op]) -> Result<Coverage, Violation> {
        (self.watch)(ops);
        run_sequence(self.subject, faults, self.limits, ops)
    }

    /// The shortest sequence that breaks the same rule.
    pub(crate) fn shortest(&self, faults: &Faults, ops: Vec<Op>, first: &Violation) -> Failure {
        let mut violation = first.clone();
        let sequence = minimise(ops, |ops| match self.run(faults, ops) {
            Err(other) if other.rule == first.rule => {
                violation = other;
                true
            }
            _ => false,
        });
        if *faults != Faults::default() {
            violation.detail = format!("{} (over a base with {faults})", violation.detail);
        }
        Failure {
            violation,
            sequence,
        }
    }
}

/// All items of a list; under an interpreter a few of them, since neighbours in these lists are
/// alike.
pub(crate) fn sample<T>(all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    all.into_iter()
        .enumerate()
        .filter(|(place, _)| !cfg!(miri) || [0, 5, 25, 125].contains(place))
        .map(|(_, one)| one)
}

/// A violation that took more than a sequence to show.
pub(crate) fn failed(rule: Rule, detail: impl Into<String>) -> Outcome {
    Outcome::Failed(Failure {
        violation: Violation::new(rule, detail),
        sequence: Vec::new(),
    })
}
