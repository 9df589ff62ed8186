//! Arenas of one thread, by their own methods and by those of an allocator.

use std::alloc::Layout;
use std::hint::black_box;
use std::ptr::{self, NonNull};

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use bump_bench::{mark, opaque, unknown};

/// What is measured of every arena. All of it is inlined into the functions that are counted.
pub(crate) trait Subject: Sized {
    /// Whether it is free for all that follows without more memory from the system.
    fn new() -> Self;
    fn value<T: Copy>(&self, value: T) -> &mut T;
    fn try_value<T: Copy>(&self, value: T) -> Option<&mut T>;
    fn slice<'a>(&'a self, values: &[u8]) -> &'a mut [u8];
    fn layout(&self, layout: Layout) -> *mut u8;
    /// # Safety
    /// As for `Allocator::deallocate`.
    unsafe fn free(&self, block: *mut u8, layout: Layout);
    /// # Safety
    /// As for `Allocator::grow`.
    unsafe fn grow(&self, block: *mut u8, old: Layout, new: Layout) -> *mut u8;
    fn reset(&mut self);
}

/// The part of it that goes by the interface that all arenas have.
macro_rules! by_allocator {
    () => {
        #[inline(always)]
        unsafe fn free(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise; a block is not null.
            unsafe { Allocator::deallocate(&self, NonNull::new_unchecked(block), layout) };
        }
        #[inline(always)]
        unsafe fn grow(&self, block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
            // SAFETY: the caller's promise; a block is not null.
            match unsafe { Allocator::grow(&self, NonNull::new_unchecked(block), old, new) } {
                Ok(block) => block.as_ptr().cast(),
                Err(_) => ptr::null_mut(),
            }
        }
    };
}

/// A node of a binary tree.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    _key: usize,
    _children: [Option<&'a Node<'a>>; 2],
}

/// A balanced tree, built from its leaves to its root.
#[inline(always)]
pub(crate) fn tree<'a>(
    arena: &'a impl Subject,
    nodes: usize,
    again: impl Fn(usize) -> Option<&'a Node<'a>>,
) -> Option<&'a Node<'a>> {
    if nodes == 0 {
        return None;
    }
    let left = nodes / 2;
    Some(arena.value(Node {
        _key: nodes,
        _children: [again(left), again(nodes - 1 - left)],
    }))
}

/// The operations of one arena.
macro_rules! arena {
    ($module:ident, $name:literal, $arena:ty) => {
        pub(crate) mod $module {
            use super::*;

            #[unsafe(export_name = concat!("count/arena u32/", $name))]
            #[inline(never)]
            fn value32(arena: &$arena, value: u32) -> &mut u32 {
                mark!(concat!("u32 ", $name));
                arena.value(value)
            }

            #[unsafe(export_name = concat!("count/arena u64/", $name))]
            #[inline(never)]
            fn value64(arena: &$arena, value: u64) -> &mut u64 {
                mark!(concat!("u64 ", $name));
                arena.value(value)
            }

            #[unsafe(export_name = concat!("count/arena try u32/", $name))]
            #[inline(never)]
            fn try_value32(arena: &$arena, value: u32) -> Option<&mut u32> {
                mark!(concat!("try u32 ", $name));
                arena.try_value(value)
            }

            #[unsafe(export_name = concat!("count/arena 64 bytes/", $name))]
            #[inline(never)]
            fn bytes(arena: &$arena, value: [u64; 8]) -> &mut [u64; 8] {
                mark!(concat!("64 bytes ", $name));
                arena.value(value)
            }

            #[unsafe(export_name = concat!("count/arena layout/", $name))]
            #[inline(never)]
            fn layout(arena: &$arena, layout: Layout) -> *mut u8 {
                mark!(concat!("layout ", $name));
                Subject::layout(arena, layout)
            }

            #[unsafe(export_name = concat!("count/arena refused/", $name))]
            #[inline(never)]
            fn refused(arena: &$arena, layout: Layout) -> *mut u8 {
                mark!(concat!("refused ", $name));
                Subject::layout(arena, layout)
            }

            #[unsafe(export_name = concat!("count/arena copy 16 bytes/", $name))]
            #[inline(never)]
            fn copy16<'a>(arena: &'a $arena, values: &[u8]) -> &'a mut [u8] {
                mark!(concat!("copy 16 ", $name));
                arena.slice(values)
            }

            #[unsafe(export_name = concat!("count/arena copy 256 bytes/", $name))]
            #[inline(never)]
            fn copy256<'a>(arena: &'a $arena, values: &[u8]) -> &'a mut [u8] {
                mark!(concat!("copy 256 ", $name));
                arena.slice(values)
            }

            #[unsafe(export_name = concat!("count/arena alloc+free/", $name))]
            #[inline(never)]
            fn free(arena: &$arena) {
                mark!(concat!("free ", $name));
                let layout = Layout::new::<[u64; 8]>();
                let block = opaque(Subject::layout(arena, layout));
                // SAFETY: just allocated.
                unsafe { Subject::free(arena, block, layout) };
            }

            #[unsafe(export_name = concat!("count/arena alloc+7 grows+free/", $name))]
            #[inline(never)]
            fn grow(arena: &$arena) {
                mark!(concat!("grow ", $name));
                // SAFETY: a size of 64 with an alignment of 8.
                let mut layout = unsafe { Layout::from_size_align_unchecked(unknown(64), 8) };
                let mut block = opaque(Subject::layout(arena, layout));
                while layout.size() < 8192 {
                    // SAFETY: a size of at most 8 KiB with an alignment of 8.
                    let new = unsafe { Layout::from_size_align_unchecked(2 * layout.size(), 8) };
                    // SAFETY: the block has this layout.
                    block = opaque(unsafe { Subject::grow(arena, block, layout, new) });
                    layout = new;
                }
                // SAFETY: the block has this layout.
                unsafe { Subject::free(arena, block, layout) };
            }

            #[unsafe(export_name = concat!("count/arena tree of 1000/", $name))]
            #[inline(never)]
            fn nodes<'a>(arena: &'a $arena) -> Option<&'a Node<'a>> {
                mark!(concat!("nodes ", $name));
                subtree(arena, 1000)
            }

            #[inline(never)]
            fn subtree<'a>(arena: &'a $arena, nodes: usize) -> Option<&'a Node<'a>> {
                mark!(concat!("subtree ", $name));
                tree(arena, nodes, |nodes| subtree(arena, nodes))
            }

            #[unsafe(export_name = concat!("count/arena Vec of 1000 pushes/", $name))]
            #[inline(never)]
            fn pushes(arena: &$arena) -> Vec<u64, &$arena> {
                mark!(concat!("pushes ", $name));
                let mut numbers = Vec::new_in(arena);
                for number in 0..1000 {
                    numbers.push(number);
                }
                numbers
            }

            #[unsafe(export_name = concat!("count/arena reset/", $name))]
            #[inline(never)]
            fn reset(arena: &mut $arena) {
                mark!(concat!("reset ", $name));
                Subject::reset(arena);
            }

            pub(crate) fn run() {
                let mut arena = black_box(<$arena as Subject>::new());
                // So that the cursor is not at the start of a chunk, and aligned.
                arena.value(7_u64);
                value32(&arena, black_box(7));
                value64(&arena, black_box(7));
                assert!(try_value32(&arena, black_box(7)).is_some());
                bytes(&arena, black_box([7; 8]));
                assert!(!layout(&arena, black_box(Layout::new::<[u64; 3]>())).is_null());
                copy16(&arena, black_box(&[7; 16]));
                copy256(&arena, black_box(&[7; 256]));
                free(&arena);
                grow(&arena);
                assert!(nodes(&arena).is_some());
                assert_eq!(pushes(&arena).len(), 1000);
                let huge = Layout::from_size_align(isize::MAX as usize - 7, 8).unwrap();
                assert!(refused(&arena, black_box(huge)).is_null());
                reset(&mut arena);
            }
        }
    };
}

#[cfg(feature = "peers")]
pub(crate) use {arena, by_allocator};

/// The size of the first chunk: enough for all operations.
const SIZE: usize = 1 << 17;

pub(crate) mod ours {
    use super::*;
    use bump_local::Arena;

    impl<const MIN_ALIGN: usize> Subject for Arena<'static, MIN_ALIGN> {
        fn new() -> Self {
            Arena::with_min_align_and_capacity(SIZE)
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
            self.try_alloc_layout(layout)
                .map_or(ptr::null_mut(), NonNull::as_ptr)
        }
        by_allocator!();
        #[inline(always)]
        fn reset(&mut self) {
            Arena::reset(self);
        }
    }

    type Arena1 = Arena<'static>;
    type Arena8 = Arena<'static, 8>;
    /// An arena of a fixed size that contains its memory.
    #[unsafe(export_name = "count/inline u32/bump-local")]
    #[inline(never)]
    fn inline(bump: &bump_local::Bump<[u64; 64]>, value: u32) -> Option<&mut u32> {
        mark!("inline");
        bump.leak(value).ok()
    }

    #[unsafe(export_name = "count/inline layout/bump-local")]
    #[inline(never)]
    fn inline_layout(bump: &bump_local::Bump<[u64; 64]>, layout: Layout) -> *mut u8 {
        mark!("inline layout");
        bump.alloc(layout).map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    pub(crate) fn run() {
        let bump = black_box(bump_local::Bump::<[u64; 64]>::uninit());
        assert!(inline(&bump, black_box(7)).is_some());
        assert!(!inline_layout(&bump, black_box(Layout::new::<[u64; 3]>())).is_null());
        arena::run();
        arena8::run();
    }

    arena!(arena, "bump-local", Arena1);
    arena!(arena8, "bump-local, minimum alignment 8", Arena8);
}

pub(crate) fn run() {
    ours::run();
    #[cfg(feature = "peers")]
    crate::arena_peers::run();
}
