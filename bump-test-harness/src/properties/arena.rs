//! Arenas that call code of their user in the middle of an allocation.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::hint::black_box;
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
type Program = dyn Fn(&dyn Heap) -> Option<Result<u64, Violation>>;

fn program(run: impl Fn(&dyn Heap) -> Option<Result<u64, Violation>> + 'static) -> Box<Program> {
    Box::new(run)
}

/// Runs one program on a fresh allocator.
fn fresh(trial: &Trial<'_>, program: &Program) -> Option<Result<u64, Violation>> {
    let mut result = Some(Ok(0));
    let end = calm("an allocation that calls the program", || {
        let mut body = |heap: &mut dyn Heap| result = program(heap);
        trial.subject.fresh(&Faults::default(), &mut body)
    });
    match (result?, end.and_then(|end| end)) {
        (Ok(_), Err(violation)) => Some(Err(violation)),
        (result, _) => Some(result),
    }
}

/// Runs all programs, stopping at the first violation.
fn programs(
    trial: &Trial<'_>,
    missing: Outcome,
    all: impl IntoIterator<Item = Box<Program>>,
) -> Outcome {
    let mut coverage = Coverage::default();
    for program in all {
        match fresh(trial, &*program) {
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
    // So deep at last that the innermost do not fit into a small memory.
    let depths = [1, 6, 150].into_iter();
    let all = depths.map(|depth| program(move |heap| nested(heap, depth)));
    programs(trial, NO_CLOSURES, all.chain([program(panicking_closure)]))
}

/// Values made while others are being made, `depth` of them at once.
fn nested(heap: &dyn Heap, depth: u64) -> Option<Result<u64, Violation>> {
    let values = Values::default();
    let has_call = values.make(heap, depth);
    has_call.then(|| values.judge(heap))
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

    fn judge(&self, heap: &dyn Heap) -> Result<u64, Violation> {
        let mut values = self.0.borrow().clone();
        for (ptr, expected) in &values {
            lies_well(heap, *ptr, size_of::<Payload>())?;
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

/// Whether a value of so many bytes is aligned, and in the memory of the heap. Nothing touches it
/// before.
fn lies_well<T>(heap: &dyn Heap, place: NonNull<T>, bytes: usize) -> Result<(), Violation> {
    // The compiler may know that the pointer was a reference, which is aligned.
    let start = black_box(place.addr().get());
    if start % align_of::<T>() != 0 {
        return Err(Violation::new(Rule::Aligned, "what the program made"));
    }
    if bytes > 0 && heap.owns(start..start.saturating_add(bytes)) == Some(false) {
        return Err(Violation::new(
            Rule::Inside,
            alloc::format!("{bytes} bytes that the program made"),
        ));
    }
    Ok(())
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
            resume_unwind(Box::new(()))
        })
    }));
    values.make(heap, 2);
    Some(values.judge(heap).and_then(|count| match unwound {
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
    let busy = |hint| [(hint, false), (hint, true)];
    let counted = |(hint, busy)| {
        [0, 1, 17].map(|count| program(move |heap| from_iter(heap, hint, busy, count)))
    };
    let all = HINTS.into_iter().flat_map(busy).flat_map(counted);
    let panicking = [0, 5].map(|last| program(move |heap| panicking_iterator(heap, last)));
    programs(trial, NO_ITERATORS, all.chain(panicking))
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
    next: u64,
    count: u64,
    hint: Hint,
    /// Where it allocates, if it does.
    others: Option<&'h Others<'h>>,
}

impl Iterator for Items<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if let Some(others) = self.others {
            others.add();
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

/// The slices of two items that were allocated beside another one, and must stay as they are.
struct Others<'h> {
    heap: &'h dyn Heap,
    slices: RefCell<Vec<NonNull<[u64]>>>,
}

impl<'h> Others<'h> {
    fn new(heap: &'h dyn Heap) -> Self {
        Self {
            heap,
            slices: RefCell::default(),
        }
    }

    fn add(&self) {
        // The filter hides how many there are.
        let mut two = (0..2).map(|item| u64::MAX - item).filter(|_| true);
        if let Some(Some(slice)) = self.heap.alloc_from_iter(&mut two) {
            self.slices.borrow_mut().push(slice);
        }
    }

    /// Judges the slices, and the one that was allocated meanwhile, which has the items `0..count`.
    fn judge(&self, granted: Option<NonNull<[u64]>>, count: u64) -> Result<u64, Violation> {
        let slices = self.slices.borrow();
        for &slice in &*slices {
            judge_slice(self.heap, slice, 2, |item| u64::MAX - item)?;
        }
        if let Some(slice) = granted {
            judge_slice(self.heap, slice, count, |item| item)?;
        }
        let all = slices.iter().copied().chain(granted);
        let mut ranges: Vec<_> = all
            .clone()
            .map(|slice| (slice.addr().get(), size_of::<u64>() * slice.len()))
            .filter(|(_, size)| *size > 0)
            .collect();
        ranges.sort_unstable();
        match ranges
            .windows(2)
            .any(|pair| pair[0].0 + pair[0].1 > pair[1].0)
        {
            true => Err(Violation::new(Rule::Disjoint, "slices of nested iterators")),
            false => Ok(all.count() as u64),
        }
    }
}

/// A slice of what a strange iterator yields: all of its items, and nobody else's memory.
fn from_iter(
    heap: &dyn Heap,
    hint: Hint,
    busy: bool,
    count: u64,
) -> Option<Result<u64, Violation>> {
    let others = Others::new(heap);
    let granted = heap.alloc_from_iter(&mut Items {
        next: 0,
        count,
        hint,
        others: busy.then_some(&others),
    })?;
    // Behind the slice, where it would be overwritten if the slice took too little.
    others.add();
    Some(others.judge(granted, count))
}

fn judge_slice(
    heap: &dyn Heap,
    slice: NonNull<[u64]>,
    count: u64,
    expected: impl Fn(u64) -> u64,
) -> Result<(), Violation> {
    let start = slice.cast::<u64>();
    if slice.len() as u64 != count {
        return Err(Violation::new(
            Rule::LongEnough,
            alloc::format!("{} of the {count} items of an iterator", slice.len()),
        ));
    }
    lies_well(heap, start, size_of::<u64>() * slice.len())?;
    for (i, item) in (0..count).enumerate() {
        // SAFETY: `i` is inside the slice.
        let place = unsafe { start.add(i) };
        // SAFETY: the allocator says that it wrote the slice.
        if unsafe { place.read() } != expected(item) {
            return Err(Violation::new(
                Rule::Untouched,
                alloc::format!("item {i} of a slice from an iterator"),
            ));
        }
    }
    Ok(())
}

/// An iterator that allocates, and panics at an item. The allocator must go on as if nothing had
/// happened.
#[cfg(feature = "std")]
fn panicking_iterator(heap: &dyn Heap, last: u64) -> Option<Result<u64, Violation>> {
    use core::panic::AssertUnwindSafe;
    use std::panic::{catch_unwind, resume_unwind};

    let others = Others::new(heap);
    let mut items = (0..9).inspect(|item| {
        others.add();
        if *item == last {
            // Without the message that `panic!` prints.
            resume_unwind(Box::new(()))
        }
    });
    // Unwind safety: this property checks that the allocator is consistent afterwards.
    let unwound = catch_unwind(AssertUnwindSafe(|| heap.alloc_from_iter(&mut items)));
    others.add();
    others.add();
    match unwound {
        Ok(None) => None,
        // The request was refused before the iterator was called, or the iterator panicked.
        Ok(Some(None)) | Err(_) => Some(others.judge(None, 0)),
        Ok(Some(Some(_))) => Some(Err(Violation::new(
            Rule::Calm,
            "a panic of an iterator was swallowed",
        ))),
    }
}

#[cfg(not(feature = "std"))]
fn panicking_iterator(_heap: &dyn Heap, _last: u64) -> Option<Result<u64, Violation>> {
    Some(Ok(0))
}
