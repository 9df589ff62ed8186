//! Memory for the heap of a whole program on Linux, which may be touched for the first time in large
//! pages, or before the program needs it. Guides have the same for a program of one's own.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::Relaxed;

use bump_global::{Grow, Region};

use crate::program::SIZE;

/// The bytes of a large page.
const LARGE_PAGE: usize = 1 << 21;

/// The bytes that are touched before the program needs them.
const AHEAD: usize = 4 * LARGE_PAGE;

/// The bytes that another thread touches at a time.
const AT_A_TIME: usize = AHEAD / 32;

/// Has the system do something with pages; it may refuse.
fn advise(start: *mut u8, bytes: usize, advice: libc::c_int) {
    // SAFETY: none of what is advised here changes what the memory contains.
    unsafe { libc::madvise(start.cast(), bytes, advice) };
}

/// The memory of a heap as a static, which starts with a large page.
#[repr(C, align(0x20_0000))]
pub struct Memory(UnsafeCell<MaybeUninit<[u8; SIZE]>>);

// SAFETY: it is accessed by the heap alone.
unsafe impl Sync for Memory {}

impl Memory {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for a static")]
    pub const fn new() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// The heap of this memory.
    ///
    /// # Safety
    ///
    /// There is no other.
    #[must_use]
    pub const unsafe fn region(&'static self) -> Region {
        // SAFETY: memory of this size that is there for good; the caller promises that nobody else
        // accesses it.
        unsafe { Region::at(self.0.get().cast(), SIZE) }
    }

    /// Has the system use large pages.
    pub fn use_large_pages(&self) {
        advise(self.0.get().cast(), SIZE, libc::MADV_HUGEPAGE);
    }

    /// Touches the first bytes.
    pub fn touch(&self) {
        advise(self.0.get().cast(), AHEAD, libc::MADV_POPULATE_WRITE);
    }

    /// Has another thread touch the first bytes, some at a time, so that it stays a little ahead of
    /// the program.
    pub fn touch_aside(&'static self) {
        extern "C" fn touch(memory: *mut c_void) -> *mut c_void {
            for offset in (0..AHEAD).step_by(AT_A_TIME) {
                let start = memory.cast::<u8>().wrapping_add(offset);
                advise(start, AT_A_TIME, libc::MADV_POPULATE_WRITE);
            }
            ptr::null_mut()
        }
        let mut thread = MaybeUninit::uninit();
        // SAFETY: the function takes any address; the memory is there for good.
        unsafe {
            libc::pthread_create(thread.as_mut_ptr(), ptr::null(), touch, self.0.get().cast());
        }
    }
}

/// A function that is called before the standard library starts, and with that before the first
/// request.
#[macro_export]
macro_rules! before_main {
    ($run:expr) => {
        #[used]
        // SAFETY: the system calls all functions in this section once, in one thread.
        #[unsafe(link_section = ".init_array")]
        static BEFORE_MAIN: extern "C" fn() = {
            extern "C" fn before_main() {
                $run;
            }
            before_main
        };
    };
}

/// Addresses for a heap that grows, by touched large pages.
pub struct Reserved(AtomicPtr<u8>);

impl Reserved {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for a static")]
    pub const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// The first of the addresses, which the first caller reserves.
    fn start(&self) -> Option<NonNull<u8>> {
        if let Some(start) = NonNull::new(self.0.load(Relaxed)) {
            return Some(start);
        }
        let (bytes, access) = (SIZE + LARGE_PAGE, libc::PROT_READ | libc::PROT_WRITE);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: memory that nobody has.
        let mapped = unsafe { libc::mmap(ptr::null_mut(), bytes, access, flags, -1, 0) };
        if mapped == libc::MAP_FAILED {
            return None;
        }
        let start = mapped.cast::<u8>();
        let start = start.wrapping_add(start.align_offset(LARGE_PAGE));
        advise(start, SIZE, libc::MADV_HUGEPAGE);
        match self
            .0
            .compare_exchange(ptr::null_mut(), start, Relaxed, Relaxed)
        {
            Ok(_) => NonNull::new(start),
            Err(first) => {
                // SAFETY: mapped just now, and nobody has it.
                unsafe { libc::munmap(mapped, bytes) };
                NonNull::new(first)
            }
        }
    }
}

// SAFETY: the addresses are of one mapping that stays, which no other value of this type has; the
// pointer is to all of it.
unsafe impl Grow for Reserved {
    fn grow(&self, end: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        let start = self.start()?;
        let before = end.map_or(0, |end| end.addr().get() - start.addr().get());
        let after = before
            .checked_add(bytes)?
            .checked_next_multiple_of(LARGE_PAGE)?;
        if after > SIZE {
            return None;
        }
        let first = start.as_ptr().wrapping_add(before);
        advise(first, after - before, libc::MADV_POPULATE_WRITE);
        Some(NonNull::slice_from_raw_parts(start, after))
    }
}
