//! WebAssembly: an embedder (`machine/wasm.mjs`) supplies console and end. Nothing interrupts.

mod host {
    #[link(wasm_import_module = "host")]
    unsafe extern "C" {
        pub(super) fn write(text: *const u8, len: usize);
        pub(super) fn exit(status: i32) -> !;
    }
}

/// Bytes of the global heap.
pub const HEAP: usize = 256 * 1024;

pub fn write(text: &str) {
    // SAFETY: `text` is readable for its length, and the embedder only reads.
    unsafe { host::write(text.as_ptr(), text.len()) }
}

pub fn exit(passed: bool) -> ! {
    // SAFETY: no preconditions.
    unsafe { host::exit(i32::from(!passed)) }
}

pub fn spare() -> (*mut u8, usize) {
    unsafe extern "C" {
        static mut __heap_base: u8;
        static mut __heap_end: u8;
    }
    let start = &raw mut __heap_base;
    (start, (&raw mut __heap_end).addr() - start.addr())
}

#[unsafe(no_mangle)]
extern "C" fn run() {
    super::run()
}
