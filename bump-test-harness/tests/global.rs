//! The suite on `bump-global`.

use core::ops::Range;

use bump_global::Bump;

#[repr(align(64))]
#[expect(dead_code, reason = "only its layout matters")]
struct Aligned([u8; 8192]);

fn memory<T>(bump: &Bump<T>) -> Range<usize> {
    let start = bump.data_ptr().addr().get();
    start..start + bump.capacity()
}

bump_test_harness::conformance! {
    /// A heap as small as they get in firmware.
    mod small = global_alloc(Bump::<[u8; 4096]>::uninit)
        .shared().region(memory).capacity(4096).reset(Bump::reset);
    /// One that is aligned by itself.
    mod aligned = global_alloc(Bump::<Aligned>::uninit)
        .shared().region(memory).capacity(8192).reset(Bump::reset);
    /// One in which blocks of a page and above have room.
    mod large = global_alloc(Bump::<[u8; 1 << 18]>::uninit)
        .shared().region(memory).capacity(1 << 18).reset(Bump::reset);
    /// One with room for nothing.
    mod empty = global_alloc(Bump::<[u8; 0]>::uninit).shared().region(memory).reset(Bump::reset);
}
