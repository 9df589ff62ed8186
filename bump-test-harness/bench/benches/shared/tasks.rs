//! Tasks of heaps in which blocks stay in use from one turn to the next. A task is a closure that does
//! a turn of [`REQUESTS`] requests, each of which takes a block and frees one.
//!
//! - `pair`: a block of 64 bytes is taken and freed at once. Another block is behind it, so it is not
//!   the last one of the heap.
//! - `mixed`: of 128 blocks of 8 to 1024 bytes, a random one is replaced.
//! - `queue`: of 500 blocks of 64 bytes, the oldest is replaced.

use std::alloc::{GlobalAlloc, Layout};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::LazyLock;

use allocator_api2::alloc::{AllocError, Allocator};
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use bump_bench::opaque;
use bump_bench::random::Random;

use crate::heaps::Heap;

/// Requests in one turn.
pub(crate) const REQUESTS: usize = 1000;

/// A heap as an allocator of boxes and vectors.
pub(crate) struct In<H>(PhantomData<H>);

// SAFETY: blocks are those of the heap, which is a static, so all values of this type are the same.
unsafe impl<H: Heap> Allocator for In<H> {
    #[inline(always)]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: no task asks for 0 bytes.
        let start = NonNull::new(unsafe { H::heap().alloc(layout) }).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(start, layout.size()))
    }

    #[inline(always)]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise: the block is from the heap, with this layout.
        unsafe { H::heap().dealloc(block.as_ptr(), layout) }
    }
}

/// A block of 64 bytes.
pub(crate) type Boxed<H> = Box<[u64; 8], In<H>>;

#[inline(always)]
pub(crate) fn boxed<H: Heap>() -> Boxed<H> {
    let mut block = Box::new_in([1; 8], In(PhantomData));
    // Else it might never be written.
    opaque(&raw mut *block);
    block
}

pub(crate) fn pair<H: Heap>() -> impl FnMut() + Send {
    let mut behind = None;
    move || {
        if behind.is_none() {
            let _in_front = boxed::<H>();
            behind = Some(boxed::<H>());
        }
        for _ in 0..REQUESTS {
            drop(boxed::<H>());
        }
    }
}

/// The places of the blocks that `mixed` replaces, and the sizes of the new ones.
static MIXED: LazyLock<[(u8, u16); REQUESTS]> = LazyLock::new(|| {
    let mut random = Random::new(1);
    [(); REQUESTS].map(|()| (random.below(128) as u8, random.below(1017) as u16 + 8))
});

pub(crate) fn mixed<H: Heap>() -> impl FnMut() + Send {
    let mut blocks = [const { None }; 128];
    move || {
        for &(place, size) in MIXED.iter() {
            let place = &mut blocks[usize::from(place)];
            *place = None;
            let mut block = Vec::with_capacity_in(size.into(), In::<H>(PhantomData));
            block.push(1_u8);
            opaque(block.as_mut_ptr());
            *place = Some(block);
        }
    }
}

pub(crate) fn queue<H: Heap>() -> impl FnMut() + Send {
    // The blocks of `mixed` are in use at the same time: each heap has room for both.
    let mut blocks = [const { None }; REQUESTS / 2];
    move || {
        for _ in 0..2 {
            for oldest in &mut blocks {
                *oldest = Some(boxed::<H>());
            }
        }
    }
}
