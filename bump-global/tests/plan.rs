//! Storage sized at compile time by `bump_core::Plan`: it is enough, and one byte less is not.

use core::alloc::Layout;
use core::future::ready;

use bump_core::{Plan, UNIT};
use bump_global::Bump;

/// A task: its future has no name, so its size can be had from the function only.
async fn add(a: u16, b: usize) -> usize {
    let sum = usize::from(ready(a).await) + b;
    ready(sum).await
}

const PLAN: Plan = Plan::new()
    .push::<u8>()
    .push_array::<u16>(3)
    .push_return(&add)
    .push::<()>()
    .push::<u8>()
    .push::<[usize; 2]>();

// The storage is right behind the cursor, so it is aligned for all of these.
const _: () = assert!(PLAN.align() == align_of::<usize>());

/// Takes the blocks of the plan, in its order; how many of them there were.
fn take_in_order<const BYTES: usize>(heap: &'static Bump<[u8; BYTES]>) -> usize {
    let Ok(first) = heap.leak(1_u8) else { return 0 };
    assert_eq!(core::ptr::from_ref(first).addr() % PLAN.align(), 0);
    let taken = [
        heap.leak([1_u16, 2, 3]).is_ok(),
        heap.leak(add(1, 2)).is_ok(),
        heap.leak(()).is_ok(),
        heap.leak(2_u8).is_ok(),
        heap.leak([3_usize, 4]).is_ok(),
    ];
    1 + taken.into_iter().filter(|taken| *taken).count()
}

#[test]
fn the_plan_is_enough_and_one_byte_less_is_not() {
    static ENOUGH: Bump<[u8; PLAN.in_order()]> = Bump::uninit();
    static TOO_LITTLE: Bump<[u8; PLAN.in_order() - 1]> = Bump::uninit();

    assert_eq!(take_in_order(&ENOUGH), 6);
    assert_eq!(ENOUGH.used(), ENOUGH.capacity());
    // All but the last one.
    assert_eq!(take_in_order(&TOO_LITTLE), 5);
}

#[test]
fn a_heap_that_the_compiler_knows_to_be_large_enough() {
    const BYTES: usize = 128;
    // Whatever the storage is aligned to: fails to compile if a task grows beyond it.
    const _: () = assert!(PLAN.in_order_unaligned() <= BYTES);
    static HEAP: Bump<[u8; BYTES]> = Bump::uninit();

    assert_eq!(take_in_order(&HEAP), 6);
}

/// Calls `f` with every order of `items`.
fn permute(items: &mut [Layout], from: usize, f: &mut impl FnMut(&[Layout])) {
    if from == items.len() {
        return f(items);
    }
    for other in from..items.len() {
        items.swap(from, other);
        permute(items, from + 1, f);
        items.swap(from, other);
    }
}

#[test]
fn the_plan_is_enough_in_any_order() {
    let mut heap: Bump<[u8; PLAN.any_order()]> = Bump::uninit();
    let mut blocks = [
        Layout::new::<u8>(),
        Layout::new::<[u16; 3]>(),
        Layout::for_value(&add(1, 2)),
        Layout::new::<u8>(),
        Layout::new::<[usize; 2]>(),
    ];
    let mut orders = 0;
    permute(&mut blocks, 0, &mut |blocks| {
        orders += 1;
        heap.reset();
        for block in blocks {
            assert!(heap.get_layout(*block).is_some(), "{blocks:?}");
        }
    });
    assert_eq!(orders, 120);
}

/// The layout that a region takes for a `T`, if it rounds blocks.
const fn rounded<T>(align: usize) -> Layout {
    match Layout::new::<T>().align_to(align) {
        Ok(layout) => layout.pad_to_align(),
        Err(_) => panic!("no alignment"),
    }
}

const fn rounded_plan(align: usize) -> Plan {
    Plan::new()
        .push_layout(rounded::<u8>(align))
        .push_layout(rounded::<[u16; 5]>(align))
        .push_layout(rounded::<[u64; 3]>(align))
}

#[test]
fn the_plan_is_exact_where_blocks_are_rounded() {
    #[repr(align(64))]
    struct Lines<const BYTES: usize>([u8; BYTES]);
    const LINES: usize = rounded_plan(64).in_order();
    let heap: Bump<Lines<LINES>, 64> = Bump::with_min_align();
    assert!(
        heap.leak(1_u8).is_ok() && heap.leak([2_u16; 5]).is_ok() && heap.leak([3_u64; 3]).is_ok()
    );
    assert_eq!((heap.used(), heap.capacity()), (LINES, LINES));

    const UNITS: usize = rounded_plan(UNIT).in_order();
    let heap: Bump<[u8; UNITS]> = Bump::uninit();
    for layout in [
        Layout::new::<u8>(),
        Layout::new::<[u16; 5]>(),
        Layout::new::<[u64; 3]>(),
    ] {
        // As collections ask for it.
        assert!(heap.alloc(layout).is_some());
    }
    assert_eq!(heap.used(), UNITS);
}
