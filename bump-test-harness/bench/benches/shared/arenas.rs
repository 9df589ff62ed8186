//! The arenas that are compared, behind one trait: ours, and those of others with the feature
//! `peers`.

use std::alloc::Layout;
use std::fmt;
use std::ptr::NonNull;

use allocator_api2::alloc::Allocator;
use bump_local::Arena;

/// The size of the first chunk: enough for all operations.
const SIZE: usize = 1 << 17;

/// The operations that are measured of every arena. All are inlined into the functions that are measured.
pub(crate) trait Subject: Sized {
    /// An arena that is free for all that follows without more memory from the system.
    fn new() -> Self;
    fn value<T: Copy>(&self, value: T) -> &mut T;
    fn try_value<T: Copy>(&self, value: T) -> Option<&mut T>;
    fn slice<'a>(&'a self, values: &[u8]) -> &'a mut [u8];
    fn layout(&self, layout: Layout) -> Option<NonNull<u8>>;
    /// The interface that all arenas have.
    fn allocator(&self) -> impl Allocator;
    fn reset(&mut self);
}

/// Formatting, of which not all arenas are capable.
pub(crate) trait Text: Subject {
    fn text(&self, text: fmt::Arguments<'_>) -> &str;
}

/// An arena with the names of `bumpalo`, as ours.
macro_rules! subject {
    ($arena:ty) => {
        impl<const MIN_ALIGN: usize> Subject for $arena {
            fn new() -> Self {
                <$arena>::with_min_align_and_capacity(SIZE)
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
            fn layout(&self, layout: Layout) -> Option<NonNull<u8>> {
                self.try_alloc_layout(layout).ok()
            }
            #[inline(always)]
            fn allocator(&self) -> impl Allocator {
                self
            }
            #[inline(always)]
            fn reset(&mut self) {
                <$arena>::reset(self);
            }
        }
    };
}
subject!(Arena<'static, MIN_ALIGN>);

impl<const MIN_ALIGN: usize> Text for Arena<'static, MIN_ALIGN> {
    #[inline(always)]
    fn text(&self, text: fmt::Arguments<'_>) -> &str {
        self.alloc_fmt(text)
    }
}

#[cfg(feature = "peers")]
pub(crate) mod peers {
    use super::*;

    use std::fmt::Write as _;

    use bump_scope::alloc::Global;
    use bump_scope::settings::BumpSettings;
    use bump_scope::traits::BumpAllocatorTyped as _;

    pub(crate) type BumpScope<const MIN_ALIGN: usize, const UP: bool> =
        bump_scope::Bump<Global, BumpSettings<MIN_ALIGN, UP>>;

    subject!(bumpalo::Bump<MIN_ALIGN>);

    impl Text for bumpalo::Bump {
        #[inline(always)]
        fn text(&self, text: fmt::Arguments<'_>) -> &str {
            // As its `format!` does.
            let mut string = bumpalo::collections::String::new_in(self);
            let _ = string.write_fmt(text);
            string.into_bump_str()
        }
    }

    macro_rules! bump_scope {
        ($min_align:literal, $up:literal) => {
            impl Subject for BumpScope<$min_align, $up> {
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
                fn layout(&self, layout: Layout) -> Option<NonNull<u8>> {
                    self.try_allocate_layout(layout).ok()
                }
                #[inline(always)]
                fn allocator(&self) -> impl Allocator {
                    self
                }
                #[inline(always)]
                fn reset(&mut self) {
                    bump_scope::Bump::reset(self);
                }
            }

            impl Text for BumpScope<$min_align, $up> {
                #[inline(always)]
                fn text(&self, text: fmt::Arguments<'_>) -> &str {
                    bump_scope::BumpBox::leak(self.alloc_fmt(text))
                }
            }
        };
    }
    bump_scope!(1, true);
    bump_scope!(8, true);
    bump_scope!(1, false);
}
