//! Trees of Lua, as the example `lua` of `bump-local` makes them, of so many files at once: on arenas, on
//! arenas of one type each, or in boxes.
//!
//! ```text
//! trees ALLOCATOR FILES
//! ```
//!
//! Prints what it was told, the nanoseconds for a file, of the shortest of some turns, and the bytes for a
//! file that were taken from the heap. Each allocator has a process of its own, since the system's heap
//! takes less time for large chunks after some were freed.

#[expect(dead_code, reason = "there is no error that would be told")]
#[path = "../../../../bump-local/examples/lua/lexer.rs"]
mod lexer;
#[path = "../../../../bump-local/examples/lua/parser.rs"]
mod parser;
#[expect(dead_code, reason = "trees are made here, and not looked at")]
#[path = "../../../../bump-local/examples/lua/tree.rs"]
mod tree;

use std::alloc::System;
use std::env;
use std::error::Error;
use std::mem::{self, MaybeUninit};
use std::num::NonZero;
use std::slice;
use std::time::{Duration, Instant};

use bump_global::Tracked;
use bump_local::Arena;
use parser::{Trees, parse};

#[global_allocator]
static HEAP: Tracked<System> = Tracked::new(System);

const SAMPLE: &str = include_str!("../../../../bump-local/examples/lua/sample.lua");

#[derive(Clone, Copy)]
struct Bumpalo<'p>(&'p bumpalo::Bump);

impl<'p> Trees<'p> for Bumpalo<'p> {
    fn one<T: Copy + 'p>(self, value: T) -> &'p T {
        self.0.alloc(value)
    }
    fn slice<T: Copy + 'p>(self, values: &[T]) -> &'p [T] {
        self.0.alloc_slice_copy(values)
    }
    fn text(self, text: &str) -> &'p str {
        self.0.alloc_str(text)
    }
}

/// Each part of a tree in a box of its own. They are not freed, so that is not counted.
#[derive(Clone, Copy)]
struct Boxes;

impl<'p> Trees<'p> for Boxes {
    fn one<T: Copy + 'p>(self, value: T) -> &'p T {
        Box::leak(Box::new(value))
    }
    fn slice<T: Copy + 'p>(self, values: &[T]) -> &'p [T] {
        Box::leak(values.into())
    }
    fn text(self, text: &str) -> &'p str {
        Box::leak(text.into())
    }
}

/// A word of a part of a tree.
type Word = MaybeUninit<u64>;

/// The words of a value, some of which may be padding.
fn words<T: Copy, const N: usize>(value: &T) -> [Word; N] {
    assert_eq!(size_of::<T>(), size_of::<[Word; N]>());
    // SAFETY: just compared, and any bytes are valid words.
    unsafe { mem::transmute_copy(value) }
}

/// Arenas of typed-arena: one for the text, and for the parts of a tree one for each size, since the
/// parser does not tell an arena the type.
macro_rules! typed {
    ($($arena:ident: $words:literal),* $(,)?) => {
        #[derive(Default)]
        struct Typed {
            text: typed_arena::Arena<u8>,
            $($arena: typed_arena::Arena<[Word; $words]>,)*
        }

        impl<'p> Trees<'p> for &'p Typed {
            fn one<T: Copy + 'p>(self, value: T) -> &'p T {
                const { assert!(align_of::<T>() <= align_of::<Word>()) };
                let place: *const T = match size_of::<T>() / size_of::<Word>() {
                    $($words => (&raw const *self.$arena.alloc(words(&value))).cast(),)*
                    words => unreachable!("no arena for {words} words"),
                };
                // SAFETY: the bytes of the value, aligned for it, which nobody writes to.
                unsafe { &*place }
            }

            fn slice<T: Copy + 'p>(self, values: &[T]) -> &'p [T] {
                const { assert!(align_of::<T>() <= align_of::<Word>()) };
                let start: *const T = match size_of::<T>() / size_of::<Word>() {
                    $($words => {
                        (&raw const *self.$arena.alloc_extend(values.iter().map(words))).cast()
                    })*
                    words => unreachable!("no arena for {words} words"),
                };
                // SAFETY: the bytes of so many values, aligned for them, which nobody writes to.
                unsafe { slice::from_raw_parts(start, values.len()) }
            }

            fn text(self, text: &str) -> &'p str {
                self.text.alloc_str(text)
            }
        }
    };
}

typed! {
    one: 1, three: 3, four: 4, five: 5, seven: 7, nine: 9, eleven: 11, fourteen: 14,
}

/// Parses as many files, and what the parser needs meanwhile is in `beside`.
fn files<'p>(beside: &mut Arena<'_>, trees: impl Trees<'p>, number: usize) {
    for _ in 0..number {
        beside.scope(|beside| {
            let file = parse(trees, beside.arena_ref(), SAMPLE);
            assert!(file.is_ok_and(|file| file.nodes > 300));
        });
    }
}

/// The shortest time for a file, and the bytes that one takes. A turn makes the files, and is timed;
/// what it returns is dropped then.
fn measure<T>(number: usize, turn: impl Fn(&mut Arena<'_>) -> (Duration, T)) -> (f64, usize) {
    let mut beside = Arena::new();
    turn(&mut beside);
    let (mut shortest, mut bytes) = (Duration::MAX, 0);
    for _ in 0..3 + 300 / number {
        let before = HEAP.statistics().in_use;
        let (time, made) = turn(&mut beside);
        bytes = HEAP.statistics().in_use - before;
        shortest = shortest.min(time);
        drop(made);
    }
    (shortest.as_secs_f64() / number as f64, bytes / number)
}

/// The time of what makes files.
fn timed(make: impl FnOnce()) -> Duration {
    let start = Instant::now();
    make();
    start.elapsed()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().collect();
    let [_, allocator, number] = &arguments[..] else {
        return Err("usage: trees ALLOCATOR FILES".into());
    };
    let number = number.parse::<NonZero<usize>>()?.get();
    let (time, bytes) = match &allocator[..] {
        "bump-local" => measure(number, |beside| {
            let arena = Arena::new();
            let time = timed(|| files(beside, arena.arena_ref(), number));
            (time, arena)
        }),
        "bumpalo" => measure(number, |beside| {
            let arena = bumpalo::Bump::new();
            let time = timed(|| files(beside, Bumpalo(&arena), number));
            (time, arena)
        }),
        "typed-arena" => measure(number, |beside| {
            let arenas = Typed::default();
            let time = timed(|| files(beside, &arenas, number));
            (time, arenas)
        }),
        "boxes" => measure(number, |beside| {
            (timed(|| files(beside, Boxes, number)), ())
        }),
        _ => return Err("no such allocator".into()),
    };
    println!("{allocator},{number},{:.0},{bytes}", time * 1e9);
    Ok(())
}
