//! The errors of this crate, and the two ways in which a request for memory can fail.

use core::convert::Infallible;
use core::error::Error;
use core::fmt;

/// There is no memory for a request.
///
/// ```
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let arena = bump_local::Arena::from_mem(&mut buffer);
/// let error: bump_local::AllocError = arena.try_alloc([0_u8; 1000]).unwrap_err();
/// assert_eq!(error.to_string(), "not enough memory left");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AllocError;

impl fmt::Display for AllocError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not enough memory left")
    }
}

impl Error for AllocError {}

/// There is no memory for a value, or its initialisation failed.
///
/// `A` is [`Infallible`] where methods panic instead of returning the former.
///
/// ```
/// use bump_local::AllocOrInitError;
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let arena = bump_local::Arena::from_mem(&mut buffer);
/// match arena.try_alloc_try_with(|| "12x".parse::<u32>()) {
///     Ok(number) => println!("{number}"),
///     Err(AllocOrInitError::Alloc(_)) => println!("no memory"),
///     Err(AllocOrInitError::Init(error)) => println!("{error}"),
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AllocOrInitError<E, A = AllocError> {
    /// There is no memory.
    Alloc(A),
    /// The closure that makes the value failed.
    Init(E),
}

impl<A> AllocOrInitError<Infallible, A> {
    /// The error, where the initialisation cannot fail.
    #[inline]
    pub(crate) fn into_alloc(self) -> A {
        match self {
            AllocOrInitError::Alloc(error) => error,
            AllocOrInitError::Init(never) => match never {},
        }
    }
}

impl<E> AllocOrInitError<E, Infallible> {
    /// The error, where there is always memory.
    #[inline]
    pub(crate) fn into_init(self) -> E {
        match self {
            AllocOrInitError::Alloc(never) => match never {},
            AllocOrInitError::Init(error) => error,
        }
    }
}

impl<E: fmt::Display> fmt::Display for AllocOrInitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AllocOrInitError::Alloc(error) => error.fmt(f),
            AllocOrInitError::Init(error) => error.fmt(f),
        }
    }
}

impl<E: Error> Error for AllocOrInitError<E> {}

/// What happens when there is no memory: the algorithms are the same for methods that return an
/// error and for methods that panic.
pub(crate) trait OnExhaustion: Sized {
    /// The error, if it is one that can be returned.
    fn exhausted() -> Self;
}

impl OnExhaustion for AllocError {
    #[inline]
    fn exhausted() -> Self {
        AllocError
    }
}

impl OnExhaustion for Infallible {
    #[cold]
    #[inline(never)]
    fn exhausted() -> Self {
        panic!("not enough memory left in the arena")
    }
}

/// The result of an algorithm that panics instead of failing.
#[inline]
pub(crate) fn infallible<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}
