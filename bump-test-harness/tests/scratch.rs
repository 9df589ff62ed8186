//! Random operations on an arena and the scratches that are open in it: both allocate meanwhile,
//! the limit changes, memory is appended, and all of it may unwind. No block is damaged, and in the
//! end all memory is there again.

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
    /// A string in the arena, finished or not, with blocks in between.
    Text(Vec<usize>, bool),
    Limit(Option<usize>),
    Append(usize),
    /// A scratch beside the arena, or beside the innermost scratch.
    Scratch(Vec<Op>, bool),
    Unwind,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => (0_usize..300).prop_map(Op::Result),
        6 => (0_usize..300).prop_map(Op::Temporary),
        2 => (vec(0_usize..30, 0..6), any::<bool>()).prop_map(|(text, end)| Op::Text(text, end)),
        2 => prop::option::of(0_usize..5000).prop_map(Op::Limit),
        1 => (1_usize..600).prop_map(Op::Append),
        1 => Just(Op::Unwind),
    ];
    let op = op.prop_recursive(5, 60, 12, |op| {
        let scratch = (vec(op, 0..12), any::<bool>());
        scratch.prop_map(|(ops, beside)| Op::Scratch(ops, beside))
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

/// Runs the operations; `innermost` is the scratch that was opened last.
fn run<'a, const MIN_ALIGN: usize>(
    arena: &'a Arena<'_, MIN_ALIGN>,
    innermost: Option<&Scope<'_, '_, Chunks<MIN_ALIGN>>>,
    results: &mut Blocks<'a>,
    ops: &[Op],
) {
    let mut temporaries = Blocks::default();
    for op in ops {
        match op {
            Op::Result(len) => results.fill(arena.try_alloc_slice_uninit(*len).ok()),
            Op::Temporary(len) => {
                let places =
                    innermost.and_then(|scratch| scratch.try_alloc_slice_uninit(*len).ok());
                temporaries.fill(places);
            }
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
            Op::Scratch(ops, beside) => match innermost.filter(|_| *beside) {
                None => arena.scratch(|scratch| run(arena, Some(scratch), results, ops)),
                Some(outer) => outer.scratch(|scratch| run(arena, Some(scratch), results, ops)),
            },
            Op::Unwind => resume_unwind(Box::new(())),
        }
        temporaries.check();
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
            run(&arena, None, &mut results, ops);
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
            // What is left of a chunk, or the first piece of the next one.
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
