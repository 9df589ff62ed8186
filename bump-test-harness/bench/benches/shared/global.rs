//! The heap of the whole program, by a feature; the system's with `heap-system`, or without one.

#[cfg(any(feature = "heap-bump", feature = "heap-per-thread"))]
use bump_global::Bump;

#[cfg(feature = "heap-bump")]
#[global_allocator]
static HEAP: Bump<[u8; 1 << 29]> = Bump::uninit();

#[cfg(feature = "heap-per-thread")]
#[global_allocator]
static HEAP: bump_global::PerThread<Bump<[u8; 1 << 29]>> =
    bump_global::PerThread::new(Bump::uninit());

#[cfg(feature = "heap-mimalloc")]
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "heap-static-alloc")]
#[global_allocator]
static HEAP: static_alloc::Bump<[u8; 1 << 29]> = static_alloc::Bump::uninit();
