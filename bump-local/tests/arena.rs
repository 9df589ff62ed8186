//! The memory of arenas: chunks, buffers, limits, statistics. Their content is tested in
//! `values`, scopes in `scopes`.
#![cfg(feature = "alloc")]

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use bump_core::{RawAlloc as _, UNIT};
use bump_local::Arena;

type Buffer<const N: usize> = [MaybeUninit<u8>; N];

const fn buffer<const N: usize>() -> Buffer<N> {
    [MaybeUninit::uninit(); N]
}

#[test]
fn an_arena_is_const_and_empty() {
    let mut arena = const { Arena::new() };
    assert_eq!(arena.allocated_bytes(), 0);
    assert_eq!(arena.chunk_capacity(), 0);
    assert_eq!(arena.used_bytes(), 0);
    assert_eq!(arena.chunks().count(), 0);
    arena.alloc(());
    arena.alloc_slice_copy::<u64>(&[]);
    arena.alloc_str("");
    assert_eq!(arena.allocated_bytes_including_metadata(), 0);
    assert_eq!(*arena.alloc(7), 7);
    assert_eq!(arena.used_bytes(), 4);
}

#[test]
fn empty_values_are_aligned_and_take_nothing() {
    #[repr(align(4096))]
    struct Empty;

    let full = Arena::new();
    full.set_allocation_limit(Some(0));
    let odd = Arena::new();
    odd.alloc(1_u8);
    for arena in [Arena::new(), Arena::with_capacity(100), full, odd] {
        let taken = arena.allocated_bytes_including_metadata();
        let used = arena.used_bytes();
        assert!((&raw const *arena.alloc(Empty)).is_aligned());
        assert!((&raw const *arena.alloc_with(|| Empty)).is_aligned());
        assert!(
            arena
                .alloc_slice_fill_with(3, |_| Empty)
                .as_ptr()
                .is_aligned()
        );
        for align in [8, 4096] {
            let layout = Layout::from_size_align(0, align).unwrap();
            assert_eq!(arena.alloc_layout(layout).addr().get() % align, 0);
        }
        assert_eq!(
            arena.alloc_slice_uninit::<Empty>(usize::MAX).len(),
            usize::MAX
        );
        assert_eq!(arena.used_bytes(), used);
        assert_eq!(arena.allocated_bytes_including_metadata(), taken);
    }
}

#[test]
fn capacity_is_what_was_asked_for() {
    for capacity in [0, 1, 15, 16, 100, 463, 464, 465, 10_000] {
        let arena = Arena::with_capacity(capacity);
        let taken = arena.allocated_bytes_including_metadata();
        assert!(arena.chunk_capacity() >= capacity);
        arena.alloc_slice_fill_copy(capacity, 1_u8);
        assert_eq!(arena.allocated_bytes_including_metadata(), taken);
    }
    assert!(Arena::try_with_capacity(usize::MAX).is_err());
    assert!(Arena::try_with_capacity(isize::MAX.unsigned_abs()).is_err());
}

#[test]
fn a_capacity_in_advance_is_grown_from() {
    for (capacity, least) in [
        (0, 512),
        (1000, 2000),
        (100_000, 200_000),
        (4 << 20, 1 << 20),
    ] {
        let mut arena = Arena::with_capacity(capacity);
        arena.alloc_layout(Layout::from_size_align(arena.chunk_capacity(), 1).unwrap());
        arena.alloc(1_u8);
        let last = arena.chunks().last().unwrap().capacity;
        // The footer is part of what was taken.
        assert!(
            (least - 64..least + 200).contains(&last),
            "{capacity}: {last}"
        );
    }
}

#[test]
fn a_reset_keeps_all_memory() {
    let mut arena = Arena::new();
    let fill = |arena: &Arena<'_>| {
        for number in 0..if cfg!(miri) { 200 } else { 20_000 } {
            arena.alloc([number; 4]);
        }
        arena.alloc([0_u8; 5000]);
    };
    fill(&arena);
    let taken = arena.allocated_bytes_including_metadata();
    let capacity = arena.allocated_bytes();
    for _ in 0..5 {
        arena.reset();
        assert_eq!(arena.used_bytes(), 0);
        assert_eq!(arena.allocated_bytes(), capacity);
        fill(&arena);
        assert_eq!(arena.allocated_bytes_including_metadata(), taken);
    }
    arena.release_memory();
    assert_eq!(arena.allocated_bytes_including_metadata(), 0);
    assert_eq!(arena.allocated_bytes(), 0);
    fill(&arena);
    assert_eq!(arena.allocated_bytes_including_metadata(), taken);
}

#[test]
fn an_oversized_request_gets_its_own_chunk() {
    let arena = Arena::new();
    arena.alloc(1_u8);
    let before = arena.allocated_bytes_including_metadata();
    arena.alloc_slice_fill_copy(100_000, 1_u8);
    let with = arena.allocated_bytes_including_metadata();
    assert!((100_000..100_100).contains(&(with - before)));
    // Growth goes on as if it had not been.
    arena.alloc(2_u8);
    assert_eq!(
        arena.allocated_bytes_including_metadata() - with,
        2 * before
    );
}

#[test]
fn the_limit_is_exact() {
    for limit in (0..2000).step_by(if cfg!(miri) { 333 } else { 1 }) {
        let arena = Arena::new();
        arena.set_allocation_limit(Some(limit));
        assert_eq!(arena.allocation_limit(), Some(limit));
        while arena.try_alloc(1_u64).is_ok() {
            assert!(arena.allocated_bytes_including_metadata() <= limit);
        }
        // Less is left than the smallest chunk for another one.
        assert!(limit - arena.allocated_bytes_including_metadata() < 64);
        assert!(arena.try_alloc(1_u64).is_err());
        assert!(arena.try_alloc_slice_copy(&[1_u64]).is_err());
        assert!(arena.try_alloc_layout(Layout::new::<u64>()).is_err());
        arena.set_allocation_limit(Some(limit + 64));
        assert!(arena.try_alloc(1_u64).is_ok());
        // Below what is taken, it does not switch itself off.
        arena.set_allocation_limit(Some(1));
        while arena.chunk_capacity() >= 8 {
            arena.alloc(1_u64);
        }
        assert!(arena.try_alloc(1_u64).is_err());
        arena.set_allocation_limit(None);
        assert_eq!(arena.allocation_limit(), None);
        assert!(arena.try_alloc(1_u64).is_ok());
    }
}

#[test]
fn a_failed_request_changes_nothing() {
    let arena = Arena::with_capacity(100);
    arena.set_allocation_limit(Some(600));
    arena.alloc(1_u8);
    let (used, room) = (arena.used_bytes(), arena.chunk_capacity());
    assert!(arena.try_alloc([0_u8; 4096]).is_err());
    assert!(arena.try_alloc_slice_fill_copy(4096, 0_u8).is_err());
    assert!(arena.try_alloc_slice_uninit::<u64>(usize::MAX).is_err());
    let largest = Layout::from_size_align(isize::MAX.unsigned_abs() - 15, 16).unwrap();
    assert!(arena.try_alloc_layout(largest).is_err());
    assert_eq!((arena.used_bytes(), arena.chunk_capacity()), (used, room));
}

#[test]
#[should_panic(expected = "not enough memory")]
fn the_infallible_form_panics() {
    Arena::from_mem(&mut []).alloc(1);
}

#[test]
fn buffers_of_every_start_and_length() {
    let mut memory = buffer::<200>();
    for start in 0..if cfg!(miri) { 3 } else { 33 } {
        for end in (start..memory.len()).step_by(if cfg!(miri) { 19 } else { 1 }) {
            let memory = &mut memory[start..end];
            let range = memory.as_ptr_range();
            let (low, high) = (range.start.addr(), range.end.addr());
            let mut arena = Arena::from_mem(memory);
            for _ in 0..2 {
                let mut bytes = 0;
                while let Ok(byte) = arena.try_alloc(0xa5_u8) {
                    let address = (&raw const *byte).addr();
                    assert!(low <= address && address < high);
                    bytes += 1;
                }
                assert_eq!(bytes, arena.allocated_bytes());
                assert!(bytes + 80 > end - start);
                assert_eq!(arena.allocated_bytes_including_metadata(), 0);
                arena.reset();
            }
        }
    }
}

#[test]
fn a_buffer_may_be_followed_by_the_heap() {
    let mut memory = buffer::<256>();
    let range = memory.as_ptr_range();
    let mut arena = Arena::from_mem(&mut memory);
    assert!(arena.try_alloc([0_u8; 500]).is_err());
    arena.set_allocation_limit(None);
    arena.alloc([0_u8; 500]);
    arena.release_memory();
    assert_eq!(arena.allocated_bytes_including_metadata(), 0);
    let number = arena.alloc(1_u8);
    assert!(range.contains(&(&raw const *number).cast()));
}

#[test]
fn several_buffers() {
    let (mut one, mut two, mut three) = (buffer::<128>(), buffer::<256>(), buffer::<512>());
    let mut arena = Arena::from_mem(&mut one);
    arena.add_mem(&mut two);
    arena.add_mem(&mut three);
    arena.add_mem(&mut []);
    assert_eq!(arena.chunks().count(), 3);
    assert!(arena.try_alloc([0_u8; 400]).is_ok());
    arena.release_memory();
    assert_eq!(arena.chunks().count(), 3);
    for _ in 0..3 {
        assert!(arena.try_alloc([0_u8; 40]).is_ok());
        arena.reset();
    }
}

#[test]
fn memory_that_comes_after_a_refusal_is_used() {
    let (mut one, mut two) = (buffer::<128>(), buffer::<256>());
    let mut arena = Arena::from_mem(&mut one);
    assert!(arena.try_alloc([0_u8; 192]).is_err());
    arena.add_mem(&mut two);
    assert!(arena.try_alloc([0_u8; 192]).is_ok());

    assert!(arena.try_alloc([0_u8; 1000]).is_err());
    arena.append(Arena::with_capacity(1000));
    assert!(arena.try_alloc([0_u8; 1000]).is_ok());

    // Also by the temporaries beside it, which have no account of their own.
    arena.scratch(|temporaries| {
        assert!(temporaries.try_alloc([0_u8; 2000]).is_err());
        arena.append(Arena::with_capacity(2000));
        assert!(temporaries.try_alloc([0_u8; 2000]).is_ok());
        assert!(temporaries.try_alloc([0_u8; 3000]).is_err());
        arena.set_allocation_limit(None);
        assert!(temporaries.try_alloc([0_u8; 3000]).is_ok());
    });
}

#[test]
fn appending_keeps_what_is_there() {
    let mut arena = Arena::with_capacity(100);
    let kept = arena.alloc_str("kept");
    let other = Arena::with_capacity(10_000);
    other.alloc_str("lost");
    let taken = other.allocated_bytes_including_metadata();
    arena.append(other);
    arena.append(Arena::new());
    assert!(arena.allocated_bytes_including_metadata() >= taken);
    let before = arena.allocated_bytes_including_metadata();
    arena.alloc([0_u8; 9999]);
    assert_eq!(arena.allocated_bytes_including_metadata(), before);
    assert_eq!(kept, "kept");
    assert_eq!(arena.chunks().count(), 2);

    let empty = Arena::new();
    empty.append(arena);
    assert_eq!(empty.used_bytes(), 0);
    empty.alloc([0_u8; 9999]);
    assert_eq!(empty.allocated_bytes_including_metadata(), before);
}

#[test]
fn statistics_add_up() {
    let mut arena = Arena::new();
    arena.alloc_slice_fill_copy(400, 1_u8);
    arena.alloc_slice_fill_copy(400, 2_u8);
    let stats: Vec<_> = arena.chunks().collect();
    assert_eq!(
        stats.iter().map(|chunk| chunk.used).collect::<Vec<_>>(),
        [400, 400]
    );
    assert_eq!(arena.used_bytes(), 800);
    assert_eq!(arena.chunk_capacity(), stats[1].capacity - 400);
    let filled = arena.iter_allocated_chunks().map(<[_]>::len);
    assert_eq!(filled.collect::<Vec<_>>(), [400, 400]);
    arena.reset();
    assert_eq!(arena.used_bytes(), 0);
    assert_eq!(arena.iter_allocated_chunks().count(), 0);
    arena.alloc_slice_fill_copy(10, 1_u8);
    // The second chunk is spare, whatever was in it.
    assert_eq!(arena.used_bytes(), 10);
}

#[test]
fn values_lie_as_far_apart_as_the_documentation_says() {
    fn length<T, const MIN_ALIGN: usize>(value: fn() -> T) -> usize {
        let mut arena = Arena::<MIN_ALIGN>::with_min_align_and_capacity(1000);
        for _ in 0..3 {
            arena.alloc(value());
        }
        arena.iter_allocated_chunks().map(<[_]>::len).sum()
    }

    assert_eq!(length::<_, 16>(|| 0_u8), 48);
    assert_eq!(length::<_, 16>(|| [0_u8; 32]), 96);
    assert_eq!(length::<_, 4>(|| 0_u64), 24);
    assert_eq!(length::<_, 1>(|| [0_u8; 3]), 9);
}

#[test]
fn only_appending_exceeds_the_limit() {
    let arena = Arena::new();
    arena.set_allocation_limit(Some(1000));
    arena.append(Arena::with_capacity(5000));
    assert!(arena.allocated_bytes_including_metadata() > 5000);
    let taken = arena.allocated_bytes_including_metadata();
    arena.alloc_slice_uninit::<u8>(5000);
    assert!(arena.try_alloc([0_u8; 100]).is_err());
    assert_eq!(arena.allocated_bytes_including_metadata(), taken);
}

#[test]
fn over_aligned_values() {
    #[repr(align(4096))]
    struct Page(u8);

    let arena = Arena::new();
    for number in 0..3 {
        arena.alloc(1_u8);
        let page = arena.alloc(Page(number));
        assert!((&raw const *page).is_aligned());
        assert_eq!(page.0, number);
    }
    let least = Arena::<16>::with_min_align();
    assert_eq!((&raw const *least.alloc(Page(1))).addr() % 4096, 0);
    assert_eq!((&raw const *least.alloc(1_u8)).addr() % 16, 0);
    assert_eq!((&raw const *least.alloc(1_u8)).addr() % 16, 0);
}

#[test]
fn the_limit_is_exact_for_over_aligned_blocks() {
    for align in [32, 4096, 1 << 16] {
        for size in [1, 100, align, 3 * align] {
            let layout = Layout::from_size_align(size, align).unwrap();
            let footer = size_of::<[usize; 5]>().next_multiple_of(16);
            let needed = size.next_multiple_of(16) + footer;
            let arena = Arena::new();
            arena.set_allocation_limit(Some(needed - 1));
            assert!(arena.try_alloc_layout(layout).is_err());
            arena.set_allocation_limit(Some(needed));
            let block = arena.try_alloc_layout(layout);
            assert_eq!(block.map(|block| block.addr().get() % align), Ok(0));
            assert!(arena.allocated_bytes_including_metadata() <= needed);
        }
    }
}

#[test]
fn a_spare_chunk_that_is_too_small_is_passed_over() {
    let mut arena = Arena::new();
    arena.alloc([0_u8; 400]);
    arena.alloc([0_u8; 900]);
    arena.alloc([0_u8; 1900]);
    let taken = arena.allocated_bytes_including_metadata();
    arena.reset();
    arena.alloc([0_u8; 1900]);
    arena.alloc([0_u8; 900]);
    assert_eq!(arena.allocated_bytes_including_metadata(), taken);
    assert_eq!(arena.chunks().count(), 3);
}

#[test]
fn an_arena_moves_to_another_thread() {
    let mut arena = Arena::new();
    arena.alloc(1);
    let arena = std::thread::spawn(move || {
        assert_eq!(arena.used_bytes(), 4);
        arena.reset();
        arena.alloc(2_u64);
        arena
    });
    assert_eq!(arena.join().unwrap().used_bytes(), 8);
}

#[test]
fn checkpoints() {
    let arena = Arena::new();
    let empty = arena.checkpoint();
    arena.alloc(1_u8);
    let checkpoint = arena.checkpoint();
    let kept = arena.allocated_bytes_including_metadata();
    arena.alloc([0_u8; 4096]);
    // SAFETY: the value is not used any more.
    unsafe { arena.rewind(checkpoint) };
    assert_eq!(arena.used_bytes(), 1);
    assert!(arena.allocated_bytes_including_metadata() > kept);
    // SAFETY: neither is the first.
    unsafe { arena.rewind(empty) };
    assert_eq!(arena.used_bytes(), 0);
}

#[test]
fn older_blocks_shrink_after_the_checkpoint() {
    let layout = |size| Layout::from_size_align(size, 1).unwrap();
    for between in [0, 1, 100, 4096] {
        let arena = Arena::with_capacity(400);
        let block = arena.allocate(layout(200)).unwrap();
        let checkpoint = arena.checkpoint();
        // SAFETY: the arena's block.
        let block = unsafe { arena.reallocate(block, layout(200), layout(10)) }.unwrap();
        // SAFETY: the arena's block.
        unsafe { block.write_bytes(1, 10) };
        arena.alloc_slice_fill_copy(150, 2_u8);
        arena.alloc_slice_fill_copy(between, 2_u8);
        // SAFETY: what was allocated since is not used any more.
        unsafe { arena.rewind(checkpoint) };
        // The bytes behind the cursor were not taken since.
        let filled = 10_usize.next_multiple_of(UNIT) + 150;
        let in_this_chunk = between <= 100;
        let filled = filled + if in_this_chunk { between } else { 0 };
        assert_eq!(arena.used_bytes(), 200.min(filled));
        arena.alloc_slice_fill_copy(arena.chunk_capacity(), 3_u8);
        let kept = NonNull::slice_from_raw_parts(block, 10);
        // SAFETY: the arena's block, which was filled.
        assert_eq!(unsafe { kept.as_ref() }, [1; 10]);
    }
}

#[test]
fn a_block_stays_where_it_is_if_it_has_the_bytes() {
    let layout = |size, align| Layout::from_size_align(size, align).unwrap();
    let arena = Arena::with_capacity(400);
    let block = arena.allocate(layout(64, 16)).unwrap();
    let after = arena.allocate(layout(8, 1)).unwrap();
    let used = arena.used_bytes();
    for (old, new) in [
        (layout(64, 16), layout(64, 8)),
        (layout(64, 8), layout(1, 16)),
    ] {
        // SAFETY: the arena's block.
        let same = unsafe { arena.reallocate(block, old, new) };
        assert_eq!(same, Some(block));
    }
    // SAFETY: the arena's block.
    let moved = unsafe { arena.reallocate(block, layout(1, 16), layout(65, 1)) };
    assert_ne!(moved, Some(block));
    // SAFETY: the arena's block, which is not the last one any more.
    unsafe { arena.deallocate(after, layout(8, 1)) };
    assert!(arena.used_bytes() > used);
}

/// The first chunk came after the checkpoint, and then a scratch took its upper half.
#[test]
fn a_checkpoint_before_a_chunk_that_ends_early() {
    let arena = Arena::new();
    arena.set_allocation_limit(Some(0));
    arena.scratch(|temporaries| {
        let checkpoint = arena.checkpoint();
        arena.append(Arena::with_capacity(2000));
        let temporary = temporaries.alloc([1_u8; 500]);
        // SAFETY: nothing was allocated in the arena, and the same scratch is open.
        unsafe { arena.rewind(checkpoint) };
        while arena.try_alloc([2_u8; 16]).is_ok() {}
        assert!(arena.used_bytes() > 500);
        assert_eq!(temporary, &[1; 500]);
    });
}

/// The chunk of a checkpoint ends before its position: the block up to there was freed, and then a
/// scratch took the upper half of the chunk.
#[test]
fn a_checkpoint_in_a_chunk_that_ends_early() {
    let mut memory = buffer::<2048>();
    let arena = Arena::from_mem(&mut memory);
    let kept = arena.alloc([1_u8; 10]);
    arena.scratch(|temporaries| {
        let layout = Layout::new::<[u8; 1900]>();
        let block = arena.allocate(layout).unwrap();
        let checkpoint = arena.checkpoint();
        // SAFETY: the arena's block, which is not used any more.
        unsafe { arena.deallocate(block, layout) };
        let temporary = temporaries.alloc([2_u8; 500]);
        arena.append(Arena::with_capacity(3000));
        arena.alloc([3_u8; 2500]);
        // SAFETY: the value is not used any more, and the same scratch is open.
        unsafe { arena.rewind(checkpoint) };
        while arena.try_alloc([4_u8; 16]).is_ok() {}
        assert_eq!(temporary, &[2; 500]);
    });
    assert_eq!(kept, &[1; 10]);
}
