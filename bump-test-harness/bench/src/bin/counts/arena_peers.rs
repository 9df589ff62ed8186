//! The arenas of others.

use std::alloc::Layout;
use std::hint::black_box;
use std::ptr::{self, NonNull};

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use bump_bench::{mark, opaque, unknown};

use crate::arenas::{Node, Subject, arena, by_allocator, tree};

const SIZE: usize = 1 << 17;

impl<const MIN_ALIGN: usize> Subject for bumpalo::Bump<MIN_ALIGN> {
    fn new() -> Self {
        bumpalo::Bump::with_min_align_and_capacity(SIZE)
    }
    #[inline(always)]
    fn value<T: Copy>(&self, value: T) -> &mut T {
        self.alloc(value)
    }
    #[inline(always)]
    fn try_value<T: Copy>(&self, value: T) -> Option<&mut T> {
        self.try_alloc(value).ok()
    }
    #[inline(always)]
    fn slice<'a>(&'a self, values: &[u8]) -> &'a mut [u8] {
        self.alloc_slice_copy(values)
    }
    #[inline(always)]
    fn layout(&self, layout: Layout) -> *mut u8 {
        match self.try_alloc_layout(layout) {
            Ok(block) => block.as_ptr(),
            Err(_) => ptr::null_mut(),
        }
    }
    by_allocator!();
    #[inline(always)]
    fn reset(&mut self) {
        bumpalo::Bump::reset(self);
    }
}

use bump_scope::alloc::Global;
use bump_scope::settings::BumpSettings;
use bump_scope::traits::BumpAllocatorTyped as _;

macro_rules! bump_scope {
    ($min_align:literal, $up:literal) => {
        impl Subject for bump_scope::Bump<Global, BumpSettings<$min_align, $up>> {
            fn new() -> Self {
                Self::with_size(SIZE)
            }
            #[inline(always)]
            fn value<T: Copy>(&self, value: T) -> &mut T {
                bump_scope::BumpBox::leak(self.alloc(value))
            }
            #[inline(always)]
            fn try_value<T: Copy>(&self, value: T) -> Option<&mut T> {
                self.try_alloc(value).ok().map(bump_scope::BumpBox::leak)
            }
            #[inline(always)]
            fn slice<'a>(&'a self, values: &[u8]) -> &'a mut [u8] {
                bump_scope::BumpBox::leak(self.alloc_slice_copy(values))
            }
            #[inline(always)]
            fn layout(&self, layout: Layout) -> *mut u8 {
                match self.try_allocate_layout(layout) {
                    Ok(block) => block.as_ptr().cast(),
                    Err(_) => ptr::null_mut(),
                }
            }
            by_allocator!();
            #[inline(always)]
            fn reset(&mut self) {
                bump_scope::Bump::reset(self);
            }
        }
    };
}
bump_scope!(1, true);
bump_scope!(8, true);
bump_scope!(1, false);

arena!(bumpalo1, "bumpalo", bumpalo::Bump);
arena!(bumpalo8, "bumpalo, minimum alignment 8", bumpalo::Bump<8>);
arena!(up, "bump-scope, up", bump_scope::Bump<Global, BumpSettings<1, true>>);
arena!(up8, "bump-scope, up, minimum alignment 8", bump_scope::Bump<Global, BumpSettings<8, true>>);
arena!(down, "bump-scope, down", bump_scope::Bump<Global, BumpSettings<1, false>>);

pub(crate) fn run() {
    bumpalo1::run();
    bumpalo8::run();
    up::run();
    up8::run();
    down::run();
}
