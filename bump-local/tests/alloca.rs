//! Slices on the stack: every size, every alignment, and none.

use core::fmt::Debug;

use bump_local::Alloca;

fn check<T: Copy + PartialEq + Debug>(len: usize, val: T) {
    let sum = Alloca::<T>::new(len).unwrap().run(|places| {
        assert_eq!(places.len(), len);
        assert_eq!(places.as_ptr().addr() % align_of::<T>(), 0);
        let written = places.iter_mut().map(|place| *place.write(val));
        written.filter(|written| *written == val).count()
    });
    assert_eq!(sum, len);
}

#[test]
fn every_size() {
    for exponent in 0..if cfg!(miri) { 12 } else { 20 } {
        for len in [(1 << exponent) - 1, 1 << exponent, (1 << exponent) + 1] {
            check(len, 0x5a_u8);
        }
    }
    check(if cfg!(miri) { 1 << 9 } else { 1 << 17 }, u64::MAX);
    assert!(Alloca::<u64>::new((1 << 17) + 1).is_none());
    assert!(Alloca::<u8>::new(usize::MAX).is_none());
}

#[test]
fn every_alignment() {
    #[repr(align(4096))]
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Page(u8);

    check(0, Page(1));
    check(5, Page(2));
}

#[test]
fn nothing_takes_nothing() {
    /// More strictly aligned than the stack is large.
    #[repr(align(0x1000_0000))]
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Nothing;

    let places = |len| Alloca::<Nothing>::new(len).unwrap();
    for len in [0, 1, usize::MAX] {
        assert_eq!(places(len).run(|places| places.len()), len);
    }
    check::<()>(1000, ());
}

#[test]
fn closures_nest() {
    let total = Alloca::<u16>::new(3).unwrap().run(|outer| {
        outer[2].write(2);
        let inner = Alloca::<u16>::new(3)
            .unwrap()
            .run(|inner| *inner[2].write(40));
        // SAFETY: written above.
        inner + unsafe { outer[2].assume_init() }
    });
    assert_eq!(total, 42);
}
