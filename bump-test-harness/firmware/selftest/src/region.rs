//! A heap over memory that is known at run time only: what the linker script left between two
//! symbols.

use alloc::alloc::{GlobalAlloc, Layout};
use bump_global::{Bump, Fallback, Region};
use core::ptr::NonNull;

use crate::{block, machine};

/// The static memory first, what the linker left then.
static HEAP: Fallback<Bump<[u64; 4]>, Region> = Fallback::new(Bump::uninit(), Region::empty());

/// Before the memory is handed over every request fails, afterwards all of it can be had, and
/// blocks find their way home.
pub fn check() {
    let region = HEAP.secondary();
    assert!(region.leak(1_u8).is_err(), "no memory yet");

    let (start, len) = machine::spare();
    let start = NonNull::new(start).expect("the linker script gives an address");
    assert!(len >= 64, "the linker script leaves some memory");
    // SAFETY: the linker script puts nothing else there.
    let first = unsafe { region.init_raw(start, len) };
    // SAFETY: refused, so nothing else owns the memory.
    let second = unsafe { region.init_raw(start, len) };
    assert!(first.is_ok());
    assert!(second.is_err(), "memory is handed over once");
    assert_eq!(region.capacity(), len);

    const LAYOUT: Layout = Layout::new::<[u64; 4]>();
    // SAFETY: the size is not zero.
    let inner = unsafe { HEAP.alloc(LAYOUT) };
    // SAFETY: as above.
    let outer = unsafe { HEAP.alloc(LAYOUT) };
    assert!((start.addr().get()..start.addr().get() + len).contains(&outer.addr()));
    assert!(!inner.is_null() && HEAP.primary().used() == LAYOUT.size());
    for (block, byte) in [(inner, 1), (outer, 2)] {
        // SAFETY: handed out with this layout.
        unsafe { block::fill(block, LAYOUT.size(), byte) };
    }
    for (block, byte) in [(inner, 1), (outer, 2)] {
        // SAFETY: the block was filled.
        assert!(unsafe { block::holds(block, LAYOUT.size(), byte) });
        // SAFETY: not used any more.
        unsafe { HEAP.dealloc(block, LAYOUT) };
    }
    assert_eq!(HEAP.primary().used(), 0);

    // All that is left, in one block.
    let rest = region.remaining();
    assert!(region.get_slice::<u8>(rest + 1).is_none());
    assert!(region.get_slice::<u8>(rest).is_some());
    assert_eq!(region.remaining(), 0);
    assert!(region.leak(1_u8).is_err(), "used up");
}
