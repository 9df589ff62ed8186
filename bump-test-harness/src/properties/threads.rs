//! Many threads on one allocator: every block is filled with a pattern of its own, and given back
//! by a thread that did not allocate it.

use crate::property::{Outcome, Trial};

#[cfg(not(feature = "std"))]
pub(crate) fn threads(_trial: &Trial<'_>) -> Outcome {
    Outcome::Inapplicable("threads need the feature `std`")
}

#[cfg(feature = "std")]
pub(crate) fn threads(trial: &Trial<'_>) -> Outcome {
    let (threads, rounds, steps) = if cfg!(miri) { (2, 2, 8) } else { (4, 12, 60) };
    let mut total = crate::Coverage::default();
    for round in 0..rounds {
        let mut result = Ok(crate::Coverage::default());
        let shared = trial.subject.fresh_shared(&mut |heap| {
            result = std_threads::round(heap, threads, round, steps);
        });
        if !shared {
            return Outcome::Inapplicable("it is not promised to be shared between threads");
        }
        match result {
            Ok(coverage) => total += coverage,
            Err(mut violation) => {
                use core::fmt::Write as _;
                let _ = write!(violation.detail, " (with {threads} threads)");
                return crate::property::failed(violation.rule, violation.detail);
            }
        }
    }
    Outcome::Passed(total)
}

#[cfg(feature = "std")]
mod std_threads {
    use alloc::vec::Vec;
    use core::alloc::Layout;
    use core::ops::Range;
    use core::ptr::NonNull;
    use std::sync::Barrier;
    use std::thread;

    use crate::block::Block;
    use crate::heap::{Granted, Heap, Interface, Resize};
    use crate::model::{Coverage, Limits, Model, release_all};
    use crate::op::{STEP, decode, layout};
    use crate::subject::SharedHeap;
    use crate::violation::{Rule, Violation};

    /// All threads run a sequence of their own and keep what lives at the end; then all blocks are
    /// compared, and each thread gives back those of its neighbour.
    pub(super) fn round(
        heap: &SharedHeap<'_>,
        threads: u8,
        round: u64,
        steps: u64,
    ) -> Result<Coverage, Violation> {
        let start = Barrier::new(usize::from(threads));
        let run = |lane: u8| {
            start.wait();
            thread(heap, lane, round, steps)
        };
        let results: Vec<_> = thread::scope(|scope| {
            let run = &run;
            let handles: Vec<_> = (0..threads)
                .map(|lane| scope.spawn(move || run(lane)))
                .collect();
            handles
                .into_iter()
                .map(thread::ScopedJoinHandle::join)
                .collect()
        });
        let mut total = Coverage::default();
        let mut kept = Vec::new();
        for result in results {
            let (blocks, coverage) =
                result.map_err(|_| Violation::new(Rule::Calm, "a thread panicked"))??;
            total += coverage;
            kept.push(blocks);
        }
        disjoint(kept.iter().flatten())?;

        kept.rotate_left(1);
        let released: Vec<_> = thread::scope(|scope| {
            let handles: Vec<_> = kept
                .into_iter()
                .map(|blocks| {
                    // SAFETY: the models took the blocks from this heap and handed them over.
                    scope.spawn(move || unsafe { release_all(heap, blocks) })
                })
                .collect();
            handles
                .into_iter()
                .map(thread::ScopedJoinHandle::join)
                .collect()
        });
        for result in released {
            result.map_err(|_| Violation::new(Rule::Calm, "a thread panicked"))??;
        }
        Ok(total)
    }

    fn thread(
        heap: &SharedHeap<'_>,
        lane: u8,
        round: u64,
        steps: u64,
    ) -> Result<(Vec<Block>, Coverage), Violation> {
        let mut heap = Shared(heap);
        let mut model = Model::new(&mut heap, Limits::SMALL, lane);
        // Mostly small requests back to back, where a lost update shows; every other round random
        // operations of all kinds.
        if round % 2 == 0 {
            for i in 0..steps {
                model.allocate(layout(8 << (i % 2), 8), false)?;
            }
            model.check()?;
        } else {
            let mut state = (round << 8) | u64::from(lane);
            for _ in 0..steps {
                for op in decode(&random(&mut state)) {
                    model.step(op)?;
                }
            }
        }
        let coverage = model.coverage();
        Ok((model.into_live(), coverage))
    }

    /// Two operations' worth of random bytes: SplitMix64 (Steele, Lea and Flood, 2014).
    fn random(state: &mut u64) -> [u8; 2 * STEP] {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)).to_le_bytes()
    }

    /// Whether no two blocks of any threads overlap.
    fn disjoint<'b>(blocks: impl Iterator<Item = &'b Block>) -> Result<(), Violation> {
        let mut ranges: Vec<Range<usize>> = blocks
            .map(Block::range)
            .filter(|range| !range.is_empty())
            .collect();
        ranges.sort_by_key(|range| range.start);
        match ranges.windows(2).find(|pair| pair[1].start < pair[0].end) {
            Some(_) => Err(Violation::new(
                Rule::Disjoint,
                "two threads got the same bytes",
            )),
            None => Ok(()),
        }
    }

    /// A shared heap as each thread's model sees it: without what needs exclusive access.
    struct Shared<'h>(&'h SharedHeap<'h>);

    // SAFETY: each call is passed on to a heap that keeps the contract.
    unsafe impl Heap for Shared<'_> {
        fn interface(&self) -> Interface {
            self.0.interface()
        }

        fn allocate(&self, layout: Layout, zeroed: bool) -> Option<Granted> {
            self.0.allocate(layout, zeroed)
        }

        unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
            // SAFETY: the caller's promises are those of the same call of the heap.
            unsafe { self.0.deallocate(ptr, layout) }
        }

        unsafe fn resize(
            &self,
            ptr: NonNull<u8>,
            old: Layout,
            new: Layout,
            how: Resize,
        ) -> Option<Granted> {
            // SAFETY: the caller's promises are those of the same call of the heap.
            unsafe { self.0.resize(ptr, old, new, how) }
        }

        fn owns(&self, block: Range<usize>) -> Option<bool> {
            self.0.owns(block)
        }
    }
}
