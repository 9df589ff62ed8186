//! The checks of the properties, grouped by what they exercise. Each is a set of sequences for the
//! model, or a small program where sequences cannot express it. Names and contracts are in
//! `catalogue.rs`.

pub(crate) mod arena;
pub(crate) mod base;
pub(crate) mod contents;
pub(crate) mod layout;
pub(crate) mod lifetime;
pub(crate) mod random;
pub(crate) mod resize;
pub(crate) mod threads;
