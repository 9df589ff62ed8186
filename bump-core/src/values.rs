//! Blocks for values, strings and slices: what safe code takes from a region.
//!
//! Written once over the engine. A [`Level`] is the value of a cursor: of a region that counts
//! addresses it is an address, or one less (see [`RawBump::START`]).

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::raw_bump::{dangling, take_contended};
use crate::{
    AllocTime, Allocation, Cursor as _, Failure, LeakBox, LeakError, Level, Memory, Placement,
    RawBump, Refusal, Space,
};

/// Typed requests to a region, for every [`RawBump`].
///
/// A value that does not fit comes back in the error. What is leaked stays in the region until that
/// is reset or gone, and its destructor does not run.
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
        if layout.size() == 0 {
            return Some(allocation(dangling(layout), self.level()));
        }
        let memory = self.memory();
        // SAFETY: `memory` is the region's; positions not known to be aligned is always right.
        let placement = unsafe { self.take_placed(memory, layout, false) }?;
        Some(placed(self, memory, placement, layout))
    }

    /// Takes a block of `layout` at exactly `level`.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    #[inline]
    fn get_layout_at(&self, layout: Layout, level: Level) -> Result<Allocation<'_>, Failure> {
        let placement = self.take_at(layout, level)?;
        if layout.size() == 0 {
            return Ok(allocation(dangling(layout), level));
        }
        Ok(placed(self, self.memory(), placement, layout))
    }

    /// Takes a block for a `V`.
    #[inline]
    fn get<V>(&self) -> Option<Allocation<'_, V>> {
        if size_of::<V>() == 0 {
            return Some(allocation(NonNull::dangling(), self.level()));
        }
        let memory = self.memory();
        let layout = Layout::new::<V>();
        // SAFETY: `memory` is the region's, and the alignment was compared.
        let placement = unsafe { self.take_placed(memory, layout, aligned_for::<Self, V>()) }?;
        Some(placed(self, memory, placement, layout))
    }

    /// Takes a block for a `V` at exactly `level`.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    #[inline]
    fn get_at<V>(&self, level: Level) -> Result<Allocation<'_, V>, Failure> {
        let block = self.get_layout_at(Layout::new::<V>(), level)?;
        Ok(allocation(block.ptr.cast(), block.level))
    }

    /// Takes a block for `len` values.
    #[inline]
    fn get_slice<V>(&self, len: usize) -> Option<Allocation<'_, [V]>> {
        let layout = Layout::array::<V>(len).ok()?;
        let block = if layout.size() == 0 {
            allocation(NonNull::dangling(), self.level())
        } else {
            let memory = self.memory();
            // SAFETY: `memory` is the region's, and the alignment was compared.
            let placement = unsafe { self.take_placed(memory, layout, aligned_for::<Self, V>()) }?;
            placed(self, memory, placement, layout)
        };
        Some(allocation(
            NonNull::slice_from_raw_parts(block.ptr, len),
            block.level,
        ))
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
        if size_of::<V>() == 0 {
            // SAFETY: any aligned pointer is a place for a value without bytes.
            return Ok(unsafe { leak_into(NonNull::dangling(), val) });
        }
        let memory = self.memory();
        let layout = Layout::new::<V>();
        // SAFETY: `memory` is the region's, and the alignment was compared.
        match unsafe { self.take_once(memory, layout, aligned_for::<Self, V>()) } {
            Ok(placement) => {
                let block = placed::<V, _>(self, memory, placement, layout);
                // SAFETY: the block was just taken for a `V`.
                Ok(unsafe { leak_into(block.ptr, val) })
            }
            Err(Refusal::Exhausted) => Err(LeakError::new(val, Failure::Exhausted)),
            Err(Refusal::Contended) => match leak_contended((val, self)) {
                (Some(place), _) => Ok(place),
                (None, val) => {
                    // SAFETY: without a place, the value is initialised.
                    let val = unsafe { val.assume_init() };
                    Err(LeakError::new(val, Failure::Exhausted))
                }
            },
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
    /// for a `V`. What the caller does with the pointer does not overlap what others do.
    #[inline]
    unsafe fn get_unchecked<V>(&self, level: Level) -> Allocation<'_, V> {
        // SAFETY: the caller's promise.
        let block = unsafe {
            self.pointer(
                self.memory(),
                level.byte_offset().wrapping_add(Self::START),
                align_of::<V>(),
            )
        };
        allocation(block.cast(), level)
    }
}

impl<B: RawBump + ?Sized> Values for B {}

/// Whether positions are aligned as addresses are, for a `V`: known at compile time.
#[doc(hidden)]
#[must_use]
pub const fn aligned_for<B: RawBump + ?Sized, V>() -> bool {
    const { matches!(B::SPACE, Space::Addresses) || align_of::<V>() <= B::BASE_ALIGN }
}

fn allocation<'region, T: ?Sized>(ptr: NonNull<T>, level: Level) -> Allocation<'region, T> {
    Allocation {
        ptr,
        lifetime: AllocTime::default(),
        level,
    }
}

/// The block at a placement that was just taken with `layout`.
#[inline]
fn placed<V, B: RawBump + ?Sized>(
    bump: &B,
    memory: Memory,
    placement: Placement,
    layout: Layout,
) -> Allocation<'_, V> {
    // SAFETY: `memory` is the region's, and the position was taken.
    let block = unsafe { bump.pointer(memory, placement.start, layout.align()) };
    allocation(
        block.cast(),
        Level::new(placement.end.wrapping_sub(B::START)),
    )
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

/// [`Values::leak`] after another thread was faster. The value is initialised if there is no place
/// for it: in a pair, a small one comes back in a register, which a `Result` would not.
#[cold]
#[inline(never)]
fn leak_contended<V, B: RawBump + ?Sized>(
    (val, bump): (V, &B),
) -> (Option<&mut V>, MaybeUninit<V>) {
    let memory = bump.memory();
    let layout = Layout::new::<V>();
    // SAFETY: `memory` is the region's, and the alignment was compared.
    match unsafe { take_contended(layout, bump, memory, aligned_for::<B, V>()) } {
        Some(placement) => {
            let block = placed::<V, _>(bump, memory, placement, layout);
            // SAFETY: the block was just taken for a `V`.
            let place = unsafe { leak_into(block.ptr, val) };
            (Some(place), MaybeUninit::uninit())
        }
        None => (None, MaybeUninit::new(val)),
    }
}
