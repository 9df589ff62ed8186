//! Rounding, against the multiples that there are.

use super::tiny::align::{align_down, align_up, is_aligned, padding};
use super::{alignments, next_multiple, numbers};

#[test]
fn rounding_finds_the_nearest_multiple() {
    for align in alignments() {
        for address in numbers() {
            let above = next_multiple(address.into(), align);
            assert_eq!(is_aligned(address, align), address % align == 0);
            assert_eq!(align_up(address, align), u8::try_from(above).ok());
            assert_eq!(
                u16::from(padding(address, align)),
                above - u16::from(address)
            );
            let below = (0..=address).rfind(|below| below % align == 0);
            assert_eq!(Some(align_down(address, align)), below);
        }
    }
}
