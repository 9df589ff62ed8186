//! Random operations on an arena and the scratches that are open in it: both allocate meanwhile,
//! the limit changes, memory is appended, and all of it may unwind. No block is damaged, and in the
//! end all memory is there again.

use core::cell::RefCell;
use core::mem::{self, MaybeUninit};
use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

use bump_local::{Arena, Chunks, Scope};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;

#[derive(Clone, Debug)]
enum Op {
    /// A block in the arena.
    Result(usize),
    /// A block in the innermost scratch.
    Temporary(usize),
    /// A block in any of the scratches.
    Outer(usize, usize),
    /// A string in the arena, finished or not, with blocks in between.
    Text(Vec<usize>, bool),
    Limit(Option<usize>),
    Append(usize),
    /// Results that are freed by a checkpoint of the arena.
    Rewind(Vec<Op>),
    /// A scratch beside the arena, or beside the innermost scratch.
    Scratch(Vec<Op>, bool),
    Unwind,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => (0_usize..300).prop_map(Op::Result),
        6 => (0_usize..300).prop_map(Op::Temporary),
        3 => (0_usize..300, any::<usize>()).prop_map(|(len, which)| Op::Outer(len, which)),
        2 => (vec(0_usize..30, 0..6), any::<bool>()).prop_map(|(text, end)| Op::Text(text, end)),
        2 => prop::option::of(0_usize..5000).prop_map(Op::Limit),
        1 => (1_usize..600).prop_map(Op::Append),
        1 => Just(Op::Unwind),
    ];
    let op = op.prop_recursive(5, 60, 12, |op| {
        let scratch = (vec(op.clone(), 0..12), any::<bool>());
        prop_oneof![
            3 => scratch.prop_map(|(ops, beside)| Op::Scratch(ops, beside)),
            1 => vec(op, 0..12).prop_map(Op::Rewind),
        ]
    });
    vec(op, 0..if cfg!(miri) { 6 } else { 20 })
}

/// Blocks, and the byte that they were filled with.
#[derive(Default)]
struct Blocks<'a>(Vec<(&'a mut [u8], u8)>);

impl<'a> Blocks<'a> {
    fn fill(&mut self, places: Option<&'a mut [MaybeUninit<u8>]>) {
        let content = u8::try_from(self.0.len() % 251).unwrap();
        if let Some(places) = places {
            places.fill(MaybeUninit::new(content));
            // SAFETY: just filled.
            let block = unsafe { mem::transmute::<&mut [MaybeUninit<u8>], &mut [u8]>(places) };
            self.0.push((block, content));
        }
    }

    fn check(&self) {
        for (block, content) in &self.0 {
            assert_eq!(block.iter().find(|byte| *byte != content), None);
        }
    }
}

/// A scratch, and the blocks in it.
struct Temporaries<'r, 's, 'env, const MIN_ALIGN: usize> {
    scratch: &'r Scope<'s, 'env, Chunks<MIN_ALIGN>>,
    blocks: RefCell<Blocks<'s>>,
}

/// An open scratch, whatever its lifetimes.
trait Open<const MIN_ALIGN: usize> {
    fn fill(&self, len: usize);
    fn check(&self);
    fn scratch(&self, f: &mut dyn FnMut(&Scope<'_, '_, Chunks<MIN_ALIGN>>));
}

impl<const MIN_ALIGN: usize> Open<MIN_ALIGN> for Temporaries<'_, '_, '_, MIN_ALIGN> {
    fn fill(&self, len: usize) {
        let places = self.scratch.try_alloc_slice_uninit(len).ok();
        self.blocks.borrow_mut().fill(places);
    }

    fn check(&self) {
        self.blocks.borrow().check();
    }

    fn scratch(&self, f: &mut dyn FnMut(&Scope<'_, '_, Chunks<MIN_ALIGN>>)) {
        self.scratch.scratch(|scratch| f(scratch));
    }
}

/// Runs the operations; of the open scratches, the innermost is the last.
fn run<'a, const MIN_ALIGN: usize>(
    arena: &'a Arena<'_, MIN_ALIGN>,
    open: &[&dyn Open<MIN_ALIGN>],
    results: &mut Blocks<'a>,
    ops: &[Op],
) {
    for op in ops {
        match op {
            Op::Result(len) => results.fill(arena.try_alloc_slice_uninit(*len).ok()),
            Op::Temporary(len) => open.last().into_iter().for_each(|open| open.fill(*len)),
            Op::Outer(len, which) if !open.is_empty() => open[which % open.len()].fill(*len),
            Op::Outer(..) => {}
            Op::Text(pieces, finished) => {
                let mut text = arena.string_builder();
                let mut expected = String::new();
                for len in pieces {
                    let piece = "x".repeat(*len);
                    if text.try_push_str(&piece).is_ok() {
                        expected += &piece;
                    }
                    results.fill(arena.try_alloc_slice_uninit(len % 3).ok());
                    arena.scratch(|scratch| drop(scratch.try_alloc([0xff_u8; 20])));
                }
                assert_eq!(text.as_str(), expected);
                if *finished {
                    // SAFETY: the filling is ASCII.
                    let block = unsafe { text.finish().as_bytes_mut() };
                    results.0.push((block, b'x'));
                }
            }
            Op::Limit(limit) => arena.set_allocation_limit(*limit),
            Op::Append(capacity) => {
                let other = Arena::with_min_align_and_capacity(*capacity);
                other.alloc(1_u8);
                arena.append(other);
            }
            Op::Rewind(ops) => {
                let (checkpoint, before) = (arena.checkpoint(), results.0.len());
                run(arena, open, results, ops);
                results.0.truncate(before);
                // SAFETY: the results since are gone, and the same scratches are open.
                unsafe { arena.rewind(checkpoint) };
            }
            Op::Scratch(ops, beside) => {
                let mut inside = |scratch: &Scope<'_, '_, Chunks<MIN_ALIGN>>| {
                    let blocks = RefCell::default();
                    let innermost = Temporaries { scratch, blocks };
                    let open: Vec<_> = open.iter().copied().chain([&innermost as _]).collect();
                    run(arena, &open, results, ops);
                };
                match open.last().filter(|_| *beside) {
                    None => arena.scratch(|scratch| inside(scratch)),
                    Some(open) => open.scratch(&mut inside),
                }
            }
            Op::Unwind => resume_unwind(Box::new(())),
        }
        open.iter().for_each(|open| open.check());
        results.check();
        let sum = results.0.iter().map(|(block, _)| block.len()).sum();
        assert!(arena.used_bytes() >= sum);
    }
}

fn check<const MIN_ALIGN: usize>(mut arena: Arena<'_, MIN_ALIGN>, runs: &[Vec<Op>]) {
    let footer = size_of::<[usize; 5]>().next_multiple_of(16);
    let borrowed = (arena.allocated_bytes(), arena.chunks().count());
    for ops in runs {
        let mut results = Blocks::default();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            run(&arena, &[], &mut results, ops);
        }));
        // Failed assertions have a message.
        assert!(ended.is_ok() || ended.is_err_and(|unwound| unwound.is::<()>()));
        results.check();
        drop(results);

        let footers = (arena.chunks().count() - borrowed.1) * footer;
        let all = borrowed.0 + arena.allocated_bytes_including_metadata() - footers;
        assert_eq!(arena.allocated_bytes(), all);
        arena.reset();
        let limit = arena.allocation_limit();
        arena.set_allocation_limit(Some(0));
        let mut taken = 0;
        loop {
            // The rest of a chunk, or the first piece of the next one.
            let len = arena.chunk_capacity().max(MIN_ALIGN);
            if arena.try_alloc_slice_uninit::<u8>(len).is_err() {
                break;
            }
            taken += len;
        }
        assert_eq!(taken, arena.allocated_bytes());
        assert_eq!(taken, arena.used_bytes());
        arena.set_allocation_limit(limit);
        arena.reset();
    }
}

/// Whether a block of temporaries, filled, is what it was filled with after `f`.
fn kept<R>(block: &mut [u8], f: impl FnOnce() -> R) -> R {
    block.fill(0xa5);
    let result = f();
    assert!(block.iter().all(|byte| *byte == 0xa5));
    result
}

#[test]
fn a_buffer_serves_what_a_small_chunk_cannot() {
    const LARGE: usize = if cfg!(miri) { 5000 } else { 200_000 };
    let mut memory = vec![MaybeUninit::uninit(); 1 << 20];
    let mut arena = Arena::from_mem(&mut memory);
    let capacity = arena.allocated_bytes();
    for limit in [0, 512, 1000, 100_000] {
        arena.set_allocation_limit(Some(limit));
        for size in [10, 1000, LARGE, 1000] {
            let result = arena.scratch(|temporaries| {
                let block = temporaries.try_alloc_slice_fill_copy(size, 0).unwrap();
                kept(block, || arena.alloc_slice_fill_copy(size, 1_u8).len())
            });
            assert_eq!((result, arena.used_bytes()), (size, size));
            arena.reset();
            assert_eq!(arena.chunk_capacity(), capacity);
        }
        arena.release_memory();
    }
}

#[test]
fn scratches_split_a_buffer_in_any_order() {
    // Which of three scratches, one in the other, takes temporaries first, second and third.
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        // Of the arena, or each of the one before.
        for nested in [false, true] {
            let mut memory = [MaybeUninit::uninit(); 4000];
            let mut arena = Arena::from_mem(&mut memory);
            let room = arena.chunk_capacity();
            let text = arena.alloc_str("kept").as_ptr();
            arena.scratch(|one| {
                let second = |two: &mut Scope<'_, '_, Chunks>| {
                    let third = |three: &mut Scope<'_, '_, Chunks>| {
                        let alloc = |which| match which {
                            0 => one.try_alloc_slice_fill_copy(100, 0_u8).unwrap(),
                            1 => two.try_alloc_slice_fill_copy(100, 0_u8).unwrap(),
                            _ => three.try_alloc_slice_fill_copy(100, 0_u8).unwrap(),
                        };
                        let [first, second, third] = order.map(alloc);
                        kept(first, || {
                            kept(second, || kept(third, || arena.alloc([1_u8; 100]).len()))
                        });
                    };
                    if nested {
                        two.scratch(third);
                    } else {
                        arena.scratch(third);
                    }
                    let block = two.alloc([7_u8; 50]);
                    kept(block, || arena.alloc([1_u8; 100]).len());
                };
                if nested {
                    one.scratch(second);
                } else {
                    arena.scratch(second);
                }
                let block = one.alloc([7_u8; 50]);
                kept(block, || arena.alloc([1_u8; 100]).len());
            });
            assert_eq!((arena.used_bytes(), arena.chunks().count()), (304, 1));
            assert_eq!(arena.chunk_capacity(), room - 304);
            arena.reset();
            assert_eq!(arena.alloc_str("kept").as_ptr(), text);
        }
    }
}

#[test]
fn a_checkpoint_from_before_a_chunk_was_split() {
    let mut memory = [MaybeUninit::uninit(); 4000];
    let mut other = [MaybeUninit::uninit(); 4000];
    let mut arena = Arena::from_mem(&mut []);
    arena.add_mem(&mut other);
    arena.add_mem(&mut memory);
    let capacity = arena.allocated_bytes();
    arena.set_allocation_limit(Some(0));
    for (size, temporary) in [(10, 1000), (3000, 1200), (3900, 1000)] {
        arena.scratch(|temporaries| {
            arena.alloc([1_u8; 10]);
            let checkpoint = arena.checkpoint();
            // In the other buffer, or in the half of it.
            let _ = temporaries.alloc_slice_fill_copy(3000, 0_u8);
            let _ = arena.try_alloc_slice_fill_copy(size, 1_u8);
            let block = temporaries.try_alloc_slice_fill_copy(temporary, 0_u8);
            // SAFETY: what was allocated since in the arena is not used any more.
            unsafe { arena.rewind(checkpoint) };
            assert_eq!(arena.used_bytes(), 10);
            if let Ok(block) = block {
                kept(block, || while arena.try_alloc([2_u8; 10]).is_ok() {});
            }
            // SAFETY: as above.
            unsafe { arena.rewind(checkpoint) };
            assert_eq!(arena.used_bytes(), 10);
        });
        arena.reset();
        assert_eq!(
            (arena.allocated_bytes(), arena.chunks().count()),
            (capacity, 2)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        // Seeding the default one for each choice takes most of the time in Miri.
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 64 })
    })]

    #[test]
    fn on_the_heap(runs in vec(ops(), 1..4), limit in prop::option::of(0_usize..20_000)) {
        let arena = Arena::new();
        arena.set_allocation_limit(limit);
        check(arena, &runs);
    }

    #[test]
    fn in_buffers(runs in vec(ops(), 1..4), lens in vec(0_usize..2000, 1..4)) {
        let mut memory = [const { [MaybeUninit::uninit(); 2000] }; 4];
        let mut arena = Arena::<16>::with_min_align_from_mem(&mut []);
        for (memory, len) in memory.iter_mut().zip(lens) {
            arena.add_mem(&mut memory[..len]);
        }
        check(arena, &runs);
    }
}
