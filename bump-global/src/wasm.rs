//! [`WasmMemory`]: the linear memory of a WebAssembly module as a source of memory.

use core::arch::wasm32::{memory_grow, memory_size};
use core::ptr::{self, NonNull};

use crate::Grow;

/// Bytes of a page.
const PAGE: usize = 1 << 16;

/// The memory of a WebAssembly module, for one [`Growing`](crate::Growing) heap: from `__heap_base` on,
/// where the linker has put nothing more, and then pages of `memory.grow`.
///
/// It takes as many pages as a request needs, but at least an eighth of what the module has, if there
/// are as many. At the module's maximum it refuses, and the heap, which is one object of the language,
/// ends at 2 GiB. Others may use `memory.grow` as well: the heap goes on behind their pages, and leaves
/// them alone.
///
/// ```
/// use bump_global::{Growing, Recycling, Region, WasmMemory};
///
/// #[global_allocator]
/// static HEAP: Growing<WasmMemory, Recycling<Region<1, true>>> =
///     // SAFETY: the only heap that starts at `__heap_base`.
///     Growing::new(unsafe { WasmMemory::new() });
/// ```
#[derive(Debug)]
pub struct WasmMemory(());

impl WasmMemory {
    /// The memory of this module.
    ///
    /// ```
    /// use bump_global::{Growing, WasmMemory};
    ///
    /// // SAFETY: the only heap that starts at `__heap_base`.
    /// static HEAP: Growing<WasmMemory> = Growing::new(unsafe { WasmMemory::new() });
    /// ```
    ///
    /// # Safety
    ///
    /// Nobody else uses the memory from `__heap_base` to `__heap_end`. The `malloc` of a C library that
    /// is linked in starts there, too.
    #[must_use]
    pub const unsafe fn new() -> Self {
        WasmMemory(())
    }
}

unsafe extern "C" {
    static mut __heap_base: u8;
    static mut __heap_end: u8;
}

// SAFETY: nobody uses the memory between the two symbols (contract of `new`) but the heap that owns
// this. No other call of `memory.grow` returns the pages that one returned. The module's memory is
// no object of the language; its addresses are taken for exposed.
unsafe impl Grow for WasmMemory {
    fn grow(&self, end: Option<NonNull<u8>>, bytes: usize) -> Option<NonNull<[u8]>> {
        let (start, first_end) = ((&raw mut __heap_base).addr(), (&raw mut __heap_end).addr());
        if end.is_none() {
            return memory(start, first_end - start);
        }
        let needed = bytes.div_ceil(PAGE);
        let mut pages = needed.max(memory_size::<0>() / 8);
        let mut first = memory_grow::<0>(pages);
        if first == usize::MAX {
            // The module may have less.
            pages = needed;
            first = memory_grow::<0>(pages);
        }
        // There are less than 2^15 pages in half of the address space.
        (first != usize::MAX).then(|| memory(first * PAGE, pages * PAGE))?
    }
}

/// The range of `bytes` bytes at an address. No object has the last byte of the address space.
fn memory(address: usize, bytes: usize) -> Option<NonNull<[u8]>> {
    let start = NonNull::new(ptr::with_exposed_provenance_mut::<u8>(address))?;
    let bytes = bytes.min(usize::MAX - address);
    Some(NonNull::slice_from_raw_parts(start, bytes))
}
