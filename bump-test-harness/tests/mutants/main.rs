//! Bugs planted on purpose: each mutant of a correct allocator is caught by the property that is
//! meant to catch it. The allocators are in the files beside this one; without a mutation they pass
//! everything.

extern crate alloc;

mod cached;
mod chunked;
mod inline;
mod specimen;

use bump_test_harness::catalogue::PROPERTIES;
use bump_test_harness::{Outcome, Subject, property, subject};

use cached::{Cached, CachedBug};
use chunked::{Chunked, ChunkedBug};
use inline::Inline;
use specimen::{Bug, CAPACITY, Specimen};

fn specimen(bug: Option<Bug>) -> impl Subject {
    subject::allocator04(move || Specimen::new(bug))
        .shared()
        .movable()
        .region(Specimen::region)
        .capacity(CAPACITY)
        .reset(Specimen::reset)
        .alloc_with(Specimen::alloc_with)
        .alloc_from_iter(Specimen::alloc_from_iter)
}

/// The same allocator through the interface that knows less.
fn global_specimen(bug: Option<Bug>) -> impl Subject {
    subject::global_alloc(move || Specimen::new(bug))
        .shared()
        .region(Specimen::region)
        .capacity(CAPACITY)
        .reset(Specimen::reset)
}

/// The same allocator over memory that is guarded on both sides.
fn guarded_specimen(bug: Option<Bug>) -> impl Subject {
    subject::allocator04_on(move |base| Specimen::on(base, bug))
        .movable()
        .capacity(CAPACITY)
        .reset(Specimen::reset)
}

fn chunked(bug: Option<ChunkedBug>) -> impl Subject {
    subject::allocator04_on(move |base| Some(Chunked::new(base, bug)))
        .movable()
        .reset(Chunked::reset)
}

fn cached(bug: Option<CachedBug>) -> impl Subject {
    subject::global_alloc(move || Cached::new(bug))
}

fn inline() -> impl Subject {
    subject::allocator04(Inline::new).movable().inline()
}

/// Each bug and the property that is meant to catch it.
const SPECIMENS: &[(Bug, &str)] = &[
    (Bug::MissingPadding, "alignment"),
    (Bug::OffByOneAtTheEnd, "disjoint"),
    (Bug::PaddingNotCounted, "disjoint"),
    (Bug::PanicsOnSizeZero, "size_zero"),
    (Bug::SizeZeroMisaligned, "size_zero"),
    (Bug::ComparesSigned, "largest"),
    (Bug::FailedRequestMovesTheCounter, "largest"),
    (Bug::RefusesTheLastByte, "capacity"),
    (Bug::SaysMoreThanItTook, "fitting"),
    (Bug::PanicsWhenFull, "exhaustion"),
    (Bug::GrowsBeyondTheEnd, "exhaustion"),
    (Bug::AnyReleaseMovesTheCursor, "release_order"),
    (Bug::ReleaseTakesSizeFromCursor, "release_order"),
    (Bug::ReleaseWritesALink, "release_order"),
    (Bug::ResetForgets, "reset"),
    (Bug::ResetLeavesAGap, "reset"),
    (Bug::StaleZero, "zeroed"),
    (Bug::ZeroesTooLittle, "zeroed"),
    (Bug::ZeroesOnePage, "zeroed"),
    (Bug::CopiesTooLittle, "grow"),
    (Bug::GrowForgetsAlignment, "grow"),
    (Bug::GrowsOverTheNext, "grow"),
    (Bug::GrowZeroedLeavesTail, "grow_zeroed"),
    (Bug::GrowZeroedWipesAll, "grow_zeroed"),
    (Bug::ShrinkForgetsAlignment, "shrink"),
    (Bug::CopiesForwardsOverItself, "shrink"),
    (Bug::FailedGrowReleases, "failed_resize"),
    (Bug::CopiesTheNewSize, "exact_copy"),
    (Bug::ReservesBeforeTheClosure, "closures"),
    (Bug::ClosuresPassTheEnd, "closures"),
    (Bug::PanicsInACallWhenFull, "closures"),
    (Bug::BelievesTheHint, "iterators"),
    (Bug::StopsAtTheHint, "iterators"),
    (Bug::TakesAsTheHintSays, "iterators"),
    (Bug::ForgetsWhatAPanicLeft, "iterators"),
    (Bug::LoadThenStore, "threads"),
    (Bug::KeepsAHoleOverReset, "reset"),
    (Bug::KeepsAHoleOverReset, "sequences"),
];

/// Bugs that change nothing that the machine does, so that only an interpreter sees them.
const FOR_MIRI: &[(Bug, &str)] = &[
    (Bug::GrowsThroughTheCallersPointer, "provenance"),
    (Bug::ReadsWhatNobodyWrote, "grow_zeroed"),
];

const GUARDED: &[(Bug, &str)] = &[(Bug::CopiesTheOldSize, "exact_copy")];

const CHUNKED: &[(ChunkedBug, &str)] = &[
    (ChunkedBug::AssumesAnAlignedBase, "alignment"),
    (ChunkedBug::FreesAnotherLayout, "base_use"),
    (ChunkedBug::KeepsAChunk, "base_use"),
    (ChunkedBug::WritesBehindTheChunk, "base_use"),
    (ChunkedBug::FreesAChunkInUse, "reset"),
    (ChunkedBug::TrustsTheBase, "base_failures"),
    (ChunkedBug::CountsAChunkThatFailed, "base_failures"),
];

const CACHED: &[(CachedBug, &str)] = &[
    (CachedBug::CopiesSixteenBits, "grow"),
    (CachedBug::CopiesSixteenBits, "shrink"),
    (CachedBug::CopiesWholePages, "grow"),
    (CachedBug::FullCacheStartsAgain, "release_order"),
];

/// How the property fares with the bug, and whether it catches it.
fn hunt(subject: &dyn Subject, bug: &dyn core::fmt::Debug, name: &str) -> (bool, String) {
    let property = property::named(name).expect("a property of the catalogue");
    let outcome = property.check(subject);
    (!outcome.passed(), format!("{bug:?}, {name}: {outcome}"))
}

#[test]
#[cfg_attr(
    miri,
    ignore = "Miri ends at the first of the bugs that are undefined behaviour"
)]
fn each_mutant_is_caught() {
    let specimens = SPECIMENS
        .iter()
        .map(|(bug, name)| hunt(&specimen(Some(*bug)), bug, name));
    let guarded = GUARDED
        .iter()
        .map(|(bug, name)| hunt(&guarded_specimen(Some(*bug)), bug, name));
    let chunked = CHUNKED
        .iter()
        .map(|(bug, name)| hunt(&chunked(Some(*bug)), bug, name));
    let cached = CACHED
        .iter()
        .map(|(bug, name)| hunt(&cached(Some(*bug)), bug, name));
    let inline = [hunt(&inline(), &"inline storage by value", "moves")];
    let (caught, escaped): (Vec<_>, Vec<_>) = specimens
        .chain(guarded)
        .chain(chunked)
        .chain(cached)
        .chain(inline)
        .partition(|(caught, _)| *caught);
    for (_, text) in caught {
        println!("{text}");
    }
    assert!(escaped.is_empty(), "not caught: {escaped:#?}");
}

/// Runs one of `FOR_MIRI`, which on a machine passes.
fn hunt_in_miri(bug: Bug) {
    let (_, name) = FOR_MIRI
        .iter()
        .find(|(one, _)| *one == bug)
        .expect("listed");
    let (caught, text) = hunt(&specimen(Some(bug)), &bug, name);
    assert!(!caught, "this is not what Miri is for: {text}");
}

#[test]
#[ignore = "undefined behaviour: `.ci/test/miri` runs it alone, and it must fail there"]
fn miri_sees_the_provenance_of_a_pointer() {
    hunt_in_miri(Bug::GrowsThroughTheCallersPointer);
}

#[test]
#[ignore = "undefined behaviour: `.ci/test/miri` runs it alone, and it must fail there"]
fn miri_sees_bytes_that_nobody_wrote() {
    hunt_in_miri(Bug::ReadsWhatNobodyWrote);
}

#[test]
fn each_property_has_a_mutant() {
    let caught: Vec<&str> = SPECIMENS
        .iter()
        .chain(FOR_MIRI)
        .map(|(_, name)| *name)
        .chain(CHUNKED.iter().map(|(_, name)| *name))
        .chain(["moves"])
        .collect();
    for property in PROPERTIES {
        let name = property.name;
        assert!(caught.contains(&name), "no mutant for {name}");
    }
}

#[test]
fn without_a_bug_everything_passes() {
    for subject in [
        &specimen(None) as &dyn Subject,
        &global_specimen(None),
        &guarded_specimen(None),
        &chunked(None),
        &cached(None),
    ] {
        let report = property::check_all(subject);
        assert!(report.all_passed(), "{report}");
    }
}

/// A check that has nothing to look at must not count as passed.
#[test]
fn a_refusal_of_everything_is_not_a_pass() {
    struct Nothing;
    // SAFETY: no block is ever handed out.
    unsafe impl core::alloc::GlobalAlloc for Nothing {
        unsafe fn alloc(&self, _layout: core::alloc::Layout) -> *mut u8 {
            core::ptr::null_mut()
        }
        unsafe fn dealloc(&self, _block: *mut u8, _layout: core::alloc::Layout) {}
    }
    let alone = subject::global_alloc(|| Nothing)
        .shared()
        .alloc_with(|_, _| None)
        .alloc_from_iter(|_, _| None);
    let on_base = subject::global_alloc_on(|_| Some(Nothing));
    for subject in [&alone as &dyn Subject, &on_base] {
        let report = property::check_all(subject);
        let vacuous = |outcome: &Outcome| matches!(outcome, Outcome::Inapplicable(_));
        assert!(
            report.results.iter().all(|(_, outcome)| vacuous(outcome)),
            "{report}"
        );
    }
}

#[test]
fn a_promise_that_nobody_made_is_not_a_pass() {
    let subject = subject::allocator04(|| Specimen::new(None)).reset(Specimen::reset);
    for name in [
        "capacity",
        "moves",
        "closures",
        "iterators",
        "base_use",
        "base_failures",
        "threads",
    ] {
        let property = property::named(name).expect("a property of the catalogue");
        let outcome = property.check(&subject);
        let inapplicable = matches!(outcome, Outcome::Inapplicable(_));
        assert!(inapplicable, "{name}: {outcome}");
    }
}
