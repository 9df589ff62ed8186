//! Catches panics of the allocator under test, where there is a runtime that can.

use crate::violation::Violation;

/// Calls the allocator; a panic inside is a violation.
#[cfg(feature = "std")]
pub(crate) fn calm<R>(what: &str, call: impl FnOnce() -> R) -> Result<R, Violation> {
    use crate::violation::Rule;
    use alloc::format;
    use alloc::string::String;
    use core::panic::AssertUnwindSafe;
    use std::panic::catch_unwind;

    // Unwind safety: after a panic, only the destructor of the allocator is called.
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| String::from(*text))
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Violation::new(Rule::Calm, format!("{what} panicked: {text}"))
    })
}

/// Calls the allocator; a panic inside ends the program, as it does for every other user.
#[cfg(not(feature = "std"))]
pub(crate) fn calm<R>(_what: &str, call: impl FnOnce() -> R) -> Result<R, Violation> {
    Ok(call())
}
