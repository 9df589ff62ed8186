//! A server's heap on 64 GiB of addresses. The heap grows as it is used, its pages are taken from the
//! system when they are touched, and those behind the last block go back after a peak.
//!
//! ```text
//! cargo run --release -p bump-test-harness --example reserved
//! ```
//!
//! ```text
//!   start         used              capacity                                  64 GiB
//!     │ blocks      │ free            │ addresses that are kept                 │
//!   ──┴─────────────┴─────────────────┴─────────────────────────────────────────┴──
//!                     pages go back     no page, no access
//! ```

#[cfg(target_os = "linux")]
mod server {
    use core::alloc::{GlobalAlloc, Layout};
    use core::ptr::{self, NonNull};
    use core::sync::atomic::{AtomicPtr, Ordering};
    use std::fs;
    use std::io;
    use std::thread;

    use bump_global::{Grow, Growing, Recycling, Region, Zeroed};

    /// The bytes of addresses.
    const RESERVED: usize = if cfg!(target_pointer_width = "64") {
        1 << 36
    } else {
        1 << 29
    };

    /// The heap gets so many bytes at a time, or more.
    const STEP: usize = 1 << 20;

    #[global_allocator]
    static HEAP: Zeroed<Growing<Reserved, Recycling<Region<1, true>>>> =
        // SAFETY: pages that the system maps are zero.
        unsafe { Zeroed::new(Growing::new(Reserved::new())) };

    /// Addresses that the system keeps for one heap. Each value has its own.
    struct Reserved {
        /// Null until the heap asks for the first time.
        start: AtomicPtr<u8>,
    }

    impl Reserved {
        const fn new() -> Self {
            let start = AtomicPtr::new(ptr::null_mut());
            Reserved { start }
        }

        /// The first address; `None` if the system has not as many.
        fn start(&self) -> Option<NonNull<u8>> {
            if let Some(start) = NonNull::new(self.start.load(Ordering::Relaxed)) {
                return Some(start);
            }
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            // SAFETY: a new mapping, at addresses that nothing else has.
            let mapped =
                unsafe { libc::mmap(ptr::null_mut(), RESERVED, libc::PROT_NONE, flags, -1, 0) };
            if mapped == libc::MAP_FAILED {
                return None;
            }
            let mapped = mapped.cast();
            let (null, order) = (ptr::null_mut(), Ordering::Relaxed);
            match self.start.compare_exchange(null, mapped, order, order) {
                Ok(_) => NonNull::new(mapped),
                Err(first) => {
                    // Another thread was faster.
                    // SAFETY: mapped above, and nobody else knows of it.
                    unsafe { libc::munmap(mapped.cast(), RESERVED) };
                    NonNull::new(first)
                }
            }
        }
    }

    // SAFETY: the addresses are this value's, one mapping, and stay; so do pages that can be accessed. To
    // ask twice for the same pages changes nothing.
    unsafe impl Grow for Reserved {
        fn grow(&self, end: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
            let start = self.start()?;
            // A multiple of a step: all that was handed out is.
            let given = end.map_or(0, |end| end.addr().get() - start.addr().get());
            let needed = given.checked_add(bytes)?.checked_next_multiple_of(STEP)?;
            if needed > RESERVED {
                return None;
            }
            // SAFETY: in the mapping.
            let more = unsafe { start.add(given) };
            let access = libc::PROT_READ | libc::PROT_WRITE;
            // SAFETY: pages of the mapping, which is this value's.
            let refused =
                unsafe { libc::mprotect(more.as_ptr().cast(), needed - given, access) } != 0;
            (!refused).then(|| NonNull::slice_from_raw_parts(start, needed))
        }
    }

    /// Gives the pages behind the last block back to the system. Other threads can use the heap
    /// meanwhile.
    fn give_back() {
        // No heap has memory for this request. Before it is refused, free blocks are merged, and those
        // at the end go back to the region.
        let refused = Vec::<u8>::new().try_reserve_exact(RESERVED);
        assert!(refused.is_err(), "more than there is");
        give_back_rest(page());
    }

    /// Takes what is free behind the last block, so that nobody else uses it meanwhile; tells the system
    /// that its content is not needed; and frees it.
    ///
    /// The system may do what it likes with a block that this function owns, and did not write to: when
    /// it is accessed again, its pages are zero. The heap counts them as used all the same, and clears
    /// them for a request that asks for zeros.
    fn give_back_rest(page: usize) {
        let free = HEAP.capacity().saturating_sub(HEAP.used());
        // The heap has blocks of just these sizes; others would be rounded up, to more than is free.
        let size = 1 << free.max(1).ilog2();
        let Ok(layout) = Layout::from_size_align(size, 1) else {
            return;
        };
        if size < 2 * page {
            return;
        }
        // SAFETY: not 0 bytes.
        let block = unsafe { HEAP.alloc(layout) };
        if block.is_null() {
            return;
        }
        let lead = block.addr().next_multiple_of(page) - block.addr();
        let bytes = (size - lead) / page * page;
        // SAFETY: the block has at least two pages, and the first ends in it.
        let pages = unsafe { block.add(lead) };
        // SAFETY: whole pages of a block that is not used.
        let refused = unsafe { libc::madvise(pages.cast(), bytes, libc::MADV_DONTNEED) } != 0;
        assert!(!refused, "{}", io::Error::last_os_error());
        // The rest comes first: blocks that are freed in reverse order go back to the region.
        give_back_rest(page);
        // SAFETY: taken above.
        unsafe { HEAP.dealloc(block, layout) };
    }

    /// The bytes of a page.
    fn page() -> usize {
        // SAFETY: it has no conditions.
        let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(bytes).expect("every system has pages")
    }

    /// The bytes of this process in memory.
    fn resident() -> usize {
        let figures = fs::read_to_string("/proc/self/statm").expect("Linux has it");
        let pages = figures.split(' ').nth(1).expect("the second figure");
        pages.parse::<usize>().expect("a number") * page()
    }

    fn print(moment: &str) {
        let [used, capacity, resident] =
            [HEAP.used(), HEAP.capacity(), resident()].map(|bytes| bytes >> 20);
        println!("{moment:<32} {used:>8} {capacity:>8} {resident:>8}");
    }

    /// The messages of a session.
    fn session(number: usize) -> Vec<String> {
        let message = |index: usize| format!("{number}, {index}: {:1$}", "", index % 300);
        (0..20_000).map(message).collect()
    }

    /// All sessions at once, by four threads; the messages in all.
    fn peak() -> usize {
        let sessions: Vec<_> = thread::scope(|scope| {
            let sixteen = |thread| move || (0..16).map(|n| session(16 * thread + n)).collect();
            let threads: [_; 4] =
                core::array::from_fn(|thread| scope.spawn::<_, Vec<_>>(sixteen(thread)));
            let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
            joined
                .flat_map(|sessions| sessions.expect("no panic"))
                .collect()
        });
        print("64 sessions");
        sessions.iter().map(Vec::len).sum()
    }

    pub(crate) fn run() {
        println!(
            "{:<32} {:>8} {:>8} {:>8}",
            "MiB", "used", "capacity", "resident"
        );
        print("at the start");
        let zeros = vec![0_u8; RESERVED / 128];
        print("a vector of zeros");
        assert!(zeros.iter().step_by(STEP).all(|&byte| byte == 0));
        drop(zeros);
        for _ in 0..2 {
            let messages = peak();
            assert_eq!(messages, 64 * 20_000);
            print("they have ended");
            give_back();
            print("pages were given back");
        }
    }
}

#[cfg(target_os = "linux")]
fn main() {
    if std::env::args().len() > 1 {
        println!("Fills a heap on 64 GiB of addresses, empties it, and prints what it has.\n");
        println!("usage: reserved");
        return;
    }
    server::run();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("This example asks Linux for addresses.");
}
