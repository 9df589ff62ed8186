//! The allocators of a fixed size. Their scopes are tested in `scopes`.

use core::alloc::Layout;
use core::mem::{self, MaybeUninit};

use bump_local::{Bump, BumpSlice, Failure, LeakBox, Level};

#[repr(align(4096))]
#[derive(Clone, Copy)]
struct Page(#[expect(dead_code, reason = "only its size and alignment count")] [u8; 4096]);

#[test]
fn const_and_zeroed() {
    let bump = const { Bump::<[u8; 8]>::zeroed() };
    let block = bump.get::<[u8; 8]>().unwrap();
    // SAFETY: taken for this type, of memory that is zero.
    assert_eq!(unsafe { block.ptr.read() }, [0; 8]);
    let bump = const { Bump::<[u8; 8]>::uninit() };
    assert_eq!((bump.used(), bump.capacity()), (0, 8));
}

#[test]
fn memory_that_held_something_else() {
    let mut place = MaybeUninit::<Bump<[u64; 4]>>::uninit();
    // SAFETY: all bytes of the place.
    unsafe { place.as_mut_ptr().write_bytes(0xff, 1) };
    let bump = Bump::from_maybe_uninit(&mut place);
    assert_eq!(bump.level(), Level::new(0));
    assert_eq!(**bump.leak_box(7_u64).as_ref().unwrap(), 7);
}

#[test]
fn over_aligned_content() {
    let mut bump = Bump::<[Page; 2]>::uninit();
    assert!(bump.as_bump_slice().is_none());
    assert!(bump.as_mut_bump_slice().is_none());
    for _ in 0..2 {
        let page = bump.leak(Page([1; 4096])).unwrap();
        assert!((&raw const *page).is_aligned());
    }
    assert!(bump.leak(1_u8).is_err());
    bump.reset();
    bump.leak(1_u8).unwrap();
    assert!(bump.bump_array::<Page>(1).is_ok());
    assert_eq!(bump.used(), 8192);
    bump.reset();
    bump.scope(|scope| {
        scope.alloc(1_u8);
        assert!((&raw const *scope.alloc(Page([0; 4096]))).is_aligned());
    });
}

#[test]
fn buffers_of_every_start_and_length() {
    let unit = align_of::<Bump<u8>>();
    let mut memory = [MaybeUninit::uninit(); 64];
    for start in 0..if cfg!(miri) { 3 } else { 17 } {
        for end in start..memory.len() {
            let memory = &mut memory[start..end];
            let range = memory.as_ptr_range();
            let (low, high) = (range.start.addr(), range.end.addr());
            let length = memory.len();
            let Ok(bump) = BumpSlice::from_mem(memory) else {
                assert!(length < 2 * unit);
                continue;
            };
            assert!(bump.capacity() + 3 * unit > length);
            let address = (&raw const *bump).cast::<u8>().addr();
            assert!(low <= address && address + size_of_val(&*bump) <= high);
            let mut bytes = 0;
            while let Ok(byte) = bump.leak(0xa5_u8) {
                assert!((low..high).contains(&(&raw const *byte).addr()));
                bytes += 1;
            }
            assert_eq!(bytes, bump.capacity());
            assert_eq!(bump.level().byte_offset(), bytes);
            let memory = BumpSlice::into_mem(bump);
            assert!(memory.len() <= length);
            // SAFETY: just returned, and untouched.
            let mut bump = unsafe { BumpSlice::from_mem_unchecked(memory) };
            assert_eq!((bump.used(), bump.capacity()), (bytes, bytes));
            bump.reset();
            assert_eq!(bump.used(), 0);
        }
    }
}

#[cfg(feature = "alloc")]
#[test]
fn in_a_box() {
    for capacity in [0, 1, 7, 8, 9, 1000] {
        let bump = BumpSlice::new(capacity);
        assert_eq!(bump.capacity(), capacity);
        assert_eq!(
            bump.leak_slice_copy(&vec![1_u8; capacity]).unwrap().len(),
            capacity
        );
        assert!(bump.leak(1_u8).is_err());
    }
    assert!(BumpSlice::try_new(usize::MAX).is_err());
    assert!(BumpSlice::try_new(isize::MAX.unsigned_abs()).is_err());
}

#[test]
fn nothing_panics() {
    let bump = Bump::<[usize; 2]>::uninit();
    let slice: &BumpSlice = &bump;
    let nothing = Layout::new::<()>();
    assert!(slice.alloc(nothing).is_some());
    assert!(slice.alloc_at(nothing, slice.level()).is_ok());
    let elsewhere = Level::new(usize::MAX);
    let mismatch = Failure::Mismatch {
        observed: Level::new(0),
    };
    assert_eq!(slice.alloc_at(nothing, elsewhere), Err(mismatch));
    assert_eq!(slice.get_at::<u64>(Level::new(99)), Err(mismatch));
    assert!(slice.bump_box::<()>().is_ok());
    assert!(slice.bump_box::<[u64; 3]>().is_err());
    assert!(slice.bump_array::<()>(usize::MAX).is_ok());
    assert_eq!(
        slice.bump_array::<u8>(usize::MAX).err(),
        Some(Failure::Exhausted)
    );
    assert_eq!(
        slice.bump_array::<u64>(usize::MAX).err(),
        Some(Failure::Exhausted)
    );
    assert_eq!(slice.bump_array::<u64>(0).unwrap().len(), 0);
    assert_eq!(slice.used(), 0);
}

#[test]
fn every_method_of_a_scope_takes_memory() {
    let mut bump = Bump::<[u64; 64]>::uninit();
    bump.scope(|scope| {
        let layout = Layout::from_size_align(8, 32).unwrap();
        assert_eq!(scope.alloc_layout(layout).addr().get() % 32, 0);
        assert!(scope.try_alloc_layout(layout).is_ok());
        assert!(scope.try_alloc_layout(Layout::new::<()>()).is_ok());
        assert!(scope.try_alloc_layout(Layout::new::<[u64; 64]>()).is_err());
        assert_eq!(*scope.alloc(1), 1);
        assert_eq!(*scope.alloc_with(|| 2), 2);
        assert_eq!(*scope.alloc_boxed(3), 3);
        assert_eq!(*scope.alloc_uninit().write(4), 4);
        assert_eq!(scope.alloc_slice_uninit::<u8>(3).len(), 3);
        assert_eq!(scope.alloc_str("five"), "five");
        assert_eq!(scope.alloc_fmt(format_args!("{}", 6)), "6");
        assert_eq!(scope.alloc_slice_fill_iter(7..9), [7, 8]);
        assert_eq!(*scope.alloc_dropped(9), 9);
        assert_eq!(*scope.pin(10), 10);
    });
    assert_eq!(bump.used(), 0);
}

#[test]
fn levels_and_blocks_that_are_found_again() {
    let bump = Bump::<[u64; 8]>::uninit();
    bump.leak(1_u8).unwrap();
    let first = bump.get_at::<u32>(bump.level()).unwrap();
    assert_eq!(first.level, Level::new(8));
    assert_eq!(first.level_start(), Level::new(4));
    // SAFETY: taken for this type.
    unsafe { first.leak(7) };
    // SAFETY: a block for this type starts there, to which there is no reference.
    let again = unsafe { bump.get_unchecked::<u32>(first.level_start()) };
    // SAFETY: as above.
    assert_eq!(unsafe { again.ptr.read() }, 7);
}

#[test]
fn a_value_without_bytes_is_dropped_when_it_ought_to_be() {
    use core::sync::atomic::{AtomicUsize, Ordering};

    static DROPS: AtomicUsize = AtomicUsize::new(0);

    struct Empty;

    impl Drop for Empty {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::Relaxed);
        }
    }

    let drops = || DROPS.load(Ordering::Relaxed);
    let mut bump = Bump::<[u64; 16]>::uninit();
    bump.leak(Empty).unwrap();
    bump.scope(|scope| {
        scope.alloc(Empty);
        scope.alloc_slice_fill_with(5, |_| Empty);
        assert_eq!(drops(), 0);
        drop(scope.alloc_boxed(Empty));
        assert_eq!(drops(), 1);
        scope.alloc_dropped(Empty);
    });
    assert_eq!(drops(), 2);
    let place = bump.bump_box().unwrap();
    mem::forget(LeakBox::write(place, Empty));
    assert_eq!(drops(), 2);
}

#[test]
fn a_block_shrinks_after_the_checkpoint() {
    use bump_core::{RawAlloc as _, UNIT};

    let bump = Bump::<[u64; 16]>::uninit();
    let layout = |size| Layout::from_size_align(size, 1).unwrap();
    let block = bump.allocate(layout(40)).unwrap();
    let checkpoint = bump.checkpoint();
    // SAFETY: the region's block.
    let block = unsafe { bump.reallocate(block, layout(40), layout(10)) }.unwrap();
    bump.leak(1_u8).unwrap();
    // SAFETY: what was allocated since is not used any more.
    unsafe { bump.rewind(checkpoint) };
    // Not to where the checkpoint was: what lies in between is nobody's.
    assert_eq!(bump.used(), 10_usize.next_multiple_of(UNIT) + 1);
    // SAFETY: the region's block.
    unsafe { block.write_bytes(1, 10) };
}
