//! The memory map: what the emulator tells by PVH, the way in which it starts a kernel.

use core::{ops, ptr};

/// The addresses of this image, and of what it keeps for itself.
pub fn image() -> ops::Range<usize> {
    unsafe extern "C" {
        static mut image_start: u8;
        static mut image_end: u8;
    }
    (&raw mut image_start).addr()..(&raw mut image_end).addr()
}

/// The usable ranges of memory, by start and length, that the emulator tells by PVH.
pub fn usable() -> impl Iterator<Item = (usize, usize)> {
    /// `hvm_start_info`, from its version 1 on.
    #[repr(C)]
    struct StartInfo {
        magic: u32,
        version: u32,
        flags: u32,
        modules: u32,
        module_list: u64,
        command_line: u64,
        rsdp: u64,
        map: u64,
        map_entries: u32,
    }
    #[repr(C)]
    struct Entry {
        start: u64,
        len: u64,
        kind: u32,
        reserved: u32,
    }
    unsafe extern "C" {
        static start_info: usize;
    }
    const USABLE: u32 = 1;
    // SAFETY: `pvh_start` has written it before anything else.
    let info = ptr::with_exposed_provenance::<StartInfo>(unsafe { start_info });
    // SAFETY: PVH: the start of the information is in this register.
    let info = unsafe { &*info };
    assert!(info.magic == 0x336e_c578 && info.version > 0, "PVH");
    let map = ptr::with_exposed_provenance::<Entry>(info.map as usize);
    (0..info.map_entries as usize)
        // SAFETY: PVH: there are so many entries.
        .map(move |index| unsafe { map.add(index).read() })
        .filter(|entry| entry.kind == USABLE)
        .map(|entry| (entry.start as usize, entry.len as usize))
}
