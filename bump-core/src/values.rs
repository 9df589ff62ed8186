//! Blocks for values, strings and slices, which safe code takes from a region.
//!
//! Written once over the engine. Values lie as close as their alignments and the minimum alignment
//! of the region allow.

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::engine::{Refusal, Taken, attempt, dangling, take};
use crate::{AllocTime, Allocation, Cursor as _, Failure, LeakBox, LeakError, Level, RawBump};

/// Typed requests to a region, for every [`RawBump`].
///
/// A value that does not fit comes back in the error. A leaked value stays in the region until the
/// region is reset or gone, and its destructor does not run.
///
/// ```
#[doc = include_str!("example.txt")]
/// use bump_core::Values;
///
/// let region = Example::new(); // some type that is `RawBump`
/// let number = region.leak(41_u32).unwrap();
/// *number += 1;
/// assert_eq!(*number, 42);
///
/// let text = region.leak_str("bump").unwrap();
/// assert_eq!(text, "bump");
/// assert_eq!(region.level().byte_offset(), 8);
///
/// let refused = region.leak([7_u8; 100]).unwrap_err();
/// assert_eq!(refused.into_inner(), [7; 100]);
/// ```
pub trait Values: RawBump {
    /// How many bytes are consumed.
    #[inline]
    fn level(&self) -> Level {
        Level::new(self.cursor().load())
    }

    /// Takes a block of `layout`.
    #[inline]
    fn get_layout(&self, layout: Layout) -> Option<Allocation<'_>> {
        // SAFETY: the alignment is the region's own.
        unsafe { take(self, layout, Self::MIN_ALIGN) }.map(allocation)
    }

    /// Takes a block of `layout` at exactly `level`.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    #[inline]
    fn get_layout_at(&self, layout: Layout, level: Level) -> Result<Allocation<'_>, Failure> {
        take_at(self, layout, level).map(allocation)
    }

    /// Takes a block for a `V`.
    #[inline]
    fn get<V>(&self) -> Option<Allocation<'_, V>> {
        // SAFETY: the alignment is the region's own.
        unsafe { take(self, Layout::new::<V>(), Self::MIN_ALIGN) }.map(allocation)
    }

    /// Takes a block for a `V` at exactly `level`.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    #[inline]
    fn get_at<V>(&self, level: Level) -> Result<Allocation<'_, V>, Failure> {
        take_at(self, Layout::new::<V>(), level).map(allocation)
    }

    /// Takes a block for `len` values.
    #[inline]
    fn get_slice<V>(&self, len: usize) -> Option<Allocation<'_, [V]>> {
        let layout = Layout::array::<V>(len).ok()?;
        // SAFETY: the alignment is the region's own.
        let Taken { block, end } = unsafe { take(self, layout, Self::MIN_ALIGN) }?;
        Some(Allocation {
            ptr: NonNull::slice_from_raw_parts(block.cast(), len),
            lifetime: AllocTime::default(),
            level: Level::new(end),
        })
    }

    /// Takes a block for `len` values, as places to write them to.
    #[inline]
    fn get_uninit_slice<V>(&self, len: usize) -> Option<&mut [MaybeUninit<V>]> {
        let mut block = self.get_slice::<MaybeUninit<V>>(len)?;
        // SAFETY: the block was just taken for this slice, and uninitialised memory is valid for
        // it.
        Some(unsafe { block.ptr.as_mut() })
    }

    /// Moves a value into the region for as long as that lives.
    ///
    /// # Errors
    ///
    /// The value, if it does not fit.
    #[inline]
    fn leak<V>(&self, val: V) -> Result<&mut V, LeakError<V>> {
        // SAFETY: the alignment is the region's own.
        match unsafe { take(self, Layout::new::<V>(), Self::MIN_ALIGN) } {
            // SAFETY: the block was just taken for a `V`.
            Some(taken) => Ok(unsafe { leak_into(taken.block.cast(), val) }),
            None => Err(LeakError::new(val, Failure::Exhausted)),
        }
    }

    /// Moves a value into the region at exactly `level`, and tells the level behind it.
    ///
    /// # Errors
    ///
    /// The value, and why it was refused.
    #[inline]
    fn leak_at<V>(&self, val: V, level: Level) -> Result<(&mut V, Level), LeakError<V>> {
        match self.get_at(level) {
            // SAFETY: the block was just taken for a `V`.
            Ok(block) => Ok((unsafe { leak_into(block.ptr, val) }, block.level)),
            Err(failure) => Err(LeakError::new(val, failure)),
        }
    }

    /// Moves a value into the region and owns it there.
    ///
    /// # Errors
    ///
    /// The value, if it does not fit.
    #[inline]
    fn try_leak_box<V>(&self, val: V) -> Result<LeakBox<'_, V>, LeakError<V>> {
        // SAFETY: the value was moved to the region, and nobody else has the reference.
        self.leak(val).map(|val| unsafe { LeakBox::from_raw(val) })
    }

    /// Moves a value into the region at exactly `level` and owns it there.
    ///
    /// # Errors
    ///
    /// The value, and why it was refused.
    #[inline]
    fn try_leak_box_at<V>(&self, val: V, level: Level) -> Result<LeakBox<'_, V>, LeakError<V>> {
        // SAFETY: the value was moved to the region, and nobody else has the reference.
        self.leak_at(val, level)
            .map(|(val, _)| unsafe { LeakBox::from_raw(val) })
    }

    /// Copies a slice into the region; `None` if it does not fit.
    #[inline]
    fn leak_slice_copy<V: Copy>(&self, values: &[V]) -> Option<&mut [V]> {
        let mut block = self.get_slice::<V>(values.len())?;
        let source = NonNull::from(values).cast();
        let target = block.ptr.cast::<V>();
        // SAFETY: the block was just taken for as many values, so it overlaps no other slice.
        unsafe { target.copy_from_nonoverlapping(source, values.len()) };
        // SAFETY: just initialised.
        Some(unsafe { block.ptr.as_mut() })
    }

    /// Copies a string into the region; `None` if it does not fit.
    #[inline]
    fn leak_str(&self, text: &str) -> Option<&mut str> {
        let bytes = self.leak_slice_copy(text.as_bytes())?;
        // SAFETY: a copy of what was a string.
        Some(unsafe { core::str::from_utf8_unchecked_mut(bytes) })
    }

    /// The block at a level, which may access all of the region.
    ///
    /// # Safety
    ///
    /// A block was taken that starts at `level` ([`Allocation::level_start`]), and that is aligned
    /// for a `V`. The accesses of the caller through the pointer do not overlap those of others.
    #[inline]
    unsafe fn get_unchecked<V>(&self, level: Level) -> Allocation<'_, V> {
        // SAFETY: a block was taken there (the caller's promise), so there is memory.
        let memory = unsafe { self.memory().unwrap_unchecked() };
        // SAFETY: the caller's promise about the level and its alignment.
        let block = unsafe { memory.pointer(level.byte_offset(), align_of::<V>()) };
        let end = level.byte_offset();
        allocation(Taken { block, end })
    }
}

impl<B: RawBump + ?Sized> Values for B {}

/// Takes a block of `layout` if the cursor is exactly at `level`.
fn take_at<B: RawBump + ?Sized>(
    region: &B,
    layout: Layout,
    level: Level,
) -> Result<Taken, Failure> {
    loop {
        let cursor = region.cursor().load();
        if cursor != level.byte_offset() {
            let observed = Level::new(cursor);
            return Err(Failure::Mismatch { observed });
        }
        if layout.size() == 0 {
            let (block, end) = (dangling(layout), cursor);
            return Ok(Taken { block, end });
        }
        // SAFETY: the cursor was just loaded, and the alignment is the region's own.
        match unsafe { attempt(region, cursor, layout, B::MIN_ALIGN, false) } {
            Ok(taken) => return Ok(taken),
            Err(Refusal::Exhausted) => return Err(Failure::Exhausted),
            // The next turn tells the level, or the exchange failed for no reason.
            Err(Refusal::Contended) => {}
        }
    }
}

/// A block that was taken for a `T`.
#[inline]
fn allocation<'region, T>(Taken { block, end }: Taken) -> Allocation<'region, T> {
    Allocation {
        ptr: block.cast(),
        lifetime: AllocTime::default(),
        level: Level::new(end),
    }
}

/// # Safety
///
/// The pointer is aligned and ours alone for `'a`, with the bytes of a `V`.
#[inline]
unsafe fn leak_into<'a, V>(mut place: NonNull<V>, val: V) -> &'a mut V {
    // SAFETY: the caller's promise.
    unsafe { place.write(val) };
    // SAFETY: just initialised.
    unsafe { place.as_mut() }
}
