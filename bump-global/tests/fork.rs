//! A process is forked while threads allocate and free: in the child, blocks that those threads had
//! are left alone, whatever each of them was about.
//!
//! The child goes on with a thread that has a slot, and starts others that get one.

#![cfg(all(feature = "std", target_os = "linux", not(miri)))]

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_int;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::thread;

use bump_global::{Bump, PerThread};

// Those of the C library.
unsafe extern "C" {
    safe fn fork() -> c_int;
    fn waitpid(process: c_int, status: *mut c_int, options: c_int) -> c_int;
    safe fn _exit(status: c_int) -> !;
    safe fn alarm(seconds: u32) -> u32;
}

const THREADS: usize = 3;
const FORKS: usize = 100;

/// Chunks and lists are short, so that they are exchanged often.
static HEAP: PerThread<Bump<[u64; 1 << 17]>, 512> = PerThread::new(Bump::uninit());

/// The blocks in use: each is noted after it was taken, and struck out before it is freed.
static IN_USE: [AtomicPtr<u8>; 512] = [const { AtomicPtr::new(ptr::null_mut()) }; 512];

const LAYOUT: Layout = Layout::new::<[u64; 4]>();

fn take() -> *mut u8 {
    // SAFETY: not 0 bytes.
    let block = unsafe { HEAP.alloc(LAYOUT) };
    if !block.is_null() {
        // SAFETY: the block has so many bytes.
        unsafe { block.write_bytes(1, LAYOUT.size()) };
    }
    block
}

fn free(block: *mut u8) {
    if !block.is_null() {
        // SAFETY: taken above, and struck out, so that only this thread has it.
        unsafe { HEAP.dealloc(block, LAYOUT) };
    }
}

/// Takes blocks, and frees those that this or another thread has taken, up to the end.
fn work(mut random: u32, end: &AtomicBool) {
    while !end.load(Ordering::Relaxed) {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let note = &IN_USE[random as usize >> 23];
        let block = if random & 1 << 16 == 0 {
            take()
        } else {
            ptr::null_mut()
        };
        // Freed here, and taken there: both orders.
        free(note.swap(block, Ordering::AcqRel));
    }
}

/// Takes some blocks: none of them may be in use.
fn takes_others_only() -> bool {
    let is_free = |block: *mut u8| {
        IN_USE
            .iter()
            .all(|note| note.load(Ordering::Relaxed) != block)
    };
    let mut blocks = [ptr::null_mut(); 200];
    for round in 0..3 {
        for block in &mut blocks {
            *block = take();
            // The heap is large: there is room for all, even without what was lost.
            if block.is_null() || !is_free(*block) {
                return false;
            }
        }
        // Each but the last ones, oldest first: the lists are exchanged.
        if round < 2 {
            blocks.iter().for_each(|&block| free(block));
        }
    }
    true
}

#[test]
#[cfg_attr(
    emulated,
    ignore = "QEMU fails an assertion of its own in the child of a process with threads"
)]
fn blocks_in_use_are_in_use_in_a_forked_process() {
    let end = &AtomicBool::new(false);
    let failed = thread::scope(|scope| {
        for seed in 1..=THREADS {
            scope.spawn(move || work(u32::try_from(seed).expect("few"), end));
        }
        // With a slot, and with lists.
        (0..10)
            .map(|_| take())
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(free);
        let failed = (0..FORKS).find(|_| {
            let process = fork();
            if process == 0 {
                alarm(30);
                let threads = || {
                    thread::scope(|scope| {
                        let threads = [(); 3].map(|()| scope.spawn(takes_others_only));
                        threads
                            .into_iter()
                            .all(|thread| thread.join().unwrap_or(false))
                    })
                };
                _exit(c_int::from(!(takes_others_only() && threads())));
            }
            assert!(process > 0);
            let mut status = 0;
            // SAFETY: a child of this process, and a place for its status.
            assert_eq!(unsafe { waitpid(process, &raw mut status, 0) }, process);
            status != 0
        });
        end.store(true, Ordering::Relaxed);
        failed
    });
    assert_eq!(
        failed, None,
        "the child after this fork got a block in use, or did not end"
    );
}
