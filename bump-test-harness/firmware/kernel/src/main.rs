//! A kernel that finds its memory. It has a small heap in its image before it knows the memory map, which
//! it gets from whoever has started it. Then its heap takes frames as it needs them, in any order and
//! with those of others in between, until there are none.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::alloc::{Layout, alloc, dealloc};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::{self, NonNull};

use bump_global::{Bump, Fallback, Growing, Recycling, Region};

mod frames;
#[allow(dead_code, reason = "the self-test has other needs as well")]
#[path = "../../selftest/src/machine.rs"]
mod machine;
mod map;

/// Nothing interrupts that allocates.
mod interrupt {
    pub fn fired() {}
}

use frames::{FRAME, Frames};

/// Memory of the image, until there is more.
type Early = Bump<[u64; 512]>;

/// Memory of the map.
type Mapped = Growing<Frames, Recycling<Region<1, true>>>;

#[global_allocator]
static HEAP: Fallback<Early, Mapped> =
    // SAFETY: the only one.
    Fallback::new(Bump::uninit(), Growing::new(unsafe { Frames::new() }));

/// A block, filled with its number; each points to the one before.
#[repr(C)]
struct Block {
    previous: *mut Block,
    words: [usize; WORDS],
}

const WORDS: usize = 255;
const LAYOUT: Layout = Layout::new::<Block>();

/// Takes blocks until one is refused, or there are as many: the last one, and how many there are.
fn take(most: usize) -> (*mut Block, usize) {
    let (mut last, mut count) = (ptr::null_mut(), 0);
    while count < most {
        // SAFETY: not 0 bytes.
        let block: *mut Block = unsafe { alloc(LAYOUT) }.cast();
        if block.is_null() {
            break;
        }
        count += 1;
        let content = Block {
            previous: last,
            words: [count; WORDS],
        };
        // SAFETY: just taken, for this.
        unsafe { block.write(content) };
        last = block;
    }
    (last, count)
}

/// Frees blocks, after a look at what is in them.
fn give_back(mut last: *mut Block, mut count: usize) {
    while !last.is_null() {
        // SAFETY: a block that `take` has written.
        let block = unsafe { &*last };
        let intact = block.words.iter().all(|&word| word == count);
        assert!(intact, "a block was overwritten");
        let previous = block.previous;
        // SAFETY: taken with this layout, and not used any more.
        unsafe { dealloc(last.cast(), LAYOUT) };
        (last, count) = (previous, count - 1);
    }
}

fn selftest() {
    // Before the map is known, there is what the image has.
    let map: Vec<(usize, usize)> = map::usable().collect();
    let early = HEAP.primary().used();
    assert!(early > 0 && HEAP.secondary().capacity() == 0);
    let mut large: Vec<u8> = Vec::new();
    assert!(large.try_reserve(FRAME).is_err(), "there are no frames yet");
    for &(start, len) in &map {
        say!("usable: {len:#x} bytes at {start:#x}");
    }

    // From here on frames are taken.
    frames::init(&map);
    drop(map);
    assert_eq!(HEAP.primary().used(), 0, "blocks find their way home");
    let kept = Box::new([7_u64; 64]);
    let (last, count) = take(usize::MAX);
    let (capacity, frames) = (HEAP.secondary().capacity(), frames::for_the_heap());
    machine::figure("frames of the heap", frames);
    machine::figure("blocks of 2 KiB", count);
    for _ in 0..3 {
        // SAFETY: not 0 bytes.
        let refused = unsafe { alloc(LAYOUT) }.is_null();
        assert!(refused, "again and again");
    }
    let foreign = |frame: NonNull<u8>| {
        // SAFETY: written when it was taken, and not by the heap.
        let bytes = unsafe { core::slice::from_raw_parts(frame.as_ptr(), FRAME) };
        bytes.iter().all(|&byte| byte == frames::FOREIGN)
    };
    assert!(
        frames::of_others().count() > frames / 8 && frames::of_others().all(foreign),
        "a frame of others was overwritten"
    );
    // The frame right in front of the first is not used to its end.
    assert!(frames * FRAME - capacity < 64 && count + 3 > frames * 2);
    give_back(last, count);
    assert_eq!(*kept, [7; 64]);

    // Freed memory is used again, and frames that border are one block.
    let list: Vec<u8> = Vec::with_capacity(3 * FRAME);
    let (last, again) = take(count - 8);
    assert_eq!(again, count - 8);
    give_back(last, again);
    drop(list);
    assert!(large.try_reserve(1 << 30).is_err());
    assert_eq!(HEAP.secondary().capacity(), capacity);
}
