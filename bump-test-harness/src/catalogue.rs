//! The list of all properties: name, the sentences of the contracts, check. The `#[test]`s of
//! [`conformance!`](crate::conformance) come from the same list.
//!
//! The sentences are quoted from the documentation of `core::alloc::GlobalAlloc` and `Allocator`
//! (Rust 1.96) and of `alloc_traits::LocalAlloc` (0.1.1), shortened where `..` stands. Properties
//! that only some allocators promise quote the method of [`Maker`](crate::subject::Maker) that says
//! so.

use crate::properties::{arena, base, contents, layout, lifetime, random, resize, threads};
use crate::property::{Contract, Property};

macro_rules! sentence {
    (-) => {
        None
    };
    ($sentence:literal) => {
        Some($sentence)
    };
}

macro_rules! catalogue {
    ($d:tt $($name:ident = $check:path {
        GlobalAlloc: $global:tt
        Allocator: $allocator:tt
        LocalAlloc: $local:tt
    })*) => {
        /// All properties, in the order of the report.
        pub const PROPERTIES: &[Property] = &[$(Property {
            name: stringify!($name),
            contract: Contract {
                global_alloc: sentence!($global),
                allocator: sentence!($allocator),
                local_alloc: sentence!($local),
            },
            check: $check,
        }),*];

        /// Defines a module with a `#[test]` for each property, named as the property.
        ///
        /// Takes an expression that makes a [`Subject`](crate::Subject); the names of the module
        /// around the call are in scope.
        ///
        /// ```
        /// use std::alloc::System;
        ///
        /// bump_test_harness::conformance! {
        ///     mod system = global_alloc(|| System).shared();
        /// }
        /// # fn main() {}
        /// ```
        #[macro_export]
        macro_rules! conformance {
            ($d($d(#[$d meta:meta])* mod $d module:ident = $d subject:expr;)*) => {$d(
                $d(#[$d meta])*
                #[cfg(test)]
                mod $d module {
                    #[allow(unused_imports, reason = "which names the expression needs is its own affair")]
                    use super::*;
                    #[allow(unused_imports, reason = "the expression uses one of the constructors")]
                    use $d crate::subject::*;

                    fn check(property: &str) {
                        $d crate::property::named(property)
                            .expect("the tests and the properties come from one list")
                            .assert(&$d subject);
                    }

                    $(#[test]
                    fn $name() {
                        check(stringify!($name));
                    })*
                }
            )*};
        }
    };
}

catalogue! {$
    alignment = layout::alignment {
        GlobalAlloc: "Allocates memory as described by the given `layout`."
        Allocator: "On success, returns a `NonNull<[u8]>` meeting the size and alignment guarantees of `layout`."
        LocalAlloc: ".. a successful return contains a pointer that is valid for at least the layout requested by the caller."
    }
    disjoint = layout::disjoint {
        GlobalAlloc: "Returns a pointer to newly-allocated memory .."
        Allocator: "Memory blocks that are currently allocated by an allocator, must point to valid memory, and retain their validity until .. the memory block is deallocated .."
        LocalAlloc: ".. a successful return contains a pointer that is valid for at least the layout requested by the caller."
    }
    size_zero = layout::size_zero {
        GlobalAlloc: -
        Allocator: "In contrast to `GlobalAlloc`, `Allocator` allows zero-sized allocations."
        LocalAlloc: -
    }
    largest = layout::largest {
        GlobalAlloc: "`Layout` queries and calculations in general must be correct. .. It's undefined behavior if global allocators unwind."
        Allocator: "..if a block has base address `p` and size `n`, then `p as usize + n <= usize::MAX` must hold."
        LocalAlloc: ".. a successful return contains a pointer that is valid for at least the layout requested by the caller."
    }
    capacity = layout::capacity {
        GlobalAlloc: "Returning a null pointer indicates that either memory is exhausted or `layout` does not meet this allocator's size or alignment constraints."
        Allocator: "Returning `Err` indicates that either memory is exhausted or `layout` does not meet allocator's size or alignment constraints."
        LocalAlloc: "`Maker::capacity`: A fresh allocator grants any one request whose size and largest padding .. together are at most so many bytes."
    }
    fitting = layout::fitting {
        GlobalAlloc: -
        Allocator: "The provided `layout.size()` must fall in the range `min ..= max`, where .. `max` is the actual size returned from `allocate`, `grow`, or `shrink`."
        LocalAlloc: -
    }
    exhaustion = lifetime::exhaustion {
        GlobalAlloc: "Returns a pointer to newly-allocated memory, or null to indicate allocation failure."
        Allocator: "Returning `Err` indicates that either memory is exhausted or `layout` does not meet allocator's size or alignment constraints."
        LocalAlloc: ".. a successful return contains a pointer that is valid for at least the layout requested by the caller."
    }
    release_order = lifetime::release_order {
        GlobalAlloc: "`ptr` is a block of memory currently allocated via this allocator .."
        Allocator: "A memory block which is currently allocated may be passed to any method of the allocator that accepts such an argument."
        LocalAlloc: "`alloc` has been previously returned from a call to `alloc`."
    }
    reset = lifetime::reset {
        GlobalAlloc: "`Maker::reset`: The function frees all blocks at once."
        Allocator: "`Maker::reset`: The function frees all blocks at once."
        LocalAlloc: "`Maker::reset`: The function frees all blocks at once."
    }
    moves = lifetime::moves {
        GlobalAlloc: -
        Allocator: "Copying, cloning, or moving the allocator must not invalidate memory blocks returned from it."
        LocalAlloc: -
    }
    zeroed = contents::zeroed_blocks {
        GlobalAlloc: "Behaves like `alloc`, but also ensures that the contents are set to zero before being returned."
        Allocator: "Behaves like `allocate`, but also ensures that the returned memory is zero-initialized."
        LocalAlloc: ".. the contiguous region of bytes, starting at the pointer and with the size of the returned layout, is initialized and zeroed."
    }
    grow = resize::grow_blocks {
        GlobalAlloc: "The range `0..min(layout.size(), new_size)` of the new memory block is guaranteed to have the same values as the original block."
        Allocator: "Attempts to extend the memory block. .. `new_layout.align()` need not be the same as `old_layout.align()`."
        LocalAlloc: ".. is initialized with the prefix of the previous allocation that is still valid."
    }
    grow_zeroed = resize::grow_zeroed {
        GlobalAlloc: -
        Allocator: "Bytes `0..old_layout.size()` are preserved from the original allocation. .. Bytes `old_size..new_size` are zeroed."
        LocalAlloc: -
    }
    shrink = resize::shrink_blocks {
        GlobalAlloc: "The range `0..min(layout.size(), new_size)` of the new memory block is guaranteed to have the same values as the original block."
        Allocator: "Attempts to shrink the memory block. .. `new_layout.align()` need not be the same as `old_layout.align()`."
        LocalAlloc: ".. is initialized with the prefix of the previous allocation that is still valid."
    }
    failed_resize = resize::failed {
        GlobalAlloc: "If this method returns null, then ownership of the memory block has not been transferred to this allocator, and the contents of the memory block are unaltered."
        Allocator: "If this method returns `Err`, then ownership of the memory block has not been transferred to this allocator, and the contents of the memory block are unaltered."
        LocalAlloc: "`alloc` has been previously returned from a call to `alloc`."
    }
    exact_copy = contents::exact_copy {
        GlobalAlloc: "The range `0..min(layout.size(), new_size)` of the new memory block is guaranteed to have the same values as the original block."
        Allocator: "Memory blocks that are currently allocated by an allocator, must point to valid memory, and retain their validity .."
        LocalAlloc: ".. is initialized with the prefix of the previous allocation that is still valid."
    }
    provenance = resize::provenance {
        GlobalAlloc: "The newly returned pointer is the only valid pointer for accessing this memory now."
        Allocator: "The newly returned pointer is the only valid pointer for accessing this memory now."
        LocalAlloc: ".. a successful return contains a pointer that is valid for at least the layout requested by the caller."
    }
    closures = arena::closures {
        GlobalAlloc: "`Maker::alloc_with`: The function allocates a value that a closure makes; the closure may use the allocator too."
        Allocator: "`Maker::alloc_with`: The function allocates a value that a closure makes; the closure may use the allocator too."
        LocalAlloc: "`Maker::alloc_with`: The function allocates a value that a closure makes; the closure may use the allocator too."
    }
    iterators = arena::iterators {
        GlobalAlloc: "`Maker::alloc_from_iter`: The function allocates a slice of an iterator's items, however many those are; the iterator may use the allocator too."
        Allocator: "`Maker::alloc_from_iter`: The function allocates a slice of an iterator's items, however many those are; the iterator may use the allocator too."
        LocalAlloc: "`Maker::alloc_from_iter`: The function allocates a slice of an iterator's items, however many those are; the iterator may use the allocator too."
    }
    base_use = base::lawful_use {
        GlobalAlloc: "`layout` is the same layout that was used to allocate that block of memory."
        Allocator: "`ptr` must denote a block of memory currently allocated via this allocator, and `layout` must fit that block of memory."
        LocalAlloc: "`alloc` has been previously returned from a call to `alloc`."
    }
    base_failures = base::failures {
        GlobalAlloc: "Returns a pointer to newly-allocated memory, or null to indicate allocation failure."
        Allocator: "Returning `Err` indicates that either memory is exhausted or `layout` does not meet allocator's size or alignment constraints."
        LocalAlloc: "Allocate one block of memory."
    }
    threads = threads::threads {
        GlobalAlloc: "`Sync`: Types for which it is safe to share references between threads."
        Allocator: "`Sync`: Types for which it is safe to share references between threads."
        LocalAlloc: "`Sync`: Types for which it is safe to share references between threads."
    }
    sequences = random::sequences {
        GlobalAlloc: "`Layout` queries and calculations in general must be correct. Callers of this trait are allowed to rely on the contracts defined on each method .."
        Allocator: "An implementation of `Allocator` can allocate, grow, shrink, and deallocate arbitrary blocks of data described via `Layout`."
        LocalAlloc: ".. it is required that the implementors adhere to the contract of the methods."
    }
}
