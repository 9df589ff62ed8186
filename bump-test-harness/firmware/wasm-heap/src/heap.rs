//! The allocators that are compared, each as its documentation says.

#[cfg(not(any(
    feature = "recycling",
    feature = "dlmalloc",
    feature = "lol",
    feature = "mini",
    feature = "talc",
    feature = "fail"
)))]
mod chosen {
    use bump_global::{Growing, WasmMemory};

    #[global_allocator]
    // SAFETY: the only heap that starts at `__heap_base`.
    static HEAP: Growing<WasmMemory> = Growing::new(unsafe { WasmMemory::new() });
}

#[cfg(feature = "recycling")]
mod chosen {
    use bump_global::{Growing, Recycling, Region, WasmMemory};

    #[global_allocator]
    static HEAP: Growing<WasmMemory, Recycling<Region<1, true>>> =
        // SAFETY: the only heap that starts at `__heap_base`.
        Growing::new(unsafe { WasmMemory::new() });
}

/// Takes it for granted that nobody else uses `memory.grow`.
#[cfg(feature = "fail")]
mod chosen {
    use bump_global::{Grow, Growing, WasmMemory};
    use core::ptr::NonNull;

    struct Careless(WasmMemory);

    // SAFETY: does not hold, which is the point.
    unsafe impl Grow for Careless {
        fn grow(&self, end: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
            let memory = self.0.grow(end, bytes)?;
            let start = end.unwrap_or(memory.cast());
            let end = memory.cast::<u8>().addr().get() + memory.len();
            Some(NonNull::slice_from_raw_parts(
                start,
                end - start.addr().get(),
            ))
        }
    }

    #[global_allocator]
    // SAFETY: the only heap that starts at `__heap_base`.
    static HEAP: Growing<Careless> = Growing::new(Careless(unsafe { WasmMemory::new() }));
}

#[cfg(feature = "dlmalloc")]
mod chosen {
    #[global_allocator]
    static HEAP: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;
}

#[cfg(feature = "lol")]
mod chosen {
    use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

    #[global_allocator]
    static HEAP: AssumeSingleThreaded<FreeListAllocator> =
        // SAFETY: the module has one thread.
        unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };
}

#[cfg(feature = "mini")]
mod chosen {
    #[global_allocator]
    static HEAP: mini_alloc::MiniAlloc = mini_alloc::MiniAlloc::INIT;
}

#[cfg(feature = "talc")]
mod chosen {
    #[global_allocator]
    static HEAP: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
}
