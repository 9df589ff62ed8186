//! The storage that a set of blocks needs, computed at compile time. The storage itself is
//! elsewhere.
//!
//! The allocators of this workspace fill a region upwards and put each block at the lowest possible
//! address. So the bytes that a known set of blocks needs are a constant, and the compiler can
//! check that a region is large enough:
//!
//! ```
//! use bump_core::Plan;
//!
//! async fn blink(times: u32) {
//!     core::future::ready(times).await;
//! }
//!
//! const PLAN: Plan = Plan::new()
//!     .push::<u16>()
//!     .push_array::<u64>(4)
//!     .push_return(&blink); // the future, whose type has no name
//!
//! #[repr(align(16))]
//! struct Storage([u8; PLAN.in_order()]);
//!
//! // Does not compile if a task needs a stricter alignment.
//! const _: () = assert!(align_of::<Storage>() >= PLAN.align());
//! # let _ = Storage([0; PLAN.in_order()]);
//! ```
//!
//! # Why the figures are enough
//!
//! Let `f(b)` be the end of the last block if the first one is placed from the address `b` on. Each
//! placement is monotone, and so is `f`: a higher base never gives a lower end.
//!
//! - *In order, from an aligned base*: place the blocks from 0 on. Moving all of them by a multiple
//!   of every alignment changes nothing, so the figure is exact.
//! - *In order, from any base*: let `A` be the strictest alignment, `lead` the blocks before the
//!   first one that has it, and `rest` the bytes of those from it on, which start at a multiple of
//!   `A`, whatever the base is:
//!
//!   ```text
//!     b = L + 1
//!     │ lead … ┊ padding │ the first block with the alignment A, and all later ones │
//!   ──┴────────┴─────────┴──────────────────────────────────────────────────────────┴──
//!   ▲                    ▲                                                          ▲
//!   L: from here, lead would end at most at the multiple of A before this one      f(b)
//!   ```
//!
//!   The worst base is one byte too high for `lead` to end at a multiple of `A`. The highest base
//!   that is not, `L`, is found by placing `lead` *downwards* from that multiple, `D` bytes below
//!   it. So the worst case is `D + (A - 1) + rest`, and that is exact, too.
//! - *In any order, from an aligned base*: all positions are multiples of the greatest power of two
//!   that divides all sizes and alignments, so the padding of a block is at most its alignment less
//!   that. *From any base*: the same with 1, or from the aligned address above it, whichever is
//!   less.

// Import `usize` and `Layout` from the parent module: the test `every_input` compiles this source
// with an 8-bit `usize` and tries every input.
use super::align::align_up;
use super::{Layout, usize};

/// A set of blocks in the order in which they will be taken, and the storage that is enough for
/// them.
///
/// Blocks of size 0 take no storage; neither they nor their alignments count. A figure larger than
/// the address space is [`usize::MAX`], for which there is no storage.
///
/// ```
/// use bump_core::Plan;
///
/// const PLAN: Plan = Plan::new().push::<u8>().push::<u32>();
/// assert_eq!((PLAN.in_order(), PLAN.align()), (8, 4));
/// ```
///
/// A region that keeps its cursor at a minimum alignment rounds each block up to that, and blocks of
/// collections are rounded to a [`UNIT`](crate::UNIT). Push layouts that are rounded as well:
///
/// ```
/// use bump_core::Plan;
/// use core::alloc::Layout;
///
/// const fn rounded<T>(align: usize) -> Layout {
///     match Layout::new::<T>().align_to(align) {
///         Ok(layout) => layout.pad_to_align(),
///         Err(_) => panic!("no alignment"),
///     }
/// }
/// const LINES: Plan = Plan::new().push_layout(rounded::<u8>(64)).push_layout(rounded::<u32>(64));
/// assert_eq!((LINES.in_order(), LINES.align()), (128, 64));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The bytes in order, from an aligned base.
    in_order: usize,
    /// The strictest alignment.
    align: usize,
    /// `D`: the distance from a multiple of `align` down to the start of the blocks before the
    /// first block with that alignment, if they are placed downwards from there.
    lead: usize,
    /// The bytes from that block on.
    rest: usize,
    /// The sum of the sizes.
    sizes: usize,
    /// The sum of the alignments.
    aligns: usize,
    /// How many blocks there are.
    count: usize,
    /// All sizes and alignments, bit by bit: the lowest bit set is the greatest power of two that
    /// divides them all.
    bits: usize,
}

impl Plan {
    /// A plan without blocks.
    ///
    /// ```
    /// use bump_core::Plan;
    ///
    /// assert_eq!(Plan::new().in_order(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Plan {
            in_order: 0,
            align: 1,
            lead: 0,
            rest: 0,
            sizes: 0,
            aligns: 0,
            count: 0,
            bits: 0,
        }
    }

    /// The plan with a block of `layout` added.
    ///
    /// ```
    /// use bump_core::Plan;
    /// use core::alloc::Layout;
    ///
    /// let plan = Plan::new().push_layout(Layout::new::<u8>()).push_layout(Layout::new::<u32>());
    /// assert_eq!(plan.in_order(), 8);
    /// ```
    #[must_use]
    pub const fn push_layout(self, layout: Layout) -> Self {
        let (size, align) = (layout.size(), layout.align());
        if size == 0 {
            return self;
        }
        let stricter = align > self.align;
        Plan {
            in_order: rounded(self.in_order, align).saturating_add(size),
            align: if stricter { align } else { self.align },
            // Downwards from a multiple of `align`, `rest` ends where its first block is aligned.
            lead: if stricter {
                self.lead.saturating_add(rounded(self.rest, self.align))
            } else {
                self.lead
            },
            rest: if stricter {
                size
            } else {
                rounded(self.rest, align).saturating_add(size)
            },
            sizes: self.sizes.saturating_add(size),
            aligns: self.aligns.saturating_add(align),
            count: self.count.saturating_add(1),
            bits: self.bits | size | align,
        }
    }

    /// The plan with a value of a type added.
    ///
    /// ```
    /// use bump_core::Plan;
    ///
    /// const PLAN: Plan = Plan::new().push::<u8>().push::<u32>();
    /// assert_eq!(PLAN.in_order(), 8);
    /// ```
    #[must_use]
    pub const fn push<T>(self) -> Self {
        self.push_layout(Layout::new::<T>())
    }

    /// The plan with a slice of `len` values added.
    ///
    /// ```
    /// use bump_core::Plan;
    ///
    /// const PLAN: Plan = Plan::new().push::<u8>().push_array::<u32>(3);
    /// assert_eq!(PLAN.in_order(), 16);
    /// ```
    #[must_use]
    pub const fn push_array<T>(self, len: usize) -> Self {
        match Layout::array::<T>(len) {
            Ok(layout) => self.push_layout(layout),
            Err(_) => self.impossible(),
        }
    }

    /// The plan with the return value of a function added. It serves for the future of an `async
    /// fn`, whose type has no name. The function is not called.
    ///
    /// ```
    /// use bump_core::Plan;
    ///
    /// async fn sum(a: u32, b: u32) -> u32 {
    ///     core::future::ready(a + b).await
    /// }
    ///
    /// const PLAN: Plan = Plan::new().push_return(&sum);
    /// assert_eq!(PLAN.in_order(), size_of_val(&sum(1, 2)));
    /// ```
    #[must_use]
    pub const fn push_return<Args, F: Callable<Args>>(self, _: &F) -> Self {
        self.push::<F::Output>()
    }

    /// The alignment of all blocks: that of an aligned base.
    ///
    /// ```
    /// assert_eq!(bump_core::Plan::new().push::<u8>().push::<u32>().align(), align_of::<u32>());
    /// ```
    #[must_use]
    pub const fn align(&self) -> usize {
        self.align
    }

    /// The bytes for the blocks in the given order, from a base that is a multiple of
    /// [`align`](Self::align). One byte less is not enough.
    ///
    /// ```
    /// use bump_core::Plan;
    ///
    /// assert_eq!(Plan::new().push::<u32>().push::<u8>().in_order(), 5);
    /// assert_eq!(Plan::new().push::<u8>().push::<u32>().in_order(), 8);
    /// ```
    #[must_use]
    pub const fn in_order(&self) -> usize {
        self.in_order
    }

    /// The bytes for the blocks in the given order, from whatever base. One byte less is not enough
    /// from the worst base.
    ///
    /// ```
    /// use bump_core::Plan;
    ///
    /// assert_eq!(Plan::new().push::<u32>().push::<u8>().in_order_unaligned(), 3 + 5);
    /// // From an aligned base 8, which is the worst already.
    /// assert_eq!(Plan::new().push::<u8>().push::<u32>().in_order_unaligned(), 8);
    /// ```
    #[must_use]
    pub const fn in_order_unaligned(&self) -> usize {
        self.lead
            .saturating_add(self.align.wrapping_sub(1))
            .saturating_add(self.rest)
    }

    /// Bytes that are enough for the blocks in any order, from a base that is a multiple of
    /// [`align`](Self::align).
    ///
    /// ```
    /// use bump_core::Plan;
    ///
    /// assert_eq!(Plan::new().push::<u8>().push::<u32>().any_order(), 1 + 4 + 3);
    /// // Nothing needs padding.
    /// assert_eq!(Plan::new().push::<u32>().push::<[u32; 3]>().any_order(), 16);
    /// ```
    #[must_use]
    pub const fn any_order(&self) -> usize {
        // The lowest bit that is set.
        self.any_order_from(self.bits & self.bits.wrapping_neg())
    }

    /// Bytes that are enough for the blocks in any order, from whatever base.
    ///
    /// ```
    /// use bump_core::Plan;
    ///
    /// assert_eq!(Plan::new().push::<u8>().push::<u32>().any_order_unaligned(), 1 + 4 + 3);
    /// assert_eq!(Plan::new().push::<u32>().push::<[u32; 3]>().any_order_unaligned(), 16 + 3);
    /// ```
    #[must_use]
    pub const fn any_order_unaligned(&self) -> usize {
        let from_anywhere = self.any_order_from(1);
        let from_aligned = self.any_order().saturating_add(self.align.wrapping_sub(1));
        if from_anywhere < from_aligned {
            from_anywhere
        } else {
            from_aligned
        }
    }

    /// The bytes in any order if all positions are multiples of `grain`, which divides all
    /// alignments.
    const fn any_order_from(&self, grain: usize) -> usize {
        // Each of the `count` alignments is at least `grain`. So the subtraction overflows only if
        // the sum of the alignments already did, and then the figure is unknown.
        if self.aligns == usize::MAX {
            return usize::MAX;
        }
        let padding = self.aligns.wrapping_sub(self.count.wrapping_mul(grain));
        self.sizes.saturating_add(padding)
    }

    /// The plan with a block for which there is no storage.
    const fn impossible(self) -> Self {
        Plan {
            in_order: usize::MAX,
            rest: usize::MAX,
            sizes: usize::MAX,
            ..self
        }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Plan::new()
    }
}

/// `address` rounded up, [`usize::MAX`] if that lies beyond the address space.
const fn rounded(address: usize, align: usize) -> usize {
    match align_up(address, align) {
        Some(rounded) => rounded,
        None => usize::MAX,
    }
}

/// Functions and closures, by the tuple of their arguments, of which there are at most eight. With
/// it, [`Plan::push_return`] can name the type that they return.
///
/// ```
/// use bump_core::plan::Callable;
///
/// fn size_of_result<Args, F: Callable<Args>>(_: &F) -> usize {
///     size_of::<F::Output>()
/// }
///
/// fn add(a: u64, b: u64) -> u64 {
///     a + b
/// }
///
/// assert_eq!(size_of_result(&add), 8);
/// ```
pub trait Callable<Args> {
    /// The type that it returns.
    type Output;
}

macro_rules! impl_callable {
    ($($arg:ident)*) => {
        impl<F: FnOnce($($arg),*) -> Output, Output, $($arg),*> Callable<($($arg,)*)> for F {
            type Output = Output;
        }
    };
}

impl_callable!();
impl_callable!(A);
impl_callable!(A B);
impl_callable!(A B C);
impl_callable!(A B C D);
impl_callable!(A B C D E);
impl_callable!(A B C D E G);
impl_callable!(A B C D E G H);
impl_callable!(A B C D E G H I);
