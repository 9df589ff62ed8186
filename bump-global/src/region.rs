//! [`Region`]: a heap whose memory is known only when the program runs.
//!
//! Memory that a linker script, a boot loader's memory map or another allocator has left is handed
//! over once. Memory that is known at compile time belongs in a `Bump`. The module
//! `extend` gives a region more.

use core::mem::MaybeUninit;
use core::panic::RefUnwindSafe;
use core::ptr::{self, NonNull};
use core::{error, fmt};

use bump_core::align::{align_down, padding};
use bump_core::engine::{most_bytes, unit};
use bump_core::{Memory, RawBump, Relocatable, bump_methods, debug};

// Import this from the parent module: a test runs this source in a model checker.
use super::AtomicCursor;
use super::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// An allocator that is given its memory at run time, once.
///
/// Before that every request fails, unless it is for 0 bytes. Requests that race with the hand-over
/// fail or are served.
///
/// ```
/// use bump_global::{Bump, Region};
///
/// static HEAP: Region = Region::empty();
/// assert!(HEAP.leak(1).is_err());
///
/// // The memory that a boot loader would have left for us.
/// static RAM: Bump<[u64; 128]> = Bump::uninit();
/// let memory = RAM.get_uninit_slice(1024).unwrap();
///
/// HEAP.init(memory).unwrap();
/// assert_eq!(HEAP.capacity(), 1024);
/// assert!(HEAP.leak(1).is_ok());
/// ```
///
/// As the heap of a firmware, on what the linker script has left:
///
/// ```no_run
/// use bump_global::Region;
/// use core::ptr::NonNull;
///
/// #[global_allocator]
/// static HEAP: Region = Region::empty();
///
/// unsafe extern "C" {
///     static mut _heap_start: u8;
///     static mut _heap_end: u8;
/// }
///
/// fn main() {
///     let start = NonNull::new(&raw mut _heap_start).unwrap();
///     let len = (&raw mut _heap_end).addr() - start.addr().get();
///     // SAFETY: the linker script keeps this memory free of everything else.
///     unsafe { HEAP.init_raw(start, len) }.unwrap();
///
///     let v = vec![1, 2, 3];
/// }
/// ```
///
/// # Minimum alignment
///
/// Blocks start at multiples of `MIN_ALIGN`, with their padding they end at one, and so does the region.
/// With the size of a cache line, or of what a device transfers, no two blocks share one
/// ([blocks for devices](crate::guide::global_heap#blocks-for-devices)).
///
/// Blocks of collections start at multiples of a [`UNIT`](bump_core::UNIT), and take whole ones. Up to 7
/// bytes at either end of memory that starts or ends elsewhere are for values alone.
///
/// # More memory, later
///
/// A `Region<MIN_ALIGN, true>` can be [extended](Region::extend) at its end while blocks are in use. A
/// [`Growing`](crate::Growing) heap does that by itself, from a source of memory.
pub struct Region<const MIN_ALIGN: usize = 1, const GROWS: bool = false> {
    /// The bytes of the region; 0 until `start` is set. Changes once, or only rises.
    pub(super) len: AtomicUsize,
    /// The first byte of the region; null until somebody hands it over. Changes once.
    pub(super) start: AtomicPtr<u8>,
    pub(super) cursor: Apart<AtomicCursor>,
}

/// A value in a cache line of its own where there may be several processors: the cursor changes all
/// the time, the fields beside it hardly ever.
#[cfg_attr(target_pointer_width = "64", repr(align(64)))]
pub(super) struct Apart<T>(pub(super) T);

// The cursor is right between any two instructions, so in particular after a panic.
impl<const MIN_ALIGN: usize, const GROWS: bool> RefUnwindSafe for Region<MIN_ALIGN, GROWS> {}

// The atomics of the model checker, in which a test runs this source, have no `const` constructors.
#[cfg(not(model_checker))]
impl Region {
    /// An allocator that has no memory yet.
    ///
    /// ```
    /// use bump_global::Region;
    ///
    /// static HEAP: Region = Region::empty();
    /// assert_eq!(HEAP.capacity(), 0);
    /// ```
    #[must_use]
    pub const fn empty() -> Self {
        Region::with_min_align()
    }
}

#[cfg(not(model_checker))]
impl<const MIN_ALIGN: usize, const GROWS: bool> Region<MIN_ALIGN, GROWS> {
    /// Like [`empty`](Region::empty), with a cursor that is kept at multiples of `MIN_ALIGN`, a power
    /// of two.
    ///
    /// ```
    /// use bump_global::{Bump, Region};
    ///
    /// static RAM: Bump<[u8; 1024]> = Bump::uninit();
    /// static BUFFERS: Region<64> = Region::with_min_align();
    /// BUFFERS.init(RAM.get_uninit_slice(1000).unwrap()).unwrap();
    /// let buffer = BUFFERS.leak([0_u8; 100]).unwrap();
    /// assert_eq!(buffer.as_ptr().addr() % 64, 0);
    /// assert_eq!(BUFFERS.used(), 128);
    /// ```
    #[must_use]
    pub const fn with_min_align() -> Self {
        Region {
            len: AtomicUsize::new(0),
            start: AtomicPtr::new(ptr::null_mut()),
            cursor: Apart(AtomicCursor::new()),
        }
    }

    /// An allocator over the `len` bytes at `start`, known at compile time: a fixed address, or a
    /// symbol of the linker. It needs no call before the first request, and its cursor is not in that
    /// memory, which start-up need not clear.
    ///
    /// For memory that the program declares itself there is [`heap!`](crate::heap).
    ///
    /// ```no_run
    /// use bump_global::Region;
    ///
    /// unsafe extern "C" {
    ///     static mut _heap_start: u8;
    /// }
    ///
    /// #[global_allocator]
    /// // SAFETY: the linker script reserves 16 KiB there for the heap alone.
    /// static HEAP: Region = unsafe { Region::at(&raw mut _heap_start, 16 * 1024) };
    ///
    /// // SAFETY: on this machine, external memory that nothing else uses.
    /// static EXTERNAL: Region = unsafe { Region::at(0xd000_0000_u32 as *mut u8, 8 << 20) };
    ///
    /// fn main() {
    ///     let v = vec![1, 2, 3];
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// If `len` is no multiple of the minimum alignment (of a region that grows, of a
    /// [`UNIT`](bump_core::UNIT), too), or more than `isize::MAX` rounded down to a `UNIT`. In the initial
    /// value of a static it then does not compile.
    ///
    /// # Safety
    ///
    /// - The memory is valid for reads and writes through `start`, for as long as the region or a block
    ///   of it is used, and does not wrap around the end of the address space.
    /// - `start` is not null, and a multiple of the minimum alignment; of a region that grows, of a
    ///   [`UNIT`](bump_core::UNIT), too.
    /// - Nobody else accesses the memory.
    #[must_use]
    pub const unsafe fn at(start: *mut u8, len: usize) -> Self {
        assert!(
            len <= Self::MOST && align_down(len, Self::ALIGN) == len,
            "the length is a multiple of the minimum alignment, and at most `isize::MAX` in whole units"
        );
        Region {
            len: AtomicUsize::new(len),
            start: AtomicPtr::new(start),
            cursor: Apart(AtomicCursor::new()),
        }
    }
}

#[cfg(not(model_checker))]
impl<const MIN_ALIGN: usize, const GROWS: bool> Default for Region<MIN_ALIGN, GROWS> {
    fn default() -> Self {
        Region::with_min_align()
    }
}

impl<const MIN_ALIGN: usize, const GROWS: bool> Region<MIN_ALIGN, GROWS> {
    /// The addresses of both ends are multiples of this.
    pub(super) const ALIGN: usize = if GROWS { unit::<Self>() } else { MIN_ALIGN };

    /// The most bytes that a region can have.
    pub(super) const MOST: usize = most_bytes(unit::<Self>());

    /// Hands the memory over.
    ///
    /// ```
    /// use bump_global::{Bump, Region};
    ///
    /// static RAM: Bump<[u8; 64]> = Bump::uninit();
    /// static HEAP: Region = Region::empty();
    /// HEAP.init(RAM.get_uninit_slice(32).unwrap()).unwrap();
    ///
    /// let refused = HEAP.init(RAM.get_uninit_slice(16).unwrap()).unwrap_err();
    /// assert_eq!(refused.into_inner().len(), 16);
    /// assert_eq!(HEAP.capacity(), 32);
    /// ```
    ///
    /// # Errors
    ///
    /// The memory, if the region was given some before.
    pub fn init(
        &self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<(), RegionError<&'static mut [MaybeUninit<u8>]>> {
        let (start, len) = (NonNull::from(&mut *memory).cast(), memory.len());
        // SAFETY: valid for reads and writes for ever, and no reference to it is used again unless
        // it is refused.
        match unsafe { self.init_raw(start, len) } {
            Ok(()) => Ok(()),
            Err(RegionError { reason, .. }) => Err(RegionError { memory, reason }),
        }
    }

    /// Hands over the memory of `len` bytes at `start`, of any alignment. If there is a minimum
    /// alignment, the region starts and ends at multiples of it; a region that grows does at multiples
    /// of a [`UNIT`](bump_core::UNIT), too.
    ///
    /// ```
    /// use bump_global::Region;
    /// use core::ptr::NonNull;
    ///
    /// static mut RAM: [u8; 1024] = [0; 1024];
    /// static HEAP: Region = Region::empty();
    ///
    /// let start = NonNull::new((&raw mut RAM).cast()).unwrap();
    /// // SAFETY: a static, which nobody else names.
    /// unsafe { HEAP.init_raw(start, 1024) }.unwrap();
    /// assert_eq!(HEAP.capacity(), 1024);
    /// ```
    ///
    /// # Errors
    ///
    /// The memory, if the region was given some before.
    ///
    /// # Safety
    ///
    /// Unless it is refused:
    ///
    /// - The memory is valid for reads and writes through `start`, for as long as the region or a
    ///   block of it is used, and does not wrap around the end of the address space.
    /// - `len` is at most `isize::MAX`.
    /// - Nobody else accesses the memory.
    pub unsafe fn init_raw(
        &self,
        start: NonNull<u8>,
        len: usize,
    ) -> Result<(), RegionError<NonNull<[u8]>>> {
        let lead = padding(start.addr().get(), Self::ALIGN);
        // Memory that ends in front of its first multiple has no bytes, from there on.
        let first = start.as_ptr().wrapping_add(lead);
        // Only one of those who try changes the pointer from null. The exchange orders nothing: a
        // thread reads the pointer after it has read the length, which is stored below.
        let handed_over = self.start.compare_exchange(
            ptr::null_mut(),
            first,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        if handed_over.is_err() {
            return Err(RegionError {
                memory: NonNull::slice_from_raw_parts(start, len),
                reason: "the region already has memory",
            });
        }
        // A thread that sees this length sees the pointer, and what was done to the memory before.
        // If others have extended the region meanwhile, they have added this memory as well.
        let len = align_down(len.saturating_sub(lead), Self::ALIGN).min(Self::MOST);
        let (success, failure) = (Ordering::Release, Ordering::Relaxed);
        let _ = self.len.compare_exchange(0, len, success, failure);
        Ok(())
    }

    /// The memory, whatever kind of region this is; `None` if there is none yet. It has no bytes while
    /// another thread hands it over.
    ///
    /// A consistent pair: the length is stored after the pointer, which then stays. A region that grows
    /// starts somewhere before it has a length: memory elsewhere counts from there.
    #[inline]
    pub(super) fn range(&self) -> Option<(NonNull<u8>, usize)> {
        let len = self.len.load(Ordering::Acquire);
        let start = NonNull::new(self.start.load(Ordering::Relaxed))?;
        Some((start, len))
    }

    /// The bytes that the region has in total; 0 until they are handed over.
    ///
    /// ```
    /// use bump_global::Region;
    ///
    /// assert_eq!(Region::empty().capacity(), 0);
    /// ```
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Makes all of the memory available again.
    ///
    /// See [`Bump::reset`](crate::Bump::reset).
    ///
    /// ```
    /// use bump_global::{Bump, Region};
    ///
    /// static RAM: Bump<[u64; 8]> = Bump::uninit();
    /// let mut region = Region::empty();
    /// region.init(RAM.get_uninit_slice(64).unwrap()).unwrap();
    /// region.leak([0_u8; 64]).unwrap();
    /// region.reset();
    /// assert_eq!(region.remaining(), 64);
    /// ```
    #[inline]
    pub fn reset(&mut self) {
        self.cursor = Apart(AtomicCursor::default());
    }

    bump_methods!(
        "# use bump_global::{Bump, Region};\n# static RAM: Bump<[u64; 8]> = Bump::uninit();\nlet bump = Region::empty();\nbump.init(RAM.get_uninit_slice(64).unwrap()).unwrap();"
    );
}

// SAFETY: `memory` is empty, or what was handed over; that is valid for as long as it has to be by
// the contract of `init_raw` and of `extend`. It never changes again, or only its end rises, from one
// multiple of the unit to another, by `Memory::growing`. The cursor is private and changed only here,
// where the region is borrowed uniquely, to where it started, or as `add` says.
unsafe impl<const MIN_ALIGN: usize, const GROWS: bool> RawBump for Region<MIN_ALIGN, GROWS> {
    type Cursor = AtomicCursor;

    const MIN_ALIGN: usize = MIN_ALIGN;
    const BASE_ALIGN: usize = if GROWS { Self::ALIGN } else { 1 };

    #[inline]
    fn cursor(&self) -> &AtomicCursor {
        &self.cursor.0
    }

    #[inline]
    fn memory(&self) -> Option<Memory> {
        let (start, len) = self.range()?;
        Some(if GROWS {
            Memory::growing(start, len)
        } else {
            Memory::new(start, len)
        })
    }
}

// SAFETY: the memory is elsewhere.
unsafe impl<const MIN_ALIGN: usize, const GROWS: bool> Relocatable for Region<MIN_ALIGN, GROWS> {}

impl<const MIN_ALIGN: usize, const GROWS: bool> fmt::Debug for Region<MIN_ALIGN, GROWS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug("Region", self, f)
    }
}

/// A [`Region`] does not take memory; the error gives back what it was offered, and says why.
///
/// ```
/// use bump_global::{Bump, Region};
///
/// static RAM: Bump<[u8; 64]> = Bump::uninit();
/// let region = Region::empty();
/// region.init(RAM.get_uninit_slice(32).unwrap()).unwrap();
/// let error = region.init(RAM.get_uninit_slice(32).unwrap()).unwrap_err();
/// assert_eq!(error.to_string(), "the region already has memory");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionError<M> {
    pub(super) memory: M,
    pub(super) reason: &'static str,
}

impl<M> RegionError<M> {
    /// The memory that was refused.
    ///
    /// ```
    /// use bump_global::{Bump, Region};
    ///
    /// static RAM: Bump<[u8; 64]> = Bump::uninit();
    /// let region = Region::empty();
    /// region.init(RAM.get_uninit_slice(32).unwrap()).unwrap();
    /// let error = region.init(RAM.get_uninit_slice(16).unwrap()).unwrap_err();
    /// assert_eq!(error.into_inner().len(), 16);
    /// ```
    pub fn into_inner(self) -> M {
        self.memory
    }
}

impl<M> fmt::Display for RegionError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl<M: fmt::Debug> error::Error for RegionError<M> {}
