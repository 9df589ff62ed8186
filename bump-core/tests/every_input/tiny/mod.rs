//! The sources of the arithmetic, instantiated for an address space of 256 bytes.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "not every item of the included sources is used by the tests"
)]

#[path = "../../../src/align.rs"]
pub mod align;
#[allow(
    clippy::cast_possible_truncation,
    reason = "the casts are of numbers of bits"
)]
#[path = "../../../src/class.rs"]
pub mod class;
#[path = "../../../src/growth.rs"]
pub mod growth;
#[path = "../../../src/place.rs"]
pub mod place;
#[path = "../../../src/plan.rs"]
pub mod plan;
#[path = "../../../src/resize.rs"]
pub mod resize;

#[allow(
    non_camel_case_types,
    reason = "it replaces the primitive in the included sources"
)]
pub type usize = u8;

/// [`core::alloc::Layout`] with the same rules, for 8 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    size: u8,
    align: u8,
}

impl Layout {
    pub const fn from_size_align(size: u8, align: u8) -> Result<Self, ()> {
        if align.is_power_of_two() && size as u16 + (align as u16 - 1) <= i8::MAX as u16 {
            Ok(Layout { size, align })
        } else {
            Err(())
        }
    }

    pub const fn new<T>() -> Self {
        match Self::array::<T>(1) {
            Ok(layout) => layout,
            Err(()) => panic!("no such type in 8 bits"),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "compared before")]
    pub const fn array<T>(len: u8) -> Result<Self, ()> {
        let (size, align) = (
            size_of::<T>() * len as core::primitive::usize,
            align_of::<T>(),
        );
        if size > u8::MAX as core::primitive::usize || align > u8::MAX as core::primitive::usize {
            return Err(());
        }
        Self::from_size_align(size as u8, align as u8)
    }

    pub const fn size(&self) -> u8 {
        self.size
    }

    pub const fn align(&self) -> u8 {
        self.align
    }
}
