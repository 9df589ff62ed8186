//! Heaps of programs that have one thread. Each of the tests is such a program.

use core::alloc::{GlobalAlloc, Layout};

use bump_local::{Bump, FixedHeap, Recycling, SingleThreaded};
use static_assertions::{assert_impl_all, assert_not_impl_any};

const LAYOUT: Layout = Layout::new::<[u64; 3]>();

#[test]
fn the_heap_in_it_is_used() {
    static HEAP: SingleThreaded<Bump<[u64; 32]>> =
        // SAFETY: only this test uses it.
        unsafe { SingleThreaded::new(Bump::uninit()) };

    // SAFETY: not 0 bytes.
    let block = unsafe { GlobalAlloc::alloc(&HEAP, LAYOUT) };
    assert_eq!(HEAP.used(), 24);
    // SAFETY: it is from there, with this layout.
    let grown = unsafe { HEAP.realloc(block, LAYOUT, 256) };
    assert_eq!((grown, HEAP.used()), (block, 256));
    // SAFETY: as above; not 0 bytes.
    assert!(unsafe { GlobalAlloc::alloc(&HEAP, LAYOUT) }.is_null());
    // SAFETY: it is from there, with these many bytes.
    unsafe { HEAP.dealloc(grown, Layout::new::<[u64; 32]>()) };
    assert_eq!(HEAP.used(), 0);
    // SAFETY: not 0 bytes.
    let zeroed = unsafe { GlobalAlloc::alloc_zeroed(&HEAP, LAYOUT) };
    // SAFETY: as many bytes were cleared.
    assert_eq!(unsafe { zeroed.cast::<[u64; 3]>().read() }, [0; 3]);
}

#[test]
fn freed_blocks_are_used_again() {
    static HEAP: SingleThreaded<Recycling<Bump<[u64; 32]>>> =
        // SAFETY: only this test uses it.
        unsafe { SingleThreaded::new(Recycling::new(Bump::uninit())) };

    // SAFETY: not 0 bytes.
    let [one, _two] = [(); 2].map(|()| unsafe { GlobalAlloc::alloc(&HEAP, LAYOUT) });
    // SAFETY: it is from there, with this layout.
    unsafe { HEAP.dealloc(one, LAYOUT) };
    // SAFETY: not 0 bytes.
    assert_eq!(unsafe { GlobalAlloc::alloc(&HEAP, LAYOUT) }, one);
}

/// At an address where the system has nothing.
#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    not(any(miri, emulated))
))]
#[test]
fn a_heap_is_at_an_address() {
    use bump_core::{RawAlloc, RawBump, Values};
    use core::ffi::{c_int, c_long, c_void};

    const START: usize = 0x5_0000_0000;
    const BYTES: usize = 1 << 16;
    unsafe extern "C" {
        fn mmap(
            at: *mut c_void,
            bytes: usize,
            protection: c_int,
            flags: c_int,
            file: c_int,
            offset: c_long,
        ) -> *mut c_void;
    }
    // Read and write; private, fixed but not over anything, of no file.
    let at = core::ptr::without_provenance_mut(START);
    // SAFETY: it maps nothing over what is there.
    let mapped = unsafe { mmap(at, BYTES, 1 | 2, 0x2 | 0x10_0000 | 0x20, -1, 0) };
    assert_eq!(mapped.expose_provenance(), START, "the address is free");

    type Heap = FixedHeap<START, BYTES>;
    // SAFETY: the memory is this heap's alone, and zero.
    let heap = unsafe { Heap::new() };
    assert_eq!(heap.memory().map(|memory| memory.size()), Some(BYTES - 8));
    let first = heap.allocate(LAYOUT).expect("it fits");
    assert_eq!(first.addr().get(), START + 8);
    // All of the state is there.
    // SAFETY: of the same thread.
    let same = unsafe { Heap::new() };
    assert_eq!(same.level().byte_offset(), 24);
    assert!(same.leak([0_u8; BYTES - 32]).is_ok());
    assert!(heap.leak(0_u8).is_err());
    // SAFETY: it is from there, with this layout.
    unsafe { heap.deallocate(first, LAYOUT) };
    assert!(heap.leak(0_u8).is_err(), "it was not the last one");
}

assert_impl_all!(SingleThreaded<Bump<u64>>: GlobalAlloc);
assert_impl_all!(SingleThreaded<FixedHeap<4096, 64>>: GlobalAlloc);
assert_not_impl_any!(FixedHeap<4096, 64>: GlobalAlloc);
