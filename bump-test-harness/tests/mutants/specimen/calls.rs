//! The calls of the specimen that call the program: values of closures, and items of iterators.

use core::alloc::Layout;
use core::ptr::NonNull;
use core::sync::atomic::Ordering::SeqCst;

use super::{Bug, CAPACITY, Specimen};

impl Specimen {
    pub(crate) fn alloc_with(&self, make: &mut dyn FnMut() -> [u64; 4]) -> Option<&mut [u64; 4]> {
        let before = self.cursor.load(SeqCst);
        let value = make();
        if self.is(Bug::ReservesBeforeTheClosure) {
            self.cursor.store(before, SeqCst);
        }
        let block = match self.take(Layout::new::<[u64; 4]>()) {
            None if self.is(Bug::ClosuresPassTheEnd) => self.at(CAPACITY),
            None if self.is(Bug::PanicsInACallWhenFull) => panic!("full"),
            block => block?,
        };
        let mut block = block.cast();
        // SAFETY: the block is new, large enough and aligned.
        unsafe { block.write(value) };
        // SAFETY: just written.
        Some(unsafe { block.as_mut() })
    }

    pub(crate) fn alloc_from_iter(
        &self,
        items: &mut dyn Iterator<Item = u64>,
    ) -> Option<&mut [u64]> {
        /// Sets the cursor back if the iterator unwinds.
        struct Restore<'s>(&'s Specimen, usize);

        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                if self.0.is(Bug::ForgetsWhatAPanicLeft) {
                    self.0.cursor.store(self.1, SeqCst);
                }
            }
        }

        let hint = items.size_hint().0;
        let restore = Restore(self, self.cursor.load(SeqCst));
        let items: Vec<u64> = items.take(1000).collect();
        core::mem::forget(restore);
        let all = items.len();
        let (taken, len) = match self.bug {
            Some(Bug::BelievesTheHint) => (hint, hint),
            Some(Bug::StopsAtTheHint) => (all.min(hint), all.min(hint)),
            // At least one, so that there is a block.
            Some(Bug::TakesAsTheHintSays) => (all.min(hint.max(1)), all),
            _ => (all, all),
        };
        let block = self.take(Layout::array::<u64>(taken).ok()?)?.cast::<u64>();
        for (i, item) in items.iter().take(len).enumerate() {
            // SAFETY: `i` is inside the block, or in the margin behind the memory.
            let place = unsafe { block.add(i) };
            // SAFETY: as above; the block is new.
            unsafe { place.write(*item) };
        }
        let mut slice = NonNull::slice_from_raw_parts(block, len);
        // SAFETY: just written, unless a bug says that there are more items.
        Some(unsafe { slice.as_mut() })
    }
}
