//! Counts of the free blocks in lists, for programs that look at a heap.

use core::fmt;

use crate::class::class_size;
use crate::in_grains::base;
use crate::link::read;
use crate::{Cursor, FreeLists, RawBump};

impl<C: Cursor, const N: usize, const MERGE: bool> FreeLists<C, N, MERGE> {
    /// The free blocks of a class; `None` if they are in somebody's hand.
    ///
    /// They are counted one by one, and in hand meanwhile: others that want one wait, or take more
    /// of the region.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// // SAFETY: the lists are used with this region only.
    /// let [one, _two] = [(); 2].map(|()| unsafe { lists.allocate(&region, layout) }.unwrap());
    /// // SAFETY: the block is from these lists, with this layout.
    /// unsafe { lists.deallocate(&region, one, layout) };
    /// // SAFETY: as above.
    /// assert_eq!(unsafe { lists.count(&region, class_of(8)) }, Some(1));
    /// ```
    ///
    /// # Safety
    ///
    /// All blocks in the lists are from `region`.
    pub unsafe fn count<B: RawBump>(&self, region: &B, class: usize) -> Option<usize> {
        let list = self.list(class)?;
        if list.is_empty() {
            return Some(0);
        }
        let chain = list.detach(&mut 0)?;
        let (mut block, mut count) = (chain, 0);
        while block != 0 {
            count += 1;
            // SAFETY: the blocks were detached, each with a link.
            block = unsafe { read(base(region), block) };
        }
        // SAFETY: it was detached just now.
        unsafe { list.attach(base(region), chain) };
        Some(count)
    }

    /// The bytes in the lists. Those that somebody has in hand are not counted.
    ///
    /// They are counted as by [`count`](Self::count), one list after the other.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    #[doc = include_str!("lists_example.txt")]
    /// // SAFETY: the lists are used with this region only.
    /// let [one, _two] = [(); 2].map(|()| unsafe { lists.allocate(&region, layout) }.unwrap());
    /// // SAFETY: the block is from these lists, with this layout.
    /// unsafe { lists.deallocate(&region, one, layout) };
    /// // SAFETY: as above.
    /// assert_eq!(unsafe { lists.free_bytes(&region) }, 8);
    /// ```
    ///
    /// # Safety
    ///
    /// As for [`count`](Self::count).
    pub unsafe fn free_bytes<B: RawBump>(&self, region: &B) -> usize {
        (0..N)
            .map(|class| {
                // SAFETY: the caller's promise.
                let count = unsafe { self.count(region, class) };
                class_size(class) * count.unwrap_or(0)
            })
            .sum()
    }

    /// The `Debug` of a heap: the region, and a table of the free blocks.
    ///
    /// # Errors
    ///
    /// The errors of the formatter.
    ///
    /// # Safety
    ///
    /// As for [`count`](Self::count).
    #[doc(hidden)]
    pub unsafe fn debug<B: RawBump + fmt::Debug>(
        &self,
        region: &B,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        writeln!(f, "Recycling over {region:?}")?;
        write!(f, "{:>12} {:>12} {:>12}", "block", "free", "bytes")?;
        let mut sum: usize = 0;
        for class in 0..N {
            let size = class_size(class);
            // SAFETY: the caller's promise.
            match unsafe { self.count(region, class) } {
                Some(0) => {}
                Some(count) => {
                    sum += size * count;
                    write!(f, "\n{size:>12} {count:>12} {:>12}", size * count)?;
                }
                None => write!(f, "\n{size:>12} {:>12}", "in hand")?,
            }
        }
        write!(f, "\n{:>12} {:>12} {sum:>12}", "all", "")
    }
}
