//! How many bytes of its region a heap uses for what collections do: requests as `Vec` makes them.
//!
//! Prints comma-separated values: bytes taken from the region.

use std::alloc::{GlobalAlloc, Layout};

/// A `Vec<u64>` of 1000 elements by pushing: its buffer and capacity in bytes.
fn pushed(heap: &impl GlobalAlloc) -> (*mut u8, Layout) {
    let mut layout = Layout::new::<[u64; 4]>();
    // SAFETY: not empty.
    let mut buffer = unsafe { heap.alloc(layout) };
    while layout.size() < 8000 {
        // SAFETY: in use, with this layout.
        buffer = unsafe { heap.realloc(buffer, layout, 2 * layout.size()) };
        layout = Layout::from_size_align(2 * layout.size(), 8).unwrap();
    }
    assert!(!buffer.is_null());
    (buffer, layout)
}

fn rows<H: GlobalAlloc>(name: &str, new: impl Fn() -> H, used: impl Fn(&H) -> usize) {
    let heap = new();
    let (buffer, layout) = pushed(&heap);
    println!("Vec of 1000 u64 by pushing,{name},{}", used(&heap));
    // SAFETY: in use, with this layout.
    let buffer = unsafe { heap.realloc(buffer, layout, 8000) };
    println!("... then shrunk,{name},{}", used(&heap));
    // SAFETY: in use, with this layout.
    unsafe { heap.dealloc(buffer, Layout::new::<[u64; 1000]>()) };
    println!("... then dropped,{name},{}", used(&heap));

    let heap = new();
    for _ in 0..100 {
        let layout = Layout::new::<[u8; 1000]>();
        // SAFETY: not empty.
        let temporary = unsafe { heap.alloc(layout) };
        // SAFETY: in use, with this layout.
        unsafe { heap.dealloc(temporary, layout) };
    }
    println!("100 temporaries of 1000 bytes,{name},{}", used(&heap));
}

fn main() {
    type Memory = [u64; 1 << 15];
    println!("what,heap,bytes");
    rows("Bump", bump_global::Bump::<Memory>::uninit, |heap| {
        heap.used()
    });
    let per_thread = || bump_global::PerThread::<_>::new(bump_global::Bump::<Memory>::uninit());
    rows(
        "PerThread",
        per_thread,
        |heap: &bump_global::PerThread<_>| {
            heap.leave();
            heap.region().used()
        },
    );
    rows(
        "static-alloc",
        static_alloc::Bump::<Memory>::uninit,
        |heap| heap.level().byte_offset(),
    );
}
