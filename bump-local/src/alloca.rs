//! [`Alloca`]: a slice on the stack.

use core::alloc::Layout;
use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// The most bytes on the stack.
const LARGEST: usize = 1 << if usize::BITS > 16 { 20 } else { 12 };

/// A slice on the stack whose length is known at run time only. A closure gets it, and cannot keep it.
///
/// The buffer has as many bytes as the slice, rounded up to a power of two from 8 bytes to 1 MiB (4
/// KiB where addresses have 16 bits).
///
/// ```
/// use bump_local::Alloca;
///
/// let squares = Alloca::<u32>::new(10).unwrap();
/// let sum: u32 = squares.run(|places| {
///     let values = places.iter_mut().zip(0..);
///     values.map(|(place, number)| *place.write(number * number)).sum()
/// });
/// assert_eq!(sum, 285);
///
/// assert!(Alloca::<u32>::new(usize::MAX).is_none());
/// assert!(Alloca::<u32>::new(1 << 20).is_none());
/// ```
#[derive(Clone, Copy)]
pub struct Alloca<T> {
    /// `len * size_of::<T>()` is at most [`LARGEST`].
    len: usize,
    marker: PhantomData<fn() -> T>,
}

impl<T> Alloca<T> {
    /// A slice of `len` values; `None` if it is larger than the largest buffer.
    ///
    /// ```
    /// use bump_local::Alloca;
    ///
    /// assert!(Alloca::<u64>::new(100).is_some());
    /// assert!(Alloca::<u64>::new(usize::MAX).is_none());
    /// ```
    #[must_use]
    pub fn new(len: usize) -> Option<Self> {
        let layout = Layout::array::<T>(len).ok()?;
        (layout.size() <= LARGEST).then_some(Alloca {
            len,
            marker: PhantomData,
        })
    }

    /// Calls `run` with places for the values.
    ///
    /// ```
    /// use bump_local::Alloca;
    ///
    /// let sum = Alloca::<u64>::new(3).unwrap().run(|places| {
    ///     places.iter_mut().map(|place| *place.write(14)).sum::<u64>()
    /// });
    /// assert_eq!(sum, 42);
    /// ```
    pub fn run<R>(&self, run: impl FnOnce(&mut [MaybeUninit<T>]) -> R) -> R {
        macro_rules! run_in {
            ($($size:literal)*) => {
                match self.len * size_of::<T>() {
                    // No bytes need no buffer, at whatever alignment.
                    // SAFETY: an aligned pointer, and values without bytes or none.
                    0 => run(unsafe {
                        core::slice::from_raw_parts_mut(NonNull::dangling().as_ptr(), self.len)
                    }),
                    $(size if size <= 1 << $size => self.run_in::<{ 1 << $size }, R>(run),)*
                    // `new` refuses more bytes than this.
                    _ => self.run_in::<LARGEST, R>(run),
                }
            };
        }
        // Larger buffers do not compile where addresses have 16 bits.
        #[cfg(target_pointer_width = "16")]
        {
            run_in!(3 4 5 6 7 8 9 10 11)
        }
        #[cfg(not(target_pointer_width = "16"))]
        {
            run_in!(3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19)
        }
    }

    /// Calls `run` with places in a buffer of `SIZE` bytes, which is large enough for them.
    // Never inlined: otherwise one frame would hold the buffers of all sizes.
    #[inline(never)]
    fn run_in<const SIZE: usize, R>(&self, run: impl FnOnce(&mut [MaybeUninit<T>]) -> R) -> R {
        /// So many bytes, aligned for a `T`.
        #[repr(C)]
        struct Buffer<T, const SIZE: usize> {
            bytes: [u8; SIZE],
            align: [T; 0],
        }

        debug_assert!(self.len * size_of::<T>() <= SIZE);
        let mut buffer = MaybeUninit::<Buffer<T, SIZE>>::uninit();
        let start = buffer.as_mut_ptr().cast::<MaybeUninit<T>>();
        // SAFETY: aligned for a `T`, with the bytes for as many, which need not be initialised; and
        // the buffer is not used otherwise.
        run(unsafe { core::slice::from_raw_parts_mut(start, self.len) })
    }
}

impl<T> fmt::Debug for Alloca<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alloca").field("len", &self.len).finish()
    }
}
