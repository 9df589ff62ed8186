//! A small frame allocator: the frames of a memory map, in an order of its own, some of them for others
//! than the heap.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bump_global::Grow;

use crate::map;

pub const FRAME: usize = 4096;

/// One of so many frames is for somebody else.
const OTHERS: usize = 8;

/// The numbers of frames are taken in steps of this, a prime number: no two that follow each other
/// border.
const STEP: usize = 1009;

const RANGES: usize = 8;

/// The first frame of each range, and how many it has.
static RANGE: [(AtomicUsize, AtomicUsize); RANGES] =
    [const { (AtomicUsize::new(0), AtomicUsize::new(0)) }; RANGES];

/// All frames, and those that were taken.
static COUNT: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// Takes over the usable ranges of a memory map: start and length in bytes, once. The first frame stays
/// out, as address 0 is no pointer, and so do the frames of the image.
pub fn init(map: &[(usize, usize)]) {
    let image = map::image();
    let mut ranges = RANGE.iter();
    for &(start, len) in map {
        let (start, end) = (start.max(FRAME), start + len);
        for (start, end) in [(start, end.min(image.start)), (start.max(image.end), end)] {
            let first = start.div_ceil(FRAME);
            let frames = (end / FRAME).saturating_sub(first);
            if frames == 0 {
                continue;
            }
            let (range_first, range_frames) = ranges.next().expect("few ranges");
            range_first.store(first, Relaxed);
            range_frames.store(frames, Relaxed);
            COUNT.fetch_add(frames, Relaxed);
        }
    }
    assert_ne!(COUNT.load(Relaxed) % STEP, 0, "each step is another frame");
}

/// A frame, by its turn.
fn frame(turn: usize) -> NonNull<u8> {
    let mut number = turn * STEP % COUNT.load(Relaxed);
    for (first, frames) in &RANGE {
        let (first, frames) = (first.load(Relaxed), frames.load(Relaxed));
        if number < frames {
            let start = ptr::with_exposed_provenance_mut((first + number) * FRAME);
            return NonNull::new(start).expect("not the first frame");
        }
        number -= frames;
    }
    unreachable!("less than the count");
}

/// Whether a turn is one of somebody else.
const fn is_for_others(turn: usize) -> bool {
    turn % OTHERS == OTHERS - 1
}

/// The frames that somebody else has by now.
pub fn of_others() -> impl Iterator<Item = NonNull<u8>> {
    (0..TAKEN.load(Relaxed))
        .filter(|&turn| is_for_others(turn))
        .map(frame)
}

/// How many frames the heap can have.
pub fn for_the_heap() -> usize {
    (0..COUNT.load(Relaxed))
        .filter(|&turn| !is_for_others(turn))
        .count()
}

/// The byte that another owner writes.
pub const FOREIGN: u8 = 0xee;

/// The frames of the heap, one at a time.
pub struct Frames(());

impl Frames {
    /// # Safety
    ///
    /// There is no other: two heaps would get the same frames.
    pub const unsafe fn new() -> Self {
        Frames(())
    }
}

// SAFETY: each turn is a frame of its own, which the memory map says is usable, and which nobody else gets.
// Memory outside of the image is no object of the language; its addresses are taken for exposed.
unsafe impl Grow for Frames {
    fn grow(&self, _: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        if bytes > FRAME {
            return None;
        }
        loop {
            let left = |turn| (turn < COUNT.load(Relaxed)).then_some(turn + 1);
            let turn = TAKEN.fetch_update(Relaxed, Relaxed, left).ok()?;
            let start = frame(turn);
            if is_for_others(turn) {
                // SAFETY: the frame is this turn's.
                unsafe { start.write_bytes(FOREIGN, FRAME) };
                if !cfg!(feature = "fail") {
                    continue;
                }
            }
            return Some(NonNull::slice_from_raw_parts(start, FRAME));
        }
    }
}
