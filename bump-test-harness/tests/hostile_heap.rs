//! The suite on the arenas of `bump-local`, over a global allocator that poisons, aligns as little
//! as it may, and fails.

use core::alloc::{GlobalAlloc, Layout};

use bump_local::Arena;
use bump_test_harness::heap::Payload;
use bump_test_harness::hostile::HostileHeap;
use bump_test_harness::{Outcome, Rule, property, subject};

#[global_allocator]
static HEAP: HostileHeap = HostileHeap;

fn make<'a, const MIN_ALIGN: usize>(
    arena: &'a Arena<'static, MIN_ALIGN>,
    value: &mut dyn FnMut() -> Payload,
) -> Option<&'a mut Payload> {
    arena.try_alloc_with(value).ok()
}

fn collect<'a, const MIN_ALIGN: usize>(
    arena: &'a Arena<'static, MIN_ALIGN>,
    items: &mut dyn Iterator<Item = u64>,
) -> Option<&'a mut [u64]> {
    arena.try_alloc_slice_fill_iter(items).ok()
}

bump_test_harness::conformance! {
    /// An arena.
    mod arena = allocator04(Arena::new)
        .over_heap().movable().reset(Arena::reset).alloc_with(make).alloc_from_iter(collect);
    /// Its cursor kept at multiples of 16, more than the heap aligns to.
    mod aligned = allocator04(Arena::<16>::with_min_align)
        .over_heap().movable().reset(Arena::reset).alloc_with(make).alloc_from_iter(collect);
    /// Its memory given back at each reset.
    mod released = allocator02(Arena::new).over_heap().reset(Arena::release_memory);
}

/// Takes each block from the heap, and frees none.
struct Forgetful;

// SAFETY: each block is one of the heap's, and lives for ever.
unsafe impl GlobalAlloc for Forgetful {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        let block = unsafe { HEAP.alloc(layout) };
        assert!(
            !block.is_null(),
            "this one thinks that there is always memory"
        );
        block
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}
}

#[test]
fn the_heap_is_hostile_indeed() {
    let subject = subject::global_alloc(|| Forgetful).over_heap();
    let rule = |name| match property::named(name).unwrap().check(&subject) {
        Outcome::Failed(failure) => failure.violation.rule,
        other => panic!("{name}: {other}"),
    };
    assert_eq!(rule("base_use"), Rule::BaseRespected);
    assert_eq!(rule("base_failures"), Rule::Calm);
}
