//! [`smallest_region`]: finds the smallest size with which something completes. It knows nothing of
//! traces and heaps; its caller replays the one on the other.

/// The smallest region, in bytes, in which something completes, such as a trace on a heap: `least`
/// or more, and no more than `most`; `None` if not even that suffices.
///
/// It is found by bisection, to within 1/200 of `least`, or 16 bytes. `completes` is told a size, a
/// multiple of 16. A heap may complete in one region and not in a larger one, so a smaller region
/// than the one found may suffice too.
///
/// ```
/// use bump_test_harness::trace::smallest_region;
///
/// let found = smallest_region(1000, 1 << 20, |size| size >= 3000);
/// assert!((3000..3032).contains(&found.unwrap()));
/// assert_eq!(smallest_region(1000, 2000, |size| size >= 3000), None);
/// ```
pub fn smallest_region(
    least: usize,
    most: usize,
    mut completes: impl FnMut(usize) -> bool,
) -> Option<usize> {
    const UNIT: usize = 16;
    let most = most / UNIT * UNIT;
    let mut low = least.div_ceil(UNIT).max(1) * UNIT;
    // Doubled until it suffices, so that little is done in regions that are far too large.
    let mut high = low;
    while !completes(high) {
        if high >= most {
            return None;
        }
        low = high;
        high = high.saturating_mul(2).min(most);
    }
    while high - low > (least / 200).max(UNIT) {
        let middle = low.midpoint(high) / UNIT * UNIT;
        if completes(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn the_smallest_region_is_found_within_its_bounds() {
        for wanted in [0, 1, 16, 17, 999, 1000, 1001, 5000, 65520] {
            let mut sizes = Vec::new();
            let found = smallest_region(1000, 65535, |size| {
                sizes.push(size);
                size >= wanted
            });
            let found = found.unwrap();
            assert!(found >= wanted && found >= 1000 && found <= wanted.max(1000) + 16);
            assert!(sizes.iter().all(|size| size % 16 == 0 && *size <= 65535));
        }
        assert_eq!(smallest_region(1000, 65535, |size| size > 65520), None);
    }
}
