//! How many bytes of its region a heap uses for what collections do: requests as `Vec` makes them.
//!
//! Prints comma-separated values: bytes taken from the region.

use std::alloc::{GlobalAlloc, Layout};

/// A `Vec` of as many bytes by pushing, which starts with a capacity and doubles it: its buffer and
/// capacity.
fn pushed(heap: &impl GlobalAlloc, bytes: usize, first: Layout) -> (*mut u8, Layout) {
    let mut layout = first;
    // SAFETY: not empty.
    let mut buffer = unsafe { heap.alloc(layout) };
    while layout.size() < bytes {
        let doubled = 2 * layout.size();
        // SAFETY: in use, with this layout.
        buffer = unsafe { heap.realloc(buffer, layout, doubled) };
        layout = Layout::from_size_align(doubled, layout.align()).unwrap();
    }
    assert!(!buffer.is_null());
    (buffer, layout)
}

fn rows<H: GlobalAlloc>(name: &str, new: impl Fn() -> H, used: impl Fn(&H) -> usize) {
    let row = |what, heap: &H| println!("{what},{name},{}", used(heap));

    let heap = new();
    let (buffer, layout) = pushed(&heap, 8000, Layout::new::<[u64; 4]>());
    row("Vec of 1000 u64 by pushing", &heap);
    // SAFETY: in use, with this layout.
    let buffer = unsafe { heap.realloc(buffer, layout, 8000) };
    row("... then shrunk", &heap);
    // SAFETY: in use, with this layout.
    unsafe { heap.dealloc(buffer, Layout::new::<[u64; 1000]>()) };
    row("... then dropped", &heap);

    let heap = new();
    for _ in 0..1000 {
        pushed(&heap, 40, Layout::new::<[u32; 4]>());
    }
    row("1000 Vecs of 10 u32 by pushing", &heap);

    let heap = new();
    for _ in 0..100 {
        pushed(&heap, 39, Layout::new::<[u8; 8]>());
    }
    row("100 Strings of 39 bytes by pushing", &heap);

    let heap = new();
    for _ in 0..100 {
        let layout = Layout::new::<[u8; 1000]>();
        // SAFETY: not empty.
        let temporary = unsafe { heap.alloc(layout) };
        // SAFETY: in use, with this layout.
        unsafe { heap.dealloc(temporary, layout) };
    }
    row("100 temporaries of 1000 bytes", &heap);
}

fn main() {
    type Memory = [u64; 1 << 15];
    println!("what,heap,bytes");
    rows("Bump", bump_global::Bump::<Memory>::uninit, |heap| {
        heap.used()
    });
    let recycling = || bump_global::Recycling::<_>::new(bump_global::Bump::<Memory>::uninit());
    rows("Recycling", recycling, |heap| heap.region().used());
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
