//! The heap of the whole program, by a feature; the system's with `heap-system`, or without one.

#[cfg(any(
    feature = "heap-bump",
    feature = "heap-per-thread",
    feature = "heap-recycling"
))]
use bump_global::Bump;

#[cfg(feature = "heap-bump")]
#[global_allocator]
static HEAP: Bump<[u8; 1 << 27]> = Bump::uninit();

#[cfg(feature = "heap-per-thread")]
#[global_allocator]
static HEAP: bump_global::PerThread<Bump<[u8; 1 << 27]>> =
    bump_global::PerThread::new(Bump::uninit());

#[cfg(feature = "heap-recycling")]
#[global_allocator]
static HEAP: bump_global::Recycling<Bump<[u8; 1 << 27]>> =
    bump_global::Recycling::new(Bump::uninit());

#[cfg(feature = "heap-mimalloc")]
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "heap-static-alloc")]
#[global_allocator]
static HEAP: static_alloc::Bump<[u8; 1 << 27]> = static_alloc::Bump::uninit();

#[cfg(not(any(
    feature = "heap-bump",
    feature = "heap-per-thread",
    feature = "heap-recycling",
    feature = "heap-mimalloc",
    feature = "heap-static-alloc"
)))]
#[global_allocator]
static HEAP: std::alloc::System = std::alloc::System;
