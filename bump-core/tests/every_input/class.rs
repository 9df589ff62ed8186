//! The size classes, against a list of all sizes that there are.

use super::tiny::class::{
    CLASSES, GRAIN, class_of, class_size, class_within, needed, rounded_size,
};
use super::{alignments, layouts, next_multiple};

/// Half of the address space: larger blocks do not exist.
const HALF: u8 = 1 << 7;

/// All sizes of blocks: multiples of the grain up to eight, then only those of which no more than
/// four lie between a power of two and the next.
fn sizes() -> Vec<u8> {
    let grain = u16::from(GRAIN);
    (1..=u16::from(HALF))
        .filter(|size| size % grain == 0)
        .filter(|size| {
            // The power of two below the size, and a quarter of what lies up to the next one.
            let power = alignments()
                .map(u16::from)
                .filter(|power| power < size)
                .max()
                .unwrap_or(1);
            *size <= 8 * grain || size % (power / 4) == 0
        })
        .map(|size| u8::try_from(size).expect("half of the address space at most"))
        .collect()
}

#[test]
fn there_are_as_many_classes_as_sizes() {
    assert_eq!(sizes(), [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128]);
    assert_eq!(usize::from(CLASSES), sizes().len());
}

#[test]
fn a_class_has_the_size_of_its_number() {
    for (class, size) in (0..CLASSES).zip(sizes()) {
        assert_eq!(class_size(class), size);
    }
}

#[test]
fn the_class_of_a_size_is_the_smallest_that_is_large_enough() {
    for size in 1..=HALF {
        let enough = sizes().into_iter().position(|block| block >= size);
        let class = enough.expect("the largest is half of the address space");
        assert_eq!(usize::from(class_of(size)), class, "{size}");
        assert_eq!(rounded_size(size), sizes()[class], "{size}");
    }
}

#[test]
fn the_class_within_a_size_is_the_largest_that_is_small_enough() {
    for size in 0..=HALF {
        let within = sizes().into_iter().rposition(|block| block <= size);
        assert_eq!(class_within(size).map(usize::from), within, "{size}");
    }
}

#[test]
fn a_block_is_at_most_a_quarter_or_a_unit_larger_than_what_it_serves() {
    for size in 1..=HALF {
        let more = rounded_size(size) - size;
        assert!(more < GRAIN || more < size / 4, "{size}");
    }
}

#[test]
fn an_aligned_block_fits_wherever_the_bytes_start_that_it_needs() {
    for layout in layouts() {
        let needed = u16::from(needed(layout));
        assert!(needed <= u16::from(HALF));
        let free = needed - u16::from(layout.size());
        if layout.align() <= GRAIN {
            assert_eq!(free, 0);
            continue;
        }
        let grain = u16::from(GRAIN);
        let most = (0..16)
            .map(|start| start * grain)
            .map(|start| next_multiple(start + grain, layout.align()) - start)
            .max();
        // Enough for each start, and for one of them not a byte more.
        assert_eq!(most, Some(free), "{layout:?}");
    }
}

/// No input makes them panic, whatever they return.
#[test]
fn they_are_total() {
    for number in 0..=u8::MAX {
        let _ = (class_of(number), rounded_size(number));
        let _ = (class_size(number), class_within(number));
    }
}
