//! Strings that are written piece by piece: the string builder, and formatting into a region.

use core::fmt;
use core::ops::{Deref, DerefMut};

use crate::chunks::Chunks;
use crate::error::{AllocError, AllocOrInitError, OnExhaustion, infallible};
use crate::partial::{Lock, Partial};
use crate::rewind::Rewind;
use crate::values;

/// A string that grows in a region, in place as long as nothing else is allocated there.
///
/// It is read as a `str`. It locks the arena or scope that it was made from: no scope can be opened
/// there while it grows, but other values can be allocated. [`finish`](Self::finish) returns its
/// text, which lasts for `'r`. If the builder is dropped unfinished, its memory is given back, unless
/// something else was allocated behind it.
///
/// ```
/// use bump_local::Arena;
/// use core::fmt::Write as _;
///
/// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
/// let arena = Arena::from_mem(&mut buffer);
/// let mut builder = arena.string_builder();
/// for number in 1..4 {
///     write!(builder, "{number},")?;
/// }
/// let text: &mut str = builder.finish();
/// assert_eq!(text, "1,2,3,");
/// assert_eq!(arena.used_bytes(), 6);
/// # Ok::<(), core::fmt::Error>(())
/// ```
#[must_use = "a string that is not finished is given back"]
pub struct StringBuilder<'lock, 'r, A: Rewind + ?Sized = Chunks> {
    bytes: Partial<'r, u8, A>,
    _lock: Lock<'lock>,
}

impl<'r, A: Rewind + ?Sized> StringBuilder<'_, 'r, A> {
    /// An empty string. The caller ties `'lock` to the borrow that must last while the string
    /// grows.
    pub(crate) fn new(region: &'r A) -> Self {
        StringBuilder {
            bytes: Partial::new(region),
            _lock: Lock::new(),
        }
    }

    /// An empty string with room for `capacity` bytes.
    #[track_caller]
    pub(crate) fn with_capacity<E: OnExhaustion>(
        region: &'r A,
        capacity: usize,
    ) -> Result<Self, E> {
        Ok(StringBuilder {
            bytes: Partial::with_capacity(region, capacity)?,
            _lock: Lock::new(),
        })
    }

    /// Appends a character.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// for char in "bump".chars().rev() {
    ///     builder.push(char);
    /// }
    /// assert_eq!(builder.finish(), "pmub");
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory for it.
    #[inline]
    #[track_caller]
    pub fn push(&mut self, char: char) {
        infallible(push_char(&mut self.bytes, char));
    }

    /// Appends a character.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// while builder.try_push('ä').is_ok() {}
    /// assert!(builder.len() % 2 == 0 && builder.len() > 100);
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory for it. The builder is as it was.
    #[inline]
    pub fn try_push(&mut self, char: char) -> Result<(), AllocError> {
        push_char(&mut self.bytes, char)
    }

    /// Appends a string.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// builder.push_str("bump");
    /// assert_eq!(builder.finish(), "bump");
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory for it.
    #[inline]
    #[track_caller]
    pub fn push_str(&mut self, text: &str) {
        infallible(self.bytes.extend_from_slice(text.as_bytes()));
    }

    /// Appends a string.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// builder.push_str("kept");
    /// assert!(builder.try_push_str(&"x".repeat(1000)).is_err());
    /// assert_eq!(builder.finish(), "kept");
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory for it. The builder is as it was.
    #[inline]
    pub fn try_push_str(&mut self, text: &str) -> Result<(), AllocError> {
        self.bytes.extend_from_slice(text.as_bytes())
    }

    /// Makes room for `additional` more bytes.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// builder.reserve(100);
    /// assert!(builder.capacity() >= 100);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        infallible(self.bytes.reserve(additional));
    }

    /// Like [`reserve`](Self::reserve), without a panic.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// assert!(builder.try_reserve(100).is_ok());
    /// assert!(builder.try_reserve(1000).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no memory. The builder is as it was.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), AllocError> {
        self.bytes.reserve(additional)
    }

    /// The number of bytes that fit without more memory, including those that are written already.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let builder = arena.string_builder_with_capacity(10);
    /// assert_eq!(builder.capacity(), 10);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Removes the last character.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// builder.push_str("1, 2, ");
    /// assert_eq!((builder.pop(), builder.pop()), (Some(' '), Some(',')));
    /// assert_eq!(builder.finish(), "1, 2");
    /// ```
    pub fn pop(&mut self) -> Option<char> {
        let last = self.as_str().chars().next_back()?;
        self.bytes.truncate(self.len() - last.len_utf8());
        Some(last)
    }

    /// Shortens the string to `len` bytes. A string that is not longer stays as it is.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// builder.push_str("bump allocator");
    /// builder.truncate(4);
    /// assert_eq!(builder.finish(), "bump");
    /// ```
    ///
    /// # Panics
    ///
    /// If `len` is in the middle of a character.
    #[track_caller]
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            assert!(self.is_char_boundary(len), "a character would be cut");
            self.bytes.truncate(len);
        }
    }

    /// Makes the string empty, and keeps its memory for the next text.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// for line in ["one", "two"] {
    ///     builder.clear();
    ///     builder.push_str(line);
    /// }
    /// assert_eq!(builder.finish(), "two");
    /// assert_eq!(arena.used_bytes(), 3);
    /// ```
    pub fn clear(&mut self) {
        self.bytes.truncate(0);
    }

    /// The text so far.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// builder.push_str("bump");
    /// assert_eq!(builder.as_str(), "bump");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        // SAFETY: the bytes are whole strings, one behind the other, so they are UTF-8.
        unsafe { core::str::from_utf8_unchecked(self.bytes.as_slice()) }
    }

    /// Returns the text, and gives back the memory that it does not use.
    ///
    /// ```
    /// # let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 256];
    /// let arena = bump_local::Arena::from_mem(&mut buffer);
    /// let mut builder = arena.string_builder();
    /// builder.push_str("bump");
    /// let text: &mut str = builder.finish();
    /// text.make_ascii_uppercase();
    /// assert_eq!(text, "BUMP");
    /// ```
    #[must_use]
    pub fn finish(self) -> &'r mut str {
        // SAFETY: the bytes are whole strings, one behind the other, so they are UTF-8.
        unsafe { core::str::from_utf8_unchecked_mut(self.bytes.finish()) }
    }
}

impl<A: Rewind + ?Sized> Deref for StringBuilder<'_, '_, A> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl<A: Rewind + ?Sized> DerefMut for StringBuilder<'_, '_, A> {
    #[inline]
    fn deref_mut(&mut self) -> &mut str {
        // SAFETY: the bytes are whole strings, one behind the other, so they are UTF-8.
        unsafe { core::str::from_utf8_unchecked_mut(self.bytes.as_mut_slice()) }
    }
}

/// Panics if there is no memory.
impl<A: Rewind + ?Sized> Extend<char> for StringBuilder<'_, '_, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = char>>(&mut self, chars: I) {
        for char in chars {
            self.push(char);
        }
    }
}

/// Panics if there is no memory.
impl<'text, A: Rewind + ?Sized> Extend<&'text str> for StringBuilder<'_, '_, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'text str>>(&mut self, texts: I) {
        for text in texts {
            self.push_str(text);
        }
    }
}

/// Fails if there is no memory.
impl<A: Rewind + ?Sized> fmt::Write for StringBuilder<'_, '_, A> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.try_push_str(text).map_err(|AllocError| fmt::Error)
    }

    fn write_char(&mut self, char: char) -> fmt::Result {
        push_char(&mut self.bytes, char).map_err(|AllocError| fmt::Error)
    }
}

impl<A: Rewind + ?Sized> AsRef<str> for StringBuilder<'_, '_, A> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl<A: Rewind + ?Sized> fmt::Display for StringBuilder<'_, '_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl<A: Rewind + ?Sized> fmt::Debug for StringBuilder<'_, '_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// Appends a character. Formatting writes padding character by character, so there is a path for
/// one byte that is shorter than the copy of a slice.
#[inline]
#[track_caller]
fn push_char<E: OnExhaustion, A: Rewind + ?Sized>(
    bytes: &mut Partial<'_, u8, A>,
    char: char,
) -> Result<(), E> {
    #[inline(never)]
    #[track_caller]
    fn slow<E: OnExhaustion, A: Rewind + ?Sized>(
        bytes: &mut Partial<'_, u8, A>,
        char: char,
    ) -> Result<(), E> {
        bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes())
    }

    match u8::try_from(char) {
        Ok(byte) if byte.is_ascii() && bytes.room() > 0 => {
            // SAFETY: `room` is above 0, so one byte fits.
            unsafe { bytes.push_unchecked(byte) };
            Ok(())
        }
        _ => slow(bytes, char),
    }
}

/// Formats into a region.
#[track_caller]
pub(crate) fn alloc_fmt<'r, E: OnExhaustion, A: Rewind + ?Sized>(
    region: &'r A,
    arguments: fmt::Arguments<'_>,
) -> Result<&'r mut str, AllocOrInitError<fmt::Error, E>> {
    /// Keeps the error of the region, which `fmt::Error` could not tell from an error of a
    /// formatted value.
    struct Writer<'r, A: Rewind + ?Sized, E> {
        text: Partial<'r, u8, A>,
        exhausted: Option<E>,
    }

    impl<A: Rewind + ?Sized, E> Writer<'_, A, E> {
        fn note(&mut self, error: E) -> fmt::Error {
            self.exhausted = Some(error);
            fmt::Error
        }
    }

    impl<A: Rewind + ?Sized, E: OnExhaustion> fmt::Write for Writer<'_, A, E> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let written = self.text.extend_from_slice(text.as_bytes());
            written.map_err(|error| self.note(error))
        }

        fn write_char(&mut self, char: char) -> fmt::Result {
            push_char(&mut self.text, char).map_err(|error| self.note(error))
        }
    }

    if let Some(text) = arguments.as_str() {
        return values::alloc_str(region, text).map_err(AllocOrInitError::Alloc);
    }
    let mut writer = Writer {
        text: Partial::with_least(region),
        exhausted: None,
    };
    match (fmt::write(&mut writer, arguments), writer.exhausted) {
        (_, Some(error)) => Err(AllocOrInitError::Alloc(error)),
        (Err(error), None) => Err(AllocOrInitError::Init(error)),
        // SAFETY: the bytes are whole strings, one behind the other, so they are UTF-8.
        (Ok(()), None) => Ok(unsafe { core::str::from_utf8_unchecked_mut(writer.text.finish()) }),
    }
}
