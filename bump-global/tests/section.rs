//! Heaps over memory that lies apart, and is known at compile time.

use core::mem::MaybeUninit;

use bump_global::{RamSection, Recycling, Region, heap};

/// The names of items that the macro could have taken for itself.
const BYTES: usize = 1000;
const MEMORY: usize = 24;

heap!(
    /// With a size that is an expression of the caller's.
    pub(crate) static SUM: BYTES + MEMORY
);
// SAFETY: the linker puts all of `.bss.*` into memory that is cleared.
heap!(static IN_SECTION: 1 << 16, in ".bss.bank", unsafe { RamSection::new() });
heap!(static EMPTY: 0,);
// The compiler would need more memory for a `Bump` of that size than many machines have. An interpreter
// needs it here, too.
#[cfg(all(target_pointer_width = "64", not(miri)))]
heap!(static GIGABYTE: 1 << 30);

/// Aligned to 8 on 32 bits as well.
#[repr(align(8))]
struct Storage(#[expect(dead_code, reason = "it is there to be large")] MaybeUninit<[u64; 16]>);

static mut STORAGE: Storage = Storage(MaybeUninit::uninit());
static AT: Region<8> = {
    let start = (&raw mut STORAGE).cast();
    // SAFETY: a static that nothing else names.
    unsafe { Region::at(start, 128) }
};

#[global_allocator]
static HEAP: Recycling<&Region> = Recycling::new(&IN_SECTION);

#[test]
fn all_of_the_memory_can_be_had() {
    assert_eq!(SUM.capacity(), 1024);
    assert_eq!(SUM.data_ptr().addr().get() % 16, 0);
    let block = SUM.leak([7_u8; 1024]).expect("all of it");
    assert_eq!(block[1023], 7);
    assert!(SUM.leak(1_u8).is_err());
    assert!(EMPTY.leak(1_u8).is_err());
}

#[cfg(all(target_pointer_width = "64", not(miri)))]
#[test]
fn a_gigabyte_costs_what_is_used_of_it() {
    assert_eq!(GIGABYTE.capacity(), 1 << 30);
    let block = GIGABYTE.get_slice::<u8>(1 << 29).expect("half of it");
    assert_eq!(block.ptr.len(), 1 << 29);
}

#[test]
fn a_heap_is_in_its_section() {
    let vector: Vec<u32> = (0..100).collect();
    let start = IN_SECTION.data_ptr().addr().get();
    let distance = vector.as_ptr().addr().wrapping_sub(start);
    assert!(distance < IN_SECTION.capacity());
}

#[test]
fn a_region_is_at_an_address() {
    assert_eq!(AT.capacity(), 128);
    assert_eq!(AT.data_ptr().as_ptr().cast(), &raw mut STORAGE);
    assert!(AT.leak([0_u64; 16]).is_ok());
    assert!(AT.leak(0_u8).is_err());
    // SAFETY: refused.
    assert!(unsafe { AT.init_raw(AT.data_ptr(), 8) }.is_err());
}
