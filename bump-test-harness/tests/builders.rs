//! Vectors and strings that grow in a region, and arenas of one type, by random operations, against
//! `Vec` and `String`. Blocks are taken beside them, and must keep their content; memory ends at any
//! time.

extern crate alloc;

use alloc::rc::Rc;
use core::cell::Cell;
use core::mem::MaybeUninit;

use bump_local::{Arena, ArenaRef, BumpSlice, Rewind, TypedArena};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;

#[derive(Clone, Debug)]
enum Op {
    Push,
    /// So many values, of an iterator that claims another number of them.
    Extend(u8, u8),
    Insert(prop::sample::Index),
    Pop,
    Remove(prop::sample::Index),
    SwapRemove(prop::sample::Index),
    Truncate(prop::sample::Index),
    /// Drops those whose number this divides.
    Retain(u32),
    Clear,
    Reserve(u8),
    /// A block beside the vector.
    Block(u8),
}

#[derive(Clone, Copy, Debug)]
enum End {
    Finished,
    Boxed,
    Dropped,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let index = any::<prop::sample::Index>;
    let op = prop_oneof![
        8 => Just(Op::Push),
        3 => (0_u8..40, 0_u8..60).prop_map(|(len, claim)| Op::Extend(len, claim)),
        3 => index().prop_map(Op::Insert),
        2 => Just(Op::Pop),
        1 => index().prop_map(Op::Remove),
        1 => index().prop_map(Op::SwapRemove),
        1 => index().prop_map(Op::Truncate),
        1 => (1_u32..5).prop_map(Op::Retain),
        1 => Just(Op::Clear),
        1 => (0_u8..100).prop_map(Op::Reserve),
        2 => (1_u8..20).prop_map(Op::Block),
    ];
    vec(op, 0..if cfg!(miri) { 8 } else { 60 })
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Finished), Just(End::Boxed), Just(End::Dropped)]
}

/// A value that is counted.
#[derive(Debug)]
struct Value {
    number: u32,
    alive: Rc<Cell<usize>>,
}

impl Drop for Value {
    fn drop(&mut self) {
        self.alive.set(self.alive.get() - 1);
    }
}

/// An iterator that claims any number of values at least.
struct Claims<I>(I, usize);

impl<I: Iterator> Iterator for Claims<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.1, None)
    }
}

/// Runs the operations; returns whether a block was taken beside the vector.
fn run<A: Rewind + ?Sized>(
    arena: ArenaRef<'_, '_, A>,
    ops: &[Op],
    end: End,
) -> Result<bool, TestCaseError> {
    let alive = Rc::new(Cell::new(0));
    let mut next = 0;
    let mut make = || {
        next += 1;
        alive.set(alive.get() + 1);
        let alive = Rc::clone(&alive);
        Value {
            number: next,
            alive,
        }
    };
    let mut expected: Vec<u32> = Vec::new();
    let mut blocks: Vec<&[u8]> = Vec::new();
    let mut builder = arena.vec_builder();
    for op in ops {
        match op {
            Op::Push => {
                let value = make();
                let number = value.number;
                if builder.try_push(value).is_ok() {
                    expected.push(number);
                }
            }
            Op::Extend(len, claim) => {
                let before = builder.len();
                let values = (0..*len).map(|_| make());
                let result = builder.try_extend(Claims(values, usize::from(*claim)));
                let added = builder.len() - before;
                prop_assert!(result.is_err() || added == usize::from(*len));
                expected.extend(builder[before..].iter().map(|value| value.number));
                prop_assert!(expected[before..].is_sorted());
            }
            Op::Insert(index) => {
                let index = index.index(expected.len() + 1);
                let value = make();
                let number = value.number;
                if builder.try_insert(index, value).is_ok() {
                    expected.insert(index, number);
                }
                prop_assert!(builder.try_insert(builder.len() + 1, make()).is_err());
            }
            Op::Pop => {
                prop_assert_eq!(builder.pop().map(|value| value.number), expected.pop());
            }
            Op::Remove(index) if !expected.is_empty() => {
                let index = index.index(expected.len());
                prop_assert_eq!(builder.remove(index).number, expected.remove(index));
            }
            Op::SwapRemove(index) if !expected.is_empty() => {
                let index = index.index(expected.len());
                prop_assert_eq!(
                    builder.swap_remove(index).number,
                    expected.swap_remove(index)
                );
            }
            Op::Remove(_) | Op::SwapRemove(_) => {}
            Op::Truncate(len) => {
                let len = len.index(expected.len() + 2);
                builder.truncate(len);
                expected.truncate(len);
            }
            Op::Retain(divisor) => {
                builder.retain(|value| value.number % divisor != 0);
                expected.retain(|number| number % divisor != 0);
            }
            Op::Clear => {
                builder.clear();
                expected.clear();
            }
            Op::Reserve(additional) => {
                let additional = usize::from(*additional);
                if builder.try_reserve(additional).is_ok() {
                    prop_assert!(builder.capacity() >= builder.len() + additional);
                }
            }
            Op::Block(size) => {
                let content = arena.try_alloc_slice_fill_copy(usize::from(*size), *size);
                blocks.extend(content.map(|block| &*block));
            }
        }
        let numbers = builder.iter().map(|value| value.number);
        prop_assert!(numbers.eq(expected.iter().copied()));
        prop_assert_eq!(alive.get(), expected.len());
        prop_assert!(builder.len() <= builder.capacity());
        for block in &blocks {
            prop_assert!(block.iter().all(|byte| usize::from(*byte) == block.len()));
        }
    }
    let is_same = |values: &[Value]| {
        let numbers = values.iter().map(|value| value.number);
        numbers.eq(expected.iter().copied())
    };
    match end {
        End::Finished => {
            let values = builder.finish();
            let _ = arena.try_alloc([0xff_u8; 64]);
            prop_assert!(is_same(values));
            for value in values {
                // SAFETY: a value that is not used any more, and that nobody else drops.
                unsafe { core::ptr::drop_in_place(value) };
            }
        }
        End::Boxed => {
            let values = builder.finish_boxed();
            let _ = arena.try_alloc([0xff_u8; 64]);
            prop_assert!(is_same(&values));
        }
        End::Dropped => drop(builder),
    }
    prop_assert_eq!(alive.get(), 0);
    Ok(!blocks.is_empty())
}

/// The same for strings, with characters of one to four bytes.
fn run_text<A: Rewind + ?Sized>(
    arena: ArenaRef<'_, '_, A>,
    ops: &[Op],
    end: End,
) -> Result<(), TestCaseError> {
    let chars = ['a', 'ä', '€', '🦀'];
    let mut expected = String::new();
    let mut blocks: Vec<&[u8]> = Vec::new();
    let mut builder = arena.string_builder();
    for (op, char) in ops.iter().zip(chars.into_iter().cycle()) {
        match op {
            Op::Push | Op::Insert(_) | Op::Retain(_) => {
                if builder.try_push(char).is_ok() {
                    expected.push(char);
                }
            }
            Op::Extend(len, _) => {
                let text: String = (0..*len).map(|_| char).collect();
                if builder.try_push_str(&text).is_ok() {
                    expected.push_str(&text);
                }
            }
            Op::Pop | Op::Remove(_) | Op::SwapRemove(_) => {
                prop_assert_eq!(builder.pop(), expected.pop());
            }
            Op::Truncate(len) => {
                let len = len.index(expected.len() + 2);
                if expected.is_char_boundary(len) || len > expected.len() {
                    builder.truncate(len);
                    expected.truncate(len);
                }
            }
            Op::Clear => {
                builder.clear();
                expected.clear();
            }
            Op::Reserve(additional) => {
                let additional = usize::from(*additional);
                if builder.try_reserve(additional).is_ok() {
                    prop_assert!(builder.capacity() >= builder.len() + additional);
                }
            }
            Op::Block(size) => {
                let content = arena.try_alloc_slice_fill_copy(usize::from(*size), *size);
                blocks.extend(content.map(|block| &*block));
            }
        }
        prop_assert_eq!(&*builder, &expected);
        for block in &blocks {
            prop_assert!(block.iter().all(|byte| usize::from(*byte) == block.len()));
        }
    }
    if let End::Finished | End::Boxed = end {
        let text = builder.finish();
        let _ = arena.try_alloc([0xff_u8; 64]);
        prop_assert_eq!(&*text, &expected);
    }
    Ok(())
}

/// The same for an arena of values of one type.
fn run_typed(mut arena: TypedArena<'_, Value>, ops: &[Op], end: End) -> Result<(), TestCaseError> {
    let alive = Rc::new(Cell::new(0));
    let mut next = 0;
    let mut make = || {
        next += 1;
        alive.set(alive.get() + 1);
        let alive = Rc::clone(&alive);
        Value {
            number: next,
            alive,
        }
    };
    let mut expected: Vec<u32> = Vec::new();
    for op in ops {
        match op {
            Op::Extend(len, claim) => {
                let values = (0..*len).map(|_| make());
                let values = arena.try_alloc_extend(Claims(values, usize::from(*claim)));
                if let Ok(values) = values {
                    prop_assert_eq!(values.len(), usize::from(*len));
                    expected.extend(values.iter().map(|value| value.number));
                }
            }
            Op::Clear => {
                arena.clear();
                expected.clear();
            }
            Op::Block(size) => {
                let content = arena.as_arena();
                let _ = content.try_alloc_slice_fill_copy(usize::from(*size), 0xff_u8);
            }
            _ => {
                let value = make();
                let number = value.number;
                if arena.try_alloc(value).is_ok() {
                    expected.push(number);
                }
            }
        }
        prop_assert_eq!((arena.len(), alive.get()), (expected.len(), expected.len()));
        let numbers = arena.iter_mut().map(|value| value.number);
        prop_assert!(numbers.eq(expected.iter().copied()));
    }
    if let End::Boxed = end {
        let values = arena.into_vec();
        let numbers = values.iter().map(|value| value.number);
        prop_assert!(numbers.eq(expected.iter().copied()));
    } else {
        drop(arena);
    }
    prop_assert_eq!(alive.get(), 0);
    Ok(())
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 128 },
        failure_persistence: None,
        // Seeding the default one for each choice takes most of the time in Miri.
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn in_a_region_of_a_fixed_size(ops in ops(), end in end(), size in 0_usize..3000) {
        let mut memory = [MaybeUninit::uninit(); 3100];
        let mut bump = BumpSlice::from_mem(&mut memory[..16 + size]).unwrap();
        let beside = run(bump.arena_ref(), &ops, end)?;
        // Nothing is lost but what was left behind when the vector had to move.
        if let (End::Dropped, false) = (end, beside) {
            prop_assert!(bump.used() < 8);
        }
        bump.reset();
        run_text(bump.arena_ref(), &ops, end)?;
    }

    #[test]
    fn in_a_scope_of_an_arena_that_grows(ops in ops(), end in end(), limit in 0_usize..20_000) {
        let mut arena = Arena::new();
        arena.set_allocation_limit(Some(limit));
        arena.scope(|scope| run(scope.arena_ref(), &ops, end))?;
        arena.scope(|scope| run_text(scope.arena_ref(), &ops, end))?;
        prop_assert_eq!(arena.used_bytes(), 0);
    }

    #[test]
    fn with_an_aligned_cursor(ops in ops(), end in end(), size in 0_usize..3000) {
        let mut memory = [MaybeUninit::uninit(); 3200];
        let arena = Arena::<16>::with_min_align_from_mem(&mut memory[..100 + size]);
        run(arena.arena_ref(), &ops, end)?;
        run_text(arena.arena_ref(), &ops, end)?;
        arena.alloc_slice_fill_copy(0, 0);
    }

    #[test]
    fn in_an_arena_of_one_type(ops in ops(), end in end(), size in 0_usize..3000, limit in 0_usize..20_000) {
        let mut memory = [MaybeUninit::uninit(); 3200];
        run_typed(TypedArena::from_mem(&mut memory[..size]), &ops, end)?;
        let arena = Arena::new();
        arena.set_allocation_limit(Some(limit));
        run_typed(arena.into(), &ops, end)?;
    }
}
