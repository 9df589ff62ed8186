//! Other crates' collections in a static region, through every interface that they know.

#![cfg_attr(feature = "nightly-allocator-api", feature(allocator_api))]

use core::alloc::Layout;
use core::ptr::NonNull;
use std::alloc::System;

use alloc_traits::LocalAlloc;
use bump_core::UNIT;
use bump_global::allocator_api2::WithAllocationInfo;
use bump_global::{Bump, BumpSlice, Fallback, Region};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use without_alloc::alloc::LocalAllocLeakExt as _;

/// The tests of one `Allocator` trait, and of the collections of its crate.
macro_rules! collections {
    ($name:ident, $api:ident, $feature:literal) => {
        #[cfg(feature = $feature)]
        mod $name {
            use super::*;
            use $api::alloc::Allocator;
            use $api::boxed::Box;
            use $api::vec::Vec;

            // A collection that owned its memory would leave it behind when it moves.
            assert_impl_all!(&'static Bump<u64>: Allocator);
            assert_impl_all!(&'static BumpSlice: Allocator);
            assert_impl_all!(&'static Region: Allocator);
            assert_impl_all!(&'static Fallback<Region, System>: Allocator);
            assert_impl_all!(WithAllocationInfo<&'static BumpSlice>: Allocator);
            assert_not_impl_any!(Bump<u64>: Allocator);
            assert_not_impl_any!(Region: Allocator);
            assert_not_impl_any!(Fallback<Region, System>: Allocator);

            #[test]
            fn a_vector_grows_in_place_and_is_given_back() {
                let bump: Bump<[u64; 128]> = Bump::uninit();
                let mut vec = Vec::new_in(&bump);
                for i in 0..128_u64 {
                    vec.push(i);
                }
                assert_eq!(bump.remaining(), 0);
                assert!(vec.try_reserve(1).is_err());

                // It moves, and the memory stays.
                let mut moved = core::hint::black_box(vec);
                assert!(moved.iter().copied().eq(0..128));
                moved.truncate(3);
                moved.shrink_to_fit();
                assert_eq!(bump.used(), 24);
                assert_eq!(moved, [0, 1, 2]);
                drop(moved);
                assert_eq!(bump.used(), 0);
            }

            #[test]
            fn a_box_is_dropped_and_given_back() {
                let bump: Bump<[u64; 4]> = Bump::uninit();
                let text = Box::new_in(String::from("boxed"), &bump);
                assert_eq!(*text, "boxed");
                drop(text);
                assert_eq!(bump.used(), 0);
            }

            #[test]
            fn collections_of_a_slice_a_region_and_two_heaps() {
                let bump: Bump<[usize; 16]> = Bump::uninit();
                let slice = bump.as_bump_slice().expect("not strictly aligned");
                let mut vec = Vec::new_in(slice);
                vec.extend([1, 2, 3]);
                assert_eq!(slice.used(), bump.used());

                let empty = Region::empty();
                assert!(Vec::<u8, _>::new_in(&empty).try_reserve(1).is_err());

                let both = Fallback::new(Bump::<[u64; 16]>::uninit(), System);
                let mut vec = Vec::new_in(&both);
                vec.extend(0..1000_u64);
                assert!(vec.iter().copied().eq(0..1000));
                assert!(both.primary().used() < 128);
            }

            #[test]
            fn levels_are_those_of_the_request() {
                let bump: Bump<[u64; 9]> = Bump::uninit();
                let levels = |info: &WithAllocationInfo<&Bump<[u64; 9]>>| {
                    let start = info.last_allocation_start();
                    (start.byte_offset(), info.last_observed_level().byte_offset())
                };
                // The size of a block is rounded.
                let behind = |start: usize, size: usize| start + size.next_multiple_of(UNIT);
                let mut vec = Vec::<u32, _>::with_capacity_in(1, WithAllocationInfo::new(&bump));
                assert_eq!(levels(vec.allocator()), (0, behind(0, 4)));

                // Somebody else's block is in between, so this one moves behind it.
                bump.leak(0_u32).expect("there is room");
                let start = bump.used().next_multiple_of(UNIT);
                vec.reserve_exact(3);
                assert_eq!(levels(vec.allocator()), (start, behind(start, 12)));

                // Refused at a level that somebody else's block has raised.
                bump.leak(0_u32).expect("there is room");
                assert!(vec.try_reserve(100).is_err());
                assert_eq!(levels(vec.allocator()), (start, behind(start, 12) + 4));

                // Another block than the last one shrinks where it is.
                vec.push(1);
                vec.shrink_to(1);
                assert_eq!(levels(vec.allocator()), (start, behind(start, 4)));

                // The last block grows where it is.
                let start = bump.used().next_multiple_of(UNIT);
                vec.reserve_exact(4);
                assert_eq!(levels(vec.allocator()), (start, behind(start, 20)));
                vec.reserve_exact(6);
                assert_eq!(levels(vec.allocator()), (start, behind(start, 28)));

                // Refused at once.
                let mut vec = Vec::<u8, _>::new_in(WithAllocationInfo::new(&bump));
                assert!(vec.try_reserve(100).is_err());
                assert_eq!(levels(vec.allocator()), (0, behind(start, 28)));
            }

            #[test]
            fn shrinking_to_a_stricter_alignment_moves_the_bytes() {
                let bump: Bump<[u64; 8]> = Bump::uninit();
                let size = |size, align| Layout::from_size_align(size, align).expect("valid");
                let old = size(24, 1);
                let block = (&bump).allocate(old).expect("there is room");
                let address = block.cast::<u8>().addr().get();
                let new = size(16, 2 << address.trailing_zeros());
                let bytes = *b"what is kept, what is not".first_chunk::<24>().expect("enough");
                // SAFETY: the block has 24 bytes.
                unsafe { block.cast().write(bytes) };
                // SAFETY: from this allocator with this layout, and the new one is smaller.
                let shrunk = unsafe { (&bump).shrink(block.cast(), old, new) };
                let shrunk = shrunk.expect("there is room").cast::<[u8; 16]>();
                assert_eq!(shrunk.addr().get() % new.align(), 0);
                // SAFETY: the block has 16 bytes.
                assert_eq!(unsafe { shrunk.read() }, bytes[..16]);
            }

            #[test]
            fn nothing_is_served_and_taken_back() {
                let bump: Bump<[u8; UNIT]> = Bump::uninit();
                let heap = &bump;
                let nothing = Layout::new::<[u64; 0]>();
                let some = Layout::new::<[u8; 3]>();
                let block = heap.allocate_zeroed(nothing).expect("nothing");
                assert_eq!(block.len(), 0);
                assert!(block.cast::<u64>().is_aligned());
                // SAFETY: from this allocator with this layout.
                let grown = unsafe { heap.grow_zeroed(block.cast(), nothing, some) };
                let grown: NonNull<[u8]> = grown.expect("there is room");
                assert_eq!(grown.len(), 3);
                // SAFETY: the block has 3 bytes, and they are zero.
                assert_eq!(unsafe { grown.cast::<[u8; 3]>().read() }, [0; 3]);
                // SAFETY: from this allocator with this layout.
                let shrunk = unsafe { heap.shrink(grown.cast(), some, nothing) };
                let shrunk = shrunk.expect("nothing");
                assert_eq!((shrunk.len(), heap.used()), (0, 0));
                // SAFETY: from this allocator with this layout.
                unsafe { heap.deallocate(shrunk.cast(), nothing) };
            }
        }
    };
}

collections!(allocator_api2_v02, allocator_api2_02, "allocator-api2-02");
collections!(allocator_api2_v04, allocator_api2_04, "allocator-api2-04");
collections!(nightly, standard, "nightly-allocator-api");

/// The standard library, arranged as the other crates are.
#[cfg(feature = "nightly-allocator-api")]
mod standard {
    extern crate alloc as standard;

    pub(crate) use core::alloc;
    pub(crate) use standard::{boxed, vec};
}

#[test]
fn a_hash_map_lives_in_a_region() {
    let bump: Bump<[u64; 4096]> = Bump::uninit();
    let mut map = hashbrown::HashMap::new_in(&bump);
    for i in 0..500_u32 {
        map.insert(i, i * i);
    }
    assert!(bump.used() > 500 * 8);
    assert!((0..500).all(|i| map[&i] == i * i));
    map.retain(|i, _| i % 2 == 0);
    map.shrink_to_fit();
    assert_eq!(map.len(), 250);

    let full: Bump<[u8; 16]> = Bump::uninit();
    let mut map = hashbrown::HashMap::<u32, u32, _, _>::new_in(&full);
    assert!(map.try_reserve(100).is_err());
}

// The collections of `without-alloc` on every type of region.
fn without_alloc_on<'a, A: LocalAlloc<'a>>(region: &'a A) {
    let boxed = region.boxed(7_u64).expect("there is room");
    assert_eq!(*boxed, 7);

    let shared = region.rc(String::from("shared")).expect("there is room");
    let other = without_alloc::rc::Rc::clone(&shared);
    drop(shared);
    assert_eq!(*other, "shared");

    let mut vec = region.fixed_vec::<u32>(3).expect("there is room");
    for i in 0..3 {
        vec.push(i).expect("capacity for three");
    }
    assert_eq!(vec.push(3), Err(3));
    assert_eq!(*vec, [0, 1, 2]);
}

#[test]
fn the_collections_of_without_alloc() {
    static MEMORY: Bump<[u64; 32]> = Bump::uninit();
    let bump: Bump<[u64; 32]> = Bump::uninit();
    without_alloc_on(&bump);

    let region = Region::empty();
    assert!(region.boxed(1_u8).is_none());
    let memory = MEMORY.get_uninit_slice(256).expect("all of it");
    region.init(memory).expect("the first");
    without_alloc_on(&region);
}

#[test]
fn local_alloc_resizes_and_gives_back() {
    let bump: Bump<[u64; 4]> = Bump::uninit();
    let word = alloc_traits::NonZeroLayout::new::<u64>().expect("not empty");
    let words = alloc_traits::NonZeroLayout::new::<[u64; 3]>().expect("not empty");
    let block = LocalAlloc::alloc_zeroed(&bump, word).expect("there is room");
    // SAFETY: from this allocator.
    let grown = unsafe { LocalAlloc::realloc(&bump, block, words) }.expect("there is room");
    assert_eq!(grown.ptr, block.ptr, "in place");
    assert_eq!(bump.used(), 24);
    // SAFETY: the block has this many bytes, the first of which were zeroed.
    assert_eq!(unsafe { grown.ptr.cast::<u64>().read() }, 0);
    // SAFETY: from this allocator.
    unsafe { LocalAlloc::dealloc(&bump, grown) };
    assert_eq!(bump.used(), 0);
}

/// An allocator in a module whose names mean something else than usual.
#[no_implicit_prelude]
mod misleading {
    use ::alloc_traits::{self, Allocation, NonZeroLayout};
    use ::bump_core::{RawAlloc, impl_local_alloc};
    use ::core::{alloc::Layout, default::Default, option::Option, ptr::NonNull};

    pub(super) struct Heap(pub(super) ::bump_global::Bump<[u64; 4]>);

    // SAFETY: the blocks are those of the region, which the heap owns.
    unsafe impl RawAlloc for Heap {
        fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
            self.0.allocate(layout)
        }

        unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { self.0.deallocate(block, layout) };
        }

        unsafe fn resize(
            &self,
            block: NonNull<u8>,
            old: Layout,
            new: Layout,
        ) -> Option<NonNull<u8>> {
            // SAFETY: the caller's promise.
            unsafe { self.0.resize(block, old, new) }
        }
    }

    impl_local_alloc!(alloc_traits, impl[] for Heap);

    #[allow(dead_code, non_snake_case, reason = "the macro must not find it")]
    fn Some(block: Allocation<'_>) -> Option<Allocation<'_>> {
        Option::Some(Allocation {
            layout: NonZeroLayout::new::<[u64; 100]>()?,
            ..block
        })
    }

    #[allow(dead_code, reason = "the macro must not find it")]
    trait Shorter {
        fn into(self) -> Layout;
    }

    impl Shorter for NonZeroLayout {
        fn into(self) -> Layout {
            Layout::new::<u8>()
        }
    }
}

#[test]
fn names_of_the_caller_mean_nothing_in_the_macro_of_local_alloc() {
    let heap = misleading::Heap(Bump::uninit());
    let words = alloc_traits::NonZeroLayout::new::<[u64; 3]>().expect("not empty");
    let block = LocalAlloc::alloc(&heap, words).expect("there is room");
    assert_eq!((block.layout, heap.0.used()), (words, 24));
}
