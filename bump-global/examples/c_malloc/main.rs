//! The `malloc` of C on a heap of this crate: a static library that a C program is linked with, all of
//! whose memory is then in a static of 16 MiB, what the C library takes for itself included.
//!
//! ```text
//! cargo build --release -p bump-global --example c_malloc
//! cc bump-global/examples/c_malloc/program.c target/release/examples/libc_malloc.a -o program
//! ```
//!
//! Rust tells an allocator the layout of a block when it frees it, C does not. So there is a header in
//! front of each block, in the padding that its alignment needs anyway:
//!
//! ```text
//!   taken from the heap                  what C gets
//!   ▼                                    ▼
//!   ┌────────────────────┬──────┬────────┬───────────────────────────┐
//!   │                    │ size │ align  │ `size` bytes              │
//!   └────────────────────┴──────┴────────┴───────────────────────────┘
//!   ◄──────────── `align` bytes ────────►
//! ```

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::{c_int, c_void};
use core::ptr;

use bump_global::{Bump, Recycling};

static HEAP: Recycling<Bump<[u64; 1 << 21]>> = Recycling::new(Bump::uninit());

/// The alignment that `malloc` promises, enough for any type of C; at least as large as a header.
const MAX_ALIGN: usize = 16;

const _: () = assert!(size_of::<Header>() <= MAX_ALIGN);

/// In front of each block.
#[derive(Clone, Copy)]
struct Header {
    size: usize,
    align: usize,
}

impl Header {
    /// The layout of a block with its header; `None` if C asks for too much.
    fn layout(self) -> Option<Layout> {
        Layout::from_size_align(self.size.checked_add(self.align)?, self.align).ok()
    }

    /// The header of a block that C has.
    ///
    /// # Safety
    ///
    /// The block is in use.
    unsafe fn of(block: *mut c_void) -> Header {
        // SAFETY: it is in front of each block.
        unsafe { block.cast::<Header>().wrapping_sub(1).read() }
    }

    /// The block for C in what was taken from the heap for it; null if that is null.
    ///
    /// # Safety
    ///
    /// As much as [`layout`](Self::layout) tells was taken there.
    unsafe fn write(self, taken: *mut u8) -> *mut c_void {
        if taken.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: as many bytes are in front of the block.
        let block = unsafe { taken.add(self.align) };
        // SAFETY: they have room for a header, and are aligned for one.
        unsafe { block.cast::<Header>().wrapping_sub(1).write(self) };
        block.cast()
    }
}

fn allocate(size: usize, align: usize, zeroed: bool) -> *mut c_void {
    let align = align.max(MAX_ALIGN);
    let header = Header { size, align };
    let Some(layout) = header.layout() else {
        return ptr::null_mut();
    };
    let taken = if zeroed {
        // SAFETY: not 0 bytes, since there is a header.
        unsafe { HEAP.alloc_zeroed(layout) }
    } else {
        // SAFETY: as above.
        unsafe { HEAP.alloc(layout) }
    };
    // SAFETY: taken with this layout, or null.
    unsafe { header.write(taken) }
}

/// Takes a block of `size` bytes; null if there is no memory for it. Each block of 0 bytes has an address
/// of its own.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    allocate(size, MAX_ALIGN, false)
}

/// Takes a block of `count` times `size` bytes, which are zero; null if there is no memory for it, or if
/// there is no such number.
#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    count
        .checked_mul(size)
        .map_or(ptr::null_mut(), |bytes| allocate(bytes, MAX_ALIGN, true))
}

/// Takes a block that is aligned to `align`, a power of two; null if there is no memory for it.
#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    allocate(size, align, false)
}

/// The older name of [`aligned_alloc`].
#[unsafe(no_mangle)]
pub extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    allocate(size, align, false)
}

/// Takes a block that is aligned to `align`, and tells where; or why not, by an error number.
///
/// # Safety
///
/// `block` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(
    block: *mut *mut c_void,
    align: usize,
    size: usize,
) -> c_int {
    const ENOMEM: c_int = 12;
    const EINVAL: c_int = 22;

    if !align.is_power_of_two() || align < size_of::<*mut c_void>() {
        return EINVAL;
    }
    let taken = allocate(size, align, false);
    if taken.is_null() {
        return ENOMEM;
    }
    // SAFETY: the caller's promise.
    unsafe { block.write(taken) };
    0
}

/// Gives a block back, unless it is null.
///
/// # Safety
///
/// One of these functions returned it, and it is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: the caller's promise.
    let header = unsafe { Header::of(block) };
    if let Some(layout) = header.layout() {
        // SAFETY: so much was taken, in front of the block.
        let taken = unsafe { block.cast::<u8>().sub(header.align) };
        // SAFETY: as above, and it is not used any more.
        unsafe { HEAP.dealloc(taken, layout) };
    }
}

/// Resizes a block, which may move; null, and the block is as it was, if there is no memory for it. The
/// last block grows in place. As C programs expect, null is a block to begin with, and a size of 0 frees.
///
/// # Safety
///
/// One of these functions returned the block. If this does not return null, only the returned block is
/// used from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        return malloc(size);
    }
    if size == 0 {
        // SAFETY: the caller's promise.
        unsafe { free(block) };
        return ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    let old = unsafe { Header::of(block) };
    let new = Header { size, ..old };
    let (Some(old_layout), Some(new_layout)) = (old.layout(), new.layout()) else {
        return ptr::null_mut();
    };
    // SAFETY: so much was taken, in front of the block.
    let taken = unsafe { block.cast::<u8>().sub(old.align) };
    // SAFETY: it is from there, with this layout; the new size is valid for the alignment, and not 0.
    let resized = unsafe { HEAP.realloc(taken, old_layout, new_layout.size()) };
    // SAFETY: taken with the new layout, or null.
    unsafe { new.write(resized) }
}

/// The bytes that a block was asked for with; 0 of null.
///
/// # Safety
///
/// The block is in use, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    if block.is_null() {
        return 0;
    }
    // SAFETY: the caller's promise.
    unsafe { Header::of(block) }.size
}

/// The bytes of the heap that are consumed, for the program that shows it.
#[unsafe(no_mangle)]
pub extern "C" fn heap_used() -> usize {
    HEAP.region().used()
}
