//! Arenas of one thread, carved out of the global heap: one that takes its chunks there by itself,
//! and one over a buffer; scopes with destructors and pinned values.

use alloc::boxed::Box;
use alloc::string::String;
use bump_local::Arena;
use core::cell::{Cell, RefCell};
use core::mem::MaybeUninit;

use crate::HEAP;

/// A tree whose nodes live in the arena, as long as it does.
struct Tree<'a> {
    value: u32,
    children: &'a [Tree<'a>],
}

impl<'a> Tree<'a> {
    fn grow(arena: &'a Arena<'_>, depth: u32) -> Self {
        let children = match depth {
            0 => &mut [],
            _ => arena.alloc_slice_fill_with(2, |_| Tree::grow(arena, depth - 1)),
        };
        Tree {
            value: depth,
            children,
        }
    }

    fn sum(&self) -> u32 {
        self.value + self.children.iter().map(Tree::sum).sum::<u32>()
    }
}

/// Records its end.
struct Ends<'a>(&'a RefCell<String>, char);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().push(self.1);
    }
}

/// Arenas and scopes on memory of the global heap.
pub fn check() {
    let before = HEAP.statistics().in_use;
    chunks();
    buffer();
    growing();
    assert!(
        HEAP.statistics().in_use == before,
        "the arenas have returned their memory"
    );
}

fn chunks() {
    let mut arena = Arena::new();
    let tree = Tree::grow(&arena, 3);
    assert!(tree.sum() == 3 + 2 * 2 + 4);
    let text = arena.alloc_str("kept");
    text.make_ascii_uppercase();
    assert!(text == "KEPT");
    assert!(arena.allocated_bytes() > 0);
    arena.reset();
    assert!(arena.used_bytes() == 0);
}

fn buffer() {
    let mut buffer: Box<[MaybeUninit<u8>]> = Box::new_uninit_slice(256);
    let mut arena = Arena::from_mem(&mut buffer);
    let log = RefCell::new(String::new());
    for _ in 0..20 {
        arena.scope(|scope| {
            let pinned = scope.pin((Cell::new(1_u16), Ends(&log, 'a')));
            scope.alloc_dropped(Ends(&log, 'b'));
            scope.scope(|inner| {
                inner.alloc_slice_fill_copy(40, 0x55_u8);
                inner.alloc_dropped(Ends(&log, 'c'));
            });
            pinned.0.set(pinned.0.get() + 1);
            assert!(pinned.0.get() == 2);
        });
        assert!(log.take() == "cba", "destructors run in reverse order");
    }
    assert!(arena.try_alloc([0_u8; 100]).is_ok());
}

/// Vectors and strings grow without a heap: here on the stack.
fn growing() {
    let mut buffer = [MaybeUninit::uninit(); 256];
    let mut arena = Arena::from_mem(&mut buffer);
    for _ in 0..20 {
        arena.scope(|scope| {
            let mut numbers = scope.vec_builder();
            let mut text = scope.string_builder();
            for number in 0..10_u8 {
                numbers.insert(0, number);
                text.push(char::from(b'0' + number));
            }
            numbers.retain(|number| number % 2 == 0);
            text.truncate(4);
            let (numbers, text) = (numbers.finish(), text.finish());
            scope.scope(|inner| inner.alloc_slice_fill_copy(40, 0x55_u8).len());
            assert!(numbers == [8, 6, 4, 2, 0] && text == "0123");
        });
    }
    assert!(arena.used_bytes() == 0);
}
