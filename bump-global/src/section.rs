//! [`heap!`](crate::heap): a heap whose memory is a static of its own, in a section of the linker
//! script if need be.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

use crate::Region;

/// Declares a static [`Region`] with its memory, whose size is known at compile time. The memory is a
/// static of its own.
///
/// ```
/// use bump_global::heap;
///
/// heap!(
///     /// A page of memory.
///     pub static HEAP: 4096
/// );
///
/// assert_eq!(HEAP.capacity(), 4096);
/// assert!(HEAP.leak(42).is_ok());
/// ```
///
/// A [`Bump`](crate::Bump) has its cursor in front of its memory. Here the cursor is elsewhere, and all
/// of the memory is uninitialised. So a gigabyte costs the compiler no memory and makes a library no
/// larger, and the memory can be in a section that start-up does not clear:
///
/// ```
/// use bump_global::{RamSection, Recycling, Region, heap};
///
/// // On a machine whose linker script has this section for a second bank of memory. A name that
/// // begins with `.bss` takes no place in object files.
/// // SAFETY: the linker script puts the section into RAM.
/// heap!(static BANK: 64 * 1024, in ".bss.dram2", unsafe { RamSection::new() });
///
/// #[global_allocator]
/// static HEAP: Recycling<&Region> = Recycling::new(&BANK);
/// # fn main() { drop(Box::new(1)); }
/// ```
///
/// The name of a section is a promise to the linker, so it takes an `unsafe`, which a crate can forbid:
///
/// ```compile_fail
/// #![forbid(unsafe_code)]
/// use bump_global::{RamSection, heap};
///
/// // SAFETY: as above; but no `unsafe` is allowed here.
/// heap!(static BANK: 64 * 1024, in ".bss.dram2", unsafe { RamSection::new() });
/// ```
///
/// For the same reason the static has no attributes but its documentation: one that names a section or a
/// symbol would need an `unsafe` that the compiler does not look for in the macro of another crate. To
/// be the global allocator, the region is wrapped, as above, or declared by hand with
/// [`Region::at`](crate::Region::at).
///
/// Without a section there is nothing to promise:
///
/// ```
/// #![forbid(unsafe_code)]
/// bump_global::heap!(static HEAP: 64 * 1024);
/// # fn main() { assert!(HEAP.leak(1).is_ok()); }
/// ```
#[macro_export]
macro_rules! heap {
    ($(#[doc = $doc:expr])* $vis:vis static $name:ident: $bytes:expr $(,)?) => {
        $(#[doc = $doc])*
        $vis static $name: $crate::Region = {
            static __BUMP_GLOBAL_MEMORY: $crate::HeapMemory<{ $bytes }> = $crate::HeapMemory::new();
            // SAFETY: the memory has no name outside of this block, which is evaluated once.
            unsafe { $crate::HeapMemory::region(&__BUMP_GLOBAL_MEMORY) }
        };
    };
    (
        $(#[doc = $doc:expr])* $vis:vis static $name:ident: $bytes:expr,
        in $section:literal, $promise:expr $(,)?
    ) => {
        const _: $crate::RamSection = $promise;

        $(#[doc = $doc])*
        $vis static $name: $crate::Region = {
            // SAFETY: the promise above.
            #[unsafe(link_section = $section)]
            static __BUMP_GLOBAL_MEMORY: $crate::HeapMemory<{ $bytes }> = $crate::HeapMemory::new();
            // SAFETY: the memory has no name outside of this block, which is evaluated once.
            unsafe { $crate::HeapMemory::region(&__BUMP_GLOBAL_MEMORY) }
        };
    };
}

/// The promise that a section is one for data, which [`heap!`](crate::heap) asks for.
///
/// ```
/// use bump_global::{RamSection, heap};
///
/// // SAFETY: the linker puts all sections that begin with `.bss` into RAM.
/// heap!(static BANK: 1024, in ".bss.bank", unsafe { RamSection::new() });
/// assert_eq!(BANK.capacity(), 1024);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RamSection(());

impl RamSection {
    /// The promise.
    ///
    /// ```
    /// // SAFETY: the linker script puts it into RAM.
    /// const BANK: bump_global::RamSection = unsafe { bump_global::RamSection::new() };
    /// ```
    ///
    /// # Safety
    ///
    /// The linker puts the section that is named beside this into memory that can be read and
    /// written from the first use of the heap on. Nothing else uses the content of the section, as
    /// start-up code uses a list of functions. The memory need not be cleared.
    #[must_use]
    pub const unsafe fn new() -> Self {
        RamSection(())
    }
}

/// The memory of a heap. It is never initialised, so the compiler keeps nothing of it, however
/// large it is.
#[doc(hidden)]
#[derive(Debug)]
#[repr(align(16))]
pub struct HeapMemory<const BYTES: usize>(UnsafeCell<MaybeUninit<[u8; BYTES]>>);

// SAFETY: the memory is accessed by the blocks of one region alone.
unsafe impl<const BYTES: usize> Sync for HeapMemory<BYTES> {}

impl<const BYTES: usize> HeapMemory<BYTES> {
    #[must_use]
    pub const fn new() -> Self {
        HeapMemory(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// A region over it.
    ///
    /// # Safety
    ///
    /// There is at most one region over this memory.
    #[must_use]
    pub const unsafe fn region(&'static self) -> Region {
        // SAFETY: a static, which nobody else uses.
        unsafe { Region::at(self.0.get().cast(), BYTES) }
    }
}

impl<const BYTES: usize> Default for HeapMemory<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}
