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
/// `A` is [`Infallible`] in methods that panic where there is no memory.
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
///
/// `?` converts an [`AllocError`] to it. Its source is the error of the initialisation:
///
/// ```
/// use bump_local::{AllocOrInitError, Arena};
/// use core::error::Error as _;
/// use core::num::ParseIntError;
///
/// fn sum<'a>(arena: &'a Arena<'_>, text: &str) -> Result<&'a u32, AllocOrInitError<ParseIntError>> {
///     let numbers = arena.try_alloc_slice_try_fill_iter(text.split('+').map(str::parse::<u32>))?;
///     Ok(arena.try_alloc(numbers.iter().sum())?)
/// }
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let arena = Arena::from_mem(&mut buffer);
/// assert_eq!(sum(&arena, "1+2"), Ok(&3));
/// let error = sum(&arena, "1+x").unwrap_err();
/// assert_eq!(error.to_string(), "the value could not be made");
/// assert!(error.source().is_some_and(|source| source.is::<ParseIntError>()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AllocOrInitError<E, A = AllocError> {
    /// There is no memory.
    Alloc(A),
    /// The closure that makes the value failed.
    Init(E),
}

impl<A> AllocOrInitError<Infallible, A> {
    /// The error of the allocation, where the initialisation cannot fail.
    #[inline]
    pub(crate) fn into_alloc(self) -> A {
        match self {
            AllocOrInitError::Alloc(error) => error,
            AllocOrInitError::Init(never) => match never {},
        }
    }
}

impl<E> AllocOrInitError<E, Infallible> {
    /// The error of the initialisation, where the allocation cannot fail.
    #[inline]
    pub(crate) fn into_init(self) -> E {
        match self {
            AllocOrInitError::Alloc(never) => match never {},
            AllocOrInitError::Init(error) => error,
        }
    }
}

impl<E> From<AllocError> for AllocOrInitError<E> {
    #[inline]
    fn from(error: AllocError) -> Self {
        AllocOrInitError::Alloc(error)
    }
}

impl<E> fmt::Display for AllocOrInitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AllocOrInitError::Alloc(error) => error.fmt(f),
            AllocOrInitError::Init(_) => f.write_str("the value could not be made"),
        }
    }
}

impl<E: Error + 'static> Error for AllocOrInitError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            AllocOrInitError::Alloc(_) => None,
            AllocOrInitError::Init(error) => Some(error),
        }
    }
}

/// The reaction to a lack of memory. The algorithms are generic in it, so one serves a method that
/// returns an error and one that panics.
///
/// All functions between the method of the program and `exhausted` are `#[track_caller]`, so that a
/// panic names the place in the program. The path with memory pays nothing for it: the place is a
/// constant, which is loaded on the way to a cold function. Formatting is the exception: a value
/// that is formatted may catch the panic and go on, so the panic starts where that value writes.
pub(crate) trait OnExhaustion: Sized {
    /// Returns the error, or panics, for a request of `size` bytes; `size` is 0 if there were too
    /// many values of size 0.
    #[track_caller]
    fn exhausted(size: usize) -> Self;
}

impl OnExhaustion for AllocError {
    #[inline]
    fn exhausted(_: usize) -> Self {
        AllocError
    }
}

impl OnExhaustion for Infallible {
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn exhausted(size: usize) -> Self {
        if size == 0 {
            panic!("too many values without bytes");
        }
        // `Arena::new` is there without the feature, for arenas that get buffers later.
        if cfg!(all(debug_assertions, not(feature = "alloc"))) {
            panic!(
                "not enough memory left in the arena for {size} bytes; with the feature `alloc` of \
                 bump-local, arenas grow"
            );
        }
        panic!("not enough memory left in the arena for {size} bytes")
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
