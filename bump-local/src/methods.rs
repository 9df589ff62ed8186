//! The methods by which programs put values into an arena, a scope, a guard or a reference to any
//! of them. A macro writes them once for all: they differ only in how long the result lasts, and
//! programs call them without importing a trait. The names are those of `bumpalo`.

mod growing;
mod made;
mod single;
mod slices;

pub(crate) use growing::growing_methods;
pub(crate) use made::made_methods;
pub(crate) use single::single_methods;
pub(crate) use slices::slice_methods;

/// Writes the methods, inside an `impl` block.
///
/// - `['r] [&'r self] -> 'x` are the generics and the receiver of each method, and the lifetime of
///   the values: that of the borrow, or that of the scope;
/// - `lock` is the borrow that must last while something grows;
/// - `region` is the expression for the [`Rewind`](crate::Rewind) of type `A`;
/// - `before` and `after` frame the examples, in which `arena` has room for 4000 bytes.
macro_rules! value_methods {
    ($($parameters:tt)*) => {
        $crate::methods::single_methods! { $($parameters)* }
        $crate::methods::slice_methods! { $($parameters)* }
        $crate::methods::made_methods! { $($parameters)* }
        $crate::methods::growing_methods! { $($parameters)* }
    };
}
pub(crate) use value_methods;
