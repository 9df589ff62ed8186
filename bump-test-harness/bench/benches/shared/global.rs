//! The heap of the whole program, by a feature; the system's with `heap-system`, or without one.

#[cfg(any(feature = "heap-bump", feature = "heap-per-thread"))]
use bump_global::Bump;

#[cfg(feature = "heap-bump")]
#[global_allocator]
static HEAP: Bump<[u8; 1 << 27]> = Bump::uninit();

#[cfg(feature = "heap-per-thread")]
#[global_allocator]
static HEAP: bump_global::PerThread<Bump<[u8; 1 << 27]>> =
    bump_global::PerThread::new(Bump::uninit());

#[cfg(feature = "heap-mimalloc")]
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "heap-static-alloc")]
#[global_allocator]
static HEAP: static_alloc::Bump<[u8; 1 << 27]> = static_alloc::Bump::uninit();

#[cfg(not(any(
    feature = "heap-bump",
    feature = "heap-per-thread",
    feature = "heap-mimalloc",
    feature = "heap-static-alloc"
)))]
#[global_allocator]
static HEAP: std::alloc::System = std::alloc::System;

/// Touches all pages of the heap that are a part of the program, so that it need not happen later.
/// The general heaps have touched what they hand out again.
#[allow(dead_code, reason = "of use where time counts")]
pub(crate) fn touch() {
    let heap = (&raw const HEAP).cast::<u8>().cast_mut();
    for offset in (0..size_of_val(&HEAP)).step_by(4096) {
        // SAFETY: inside of the static, which changes through shared references; there are no other
        // threads, and the byte stays as it is.
        unsafe {
            let byte = heap.add(offset);
            byte.write_volatile(byte.read_volatile());
        }
    }
}
