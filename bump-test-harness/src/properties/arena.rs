//! Arenas that call code of their user in the middle of an allocation.

use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;

use crate::base::Faults;
use crate::calm::calm;
use crate::heap::{Heap, Payload};
use crate::model::Coverage;
use crate::property::{Outcome, Trial};
use crate::violation::{Rule, Violation};

const NO_CLOSURES: Outcome = Outcome::Inapplicable("it has no allocation from a closure");
const NO_ITERATORS: Outcome = Outcome::Inapplicable("it has no allocation from an iterator");

/// Uses an allocator, judges, and counts what was granted; `None` if the allocator lacks the call.
type Program<'p> = dyn Fn(&dyn Heap) -> Option<Result<u64, Violation>> + 'p;

/// Runs one program on a fresh allocator.
fn fresh(trial: &Trial<'_>, program: &Program<'_>) -> Option<Result<u64, Violation>> {
    let mut result = Some(Ok(0));
    let end = trial
        .subject
        .fresh(&Faults::default(), &mut |heap| result = program(heap));
    match (result?, end) {
        (Ok(_), Err(violation)) => Some(Err(violation)),
        (result, _) => Some(result),
    }
}

/// Runs all programs, stopping at the first violation.
fn programs(trial: &Trial<'_>, missing: Outcome, all: &[&Program<'_>]) -> Outcome {
    let mut coverage = Coverage::default();
    for program in all {
        match fresh(trial, program) {
            None => return missing,
            Some(Ok(granted)) => coverage.granted += granted,
            Some(Err(violation)) => {
                return crate::property::failed(violation.rule, violation.detail);
            }
        }
    }
    Outcome::Passed(coverage)
}

pub(crate) fn closures(trial: &Trial<'_>) -> Outcome {
    programs(
        trial,
        NO_CLOSURES,
        &[
            &|heap| nested(heap, 1),
            &|heap| nested(heap, 6),
            // Deep enough that the innermost do not fit into a small memory.
            &|heap| nested(heap, 150),
            &panicking_closure,
        ],
    )
}

/// Values made while others are being made, `depth` of them at once.
fn nested(heap: &dyn Heap, depth: u64) -> Option<Result<u64, Violation>> {
    let values = Values::default();
    let has_call = values.make(heap, depth);
    has_call.then(|| calm("allocating in a closure", || values.judge())?)
}

/// The values that were allocated, and what they must hold.
#[derive(Default)]
struct Values(RefCell<Vec<(NonNull<Payload>, Payload)>>);

impl Values {
    /// Allocates a value from a closure that does the same, `depth` times. Returns whether the
    /// allocator has such a call.
    fn make(&self, heap: &dyn Heap, depth: u64) -> bool {
        let payload = [
            depth,
            !depth,
            depth << 32,
            depth.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        ];
        let answer = heap.alloc_with(&mut || {
            if depth > 0 {
                self.make(heap, depth - 1);
                // One call before and one after, so that the memory moves on twice.
                self.make(heap, 0);
            }
            payload
        });
        let Some(granted) = answer else { return false };
        self.0
            .borrow_mut()
            .extend(granted.map(|ptr| (ptr, payload)));
        true
    }

    fn judge(&self) -> Result<u64, Violation> {
        let mut values = self.0.borrow().clone();
        for (ptr, expected) in &values {
            if !ptr.is_aligned() {
                return Err(Violation::new(Rule::Aligned, "a value made by a closure"));
            }
            // SAFETY: the allocator made this value and nothing was freed; it is aligned.
            if unsafe { ptr.read() } != *expected {
                return Err(Violation::new(
                    Rule::Untouched,
                    "a value made by a closure that allocates",
                ));
            }
        }
        values.sort_by_key(|(ptr, _)| ptr.addr());
        let overlap = values
            .windows(2)
            .any(|pair| pair[1].0.addr().get() - pair[0].0.addr().get() < size_of::<Payload>());
        if overlap {
            return Err(Violation::new(
                Rule::Disjoint,
                "two values made by closures that allocate",
            ));
        }
        Ok(values.len() as u64)
    }
}

/// A closure that allocates and then panics. The allocator must go on as if nothing had happened.
#[cfg(feature = "std")]
fn panicking_closure(heap: &dyn Heap) -> Option<Result<u64, Violation>> {
    use core::panic::AssertUnwindSafe;
    use std::panic::{catch_unwind, resume_unwind};

    let values = Values::default();
    if !values.make(heap, 2) {
        return None;
    }
    // Unwind safety: this property checks that the allocator is consistent afterwards.
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        heap.alloc_with(&mut || {
            values.make(heap, 1);
            // Without the message that `panic!` prints.
            resume_unwind(alloc::boxed::Box::new(()))
        })
    }));
    values.make(heap, 2);
    Some(values.judge().and_then(|count| match unwound {
        // The request was refused before the closure was called, or the closure panicked.
        Ok(Some(None)) | Err(_) => Ok(count),
        Ok(_) => Err(Violation::new(
            Rule::Calm,
            "a panic of a closure was swallowed",
        )),
    }))
}

#[cfg(not(feature = "std"))]
fn panicking_closure(_heap: &dyn Heap) -> Option<Result<u64, Violation>> {
    Some(Ok(0))
}

pub(crate) fn iterators(trial: &Trial<'_>) -> Outcome {
    const HINTS: [Hint; 5] = [
        Hint::Exact,
        Hint::Claim(0),
        Hint::Claim(3),
        Hint::Claim(40),
        Hint::Claim(usize::MAX),
    ];
    let mut outcome = Outcome::Passed(Coverage::default());
    for hint in HINTS {
        for busy in [false, true] {
            outcome = programs(
                trial,
                NO_ITERATORS,
                &[
                    &|heap| from_iter(heap, hint, busy, 0),
                    &|heap| from_iter(heap, hint, busy, 1),
                    &|heap| from_iter(heap, hint, busy, 17),
                ],
            );
            if !matches!(outcome, Outcome::Passed(_)) {
                return outcome;
            }
        }
    }
    outcome
}

/// The hint of an iterator about its length.
#[derive(Clone, Copy)]
enum Hint {
    Exact,
    /// A hint of so many, whether true or not.
    Claim(usize),
}

/// Yields `0..count`, may lie about how many that is and allocate in between.
struct Items<'h> {
    heap: &'h dyn Heap,
    next: u64,
    count: u64,
    hint: Hint,
    /// The slices that it allocated, which must stay as they are.
    others: Option<&'h Others>,
}

type Others = RefCell<Vec<NonNull<[u64]>>>;

impl Iterator for Items<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if let Some(others) = self.others {
            let two = Cell::new(0);
            let mut inner = core::iter::from_fn(|| {
                two.set(two.get() + 1);
                (two.get() <= 2).then_some(u64::MAX - two.get())
            });
            if let Some(Some(slice)) = self.heap.alloc_from_iter(&mut inner) {
                others.borrow_mut().push(slice);
            }
        }
        let item = self.next;
        self.next += 1;
        (item < self.count).then_some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let rest = usize::try_from(self.count.saturating_sub(self.next)).unwrap_or(usize::MAX);
        match self.hint {
            Hint::Exact => (rest, Some(rest)),
            Hint::Claim(claim) => (claim, Some(claim)),
        }
    }
}

/// A slice of what a strange iterator yields: a prefix of its items, and nobody else's memory.
fn from_iter(
    heap: &dyn Heap,
    hint: Hint,
    busy: bool,
    count: u64,
) -> Option<Result<u64, Violation>> {
    let others = Others::default();
    let mut items = Items {
        heap,
        next: 0,
        count,
        hint,
        others: busy.then_some(&others),
    };
    let answer = calm("allocating from an iterator", || {
        heap.alloc_from_iter(&mut items)
    });
    let granted = match answer {
        Ok(None) => return None,
        Ok(Some(granted)) => granted,
        Err(violation) => return Some(Err(violation)),
    };
    let inner = others.borrow();
    let slices = inner.iter().copied().chain(granted);
    let judged = slices.clone().try_fold(0_u64, |sum, slice| {
        judge_slice(slice, granted == Some(slice))?;
        Ok(sum + 1)
    });
    Some(judged.and_then(|sum| {
        let mut ranges: Vec<_> = slices
            .map(|slice| (slice.addr().get(), size_of::<u64>() * slice.len()))
            .filter(|(_, size)| *size > 0)
            .collect();
        ranges.sort_unstable();
        match ranges
            .windows(2)
            .any(|pair| pair[0].0 + pair[0].1 > pair[1].0)
        {
            true => Err(Violation::new(Rule::Disjoint, "slices of nested iterators")),
            false => Ok(sum),
        }
    }))
}

fn judge_slice(slice: NonNull<[u64]>, outer: bool) -> Result<(), Violation> {
    let start = slice.cast::<u64>();
    if !start.is_aligned() {
        return Err(Violation::new(
            Rule::Aligned,
            "a slice of an iterator's items",
        ));
    }
    for i in 0..slice.len() {
        let expected = if outer {
            i as u64
        } else {
            u64::MAX - 1 - i as u64
        };
        // SAFETY: `i` is inside the slice.
        let place = unsafe { start.add(i) };
        // SAFETY: the allocator says that it wrote the slice.
        if unsafe { place.read() } != expected {
            return Err(Violation::new(
                Rule::Untouched,
                alloc::format!("item {i} of a slice from an iterator"),
            ));
        }
    }
    Ok(())
}
