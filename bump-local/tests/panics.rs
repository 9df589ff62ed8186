//! The panics of methods that have no memory: each names the place in the program and the size.

use core::fmt;
use core::mem::MaybeUninit;
use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, set_hook, take_hook};
use std::sync::Mutex;

use bump_local::{Arena, Bump, TypedArena};

/// The message of the last panic, and where it was.
static LAST: Mutex<Option<(String, String, u32)>> = Mutex::new(None);

/// The message of `f`, which panics in this file, at a line from `first` on.
fn message(first: u32, f: impl FnOnce()) -> String {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
    let (message, file, line) = LAST.lock().unwrap().take().unwrap();
    assert!(file.ends_with("panics.rs"), "{message}: {file}");
    assert!(
        (first..first + 3).contains(&line),
        "{message}: {line}, not {first}"
    );
    message
}

/// Like [`message`], for a panic in the closure in the same expression.
macro_rules! message {
    ($f:expr) => {
        message(line!(), || {
            let _ = $f;
        })
    };
}

struct Fails;

impl fmt::Display for Fails {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

// One test, since there is one hook for all threads.
#[test]
fn panics_name_the_caller_and_the_size() {
    let before = take_hook();
    set_hook(Box::new(|info| {
        let message = info.payload().downcast_ref::<String>().cloned();
        let message = message.or_else(|| {
            info.payload()
                .downcast_ref()
                .map(|text: &&str| (*text).to_owned())
        });
        let place = info.location().unwrap();
        *LAST.lock().unwrap() = Some((
            message.unwrap_or_default(),
            place.file().to_owned(),
            place.line(),
        ));
    }));

    let mut buffer = [MaybeUninit::uninit(); 256];
    let mut arena = Arena::from_mem(&mut buffer);
    let large = [0_u8; 500];
    let text = "x".repeat(500);
    for message in [
        message!(arena.alloc(large)),
        message!(arena.alloc_with(|| large)),
        message!(arena.alloc_try_with(|| Ok::<_, ()>(large))),
        message!(arena.alloc_boxed(large)),
        message!(arena.alloc_uninit::<[u8; 500]>()),
        message!(arena.alloc_zeroed::<[u8; 500]>()),
        message!(arena.alloc_layout(core::alloc::Layout::new::<[u8; 500]>())),
        message!(arena.alloc_slice_copy(&large)),
        message!(arena.alloc_slice_clone(&large)),
        message!(arena.alloc_str(&text)),
        message!(arena.alloc_slice_uninit::<u32>(125)),
        message!(arena.alloc_slice_zeroed::<u32>(125)),
        message!(arena.alloc_slice_fill_with(125, |_| 0_u32)),
        message!(arena.alloc_slice_try_fill_with(125, |_| Ok::<_, ()>(0_u32))),
        message!(arena.alloc_slice_fill_copy(125, 0_u32)),
        message!(arena.alloc_slice_fill_clone(125, &0_u32)),
        message!(arena.alloc_slice_fill_default::<u32>(125)),
        message!(arena.alloc_slice_fill_iter(0..125_u32)),
        message!(arena.alloc_slice_try_fill_iter((0..125_u32).map(Ok::<_, ()>))),
        message!(arena.string_builder().push_str(&text)),
        message!(arena.string_builder().extend([&*text])),
        message!(arena.string_builder().reserve(500)),
        message!(arena.string_builder_with_capacity(500)),
        message!(arena.vec_builder().push(large)),
        message!(arena.vec_builder().insert(0, large)),
        message!(arena.vec_builder().extend([0_u8; 500])),
        message!(arena.vec_builder::<u8>().extend(&large)),
        message!(arena.vec_builder().extend_from_slice_copy(&large)),
        message!(arena.vec_builder::<u8>().reserve(500)),
        message!(arena.vec_builder_with_capacity::<u8>(500)),
        message!(arena.alloc_slice_boxed([0_u8; 500])),
        message!(arena.arena_ref().alloc(large)),
        message!(arena.arena_mut().alloc(large)),
        message!(arena.plain().alloc(large)),
        message!(TypedArena::from_mem(&mut [const { MaybeUninit::uninit() }; 250]).alloc(large)),
        message!(
            TypedArena::from_mem(&mut [const { MaybeUninit::uninit() }; 250]).alloc_extend([large])
        ),
        message!(arena.guard().alloc(large)),
        message!(arena.scope(|scope| *scope.alloc(large))),
        message!(Bump::<[u8; 100]>::uninit().scope(|scope| *scope.alloc(large))),
    ] {
        assert!(
            message.starts_with("not enough memory left in the arena for 500 bytes"),
            "{message}"
        );
        // The hint is for those whose arena could grow, and for builds in which it costs nothing.
        let hint = message.contains("feature `alloc`");
        assert_eq!(hint, cfg!(all(debug_assertions, not(feature = "alloc"))));
    }
    // The size is that of all values, those that are there included.
    let mut one = arena.vec_builder();
    one.push(1_u32);
    let message = message!(one.reserve(124));
    assert!(message.starts_with("not enough memory left in the arena for 500 bytes"));
    drop(one);
    struct Dropped([u8; 500]);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0 = [1; 500];
        }
    }
    let dropped = || Dropped([0; 500]);
    for message in [
        message!(arena.scope(|scope| scope.alloc_dropped(dropped()).0[0])),
        message!(arena.scope(|scope| scope.pin(dropped()).0[0])),
        message!(arena.scope(|scope| scope.alloc_dropped_with(dropped).0[0])),
        message!(arena.scope(|scope| scope.alloc_slice_dropped([dropped()]).len())),
    ] {
        assert!(message.starts_with("not enough memory left in the arena for 5"));
    }
    let endless = message!(arena.alloc_slice_fill_iter(core::iter::repeat(0_u8)));
    assert!(
        endless.starts_with("not enough memory left in the arena for "),
        "{endless}"
    );
    // A value may catch the panic where it writes, so that is where it starts.
    let formats = AssertUnwindSafe(|| arena.alloc_fmt(format_args!("{text}")).len());
    assert!(catch_unwind(formats).is_err());
    let (formats, ..) = LAST.lock().unwrap().take().unwrap();
    assert!(formats.starts_with("not enough memory left in the arena for 500 bytes"));
    let most = message!(arena.alloc_slice_uninit::<u64>(usize::MAX));
    let all = usize::MAX;
    assert!(most.starts_with(&format!(
        "not enough memory left in the arena for {all} bytes"
    )));
    let empty = message!(arena.alloc_slice_fill_with(usize::MAX, |_| ()));
    assert_eq!(empty, "too many values without bytes");
    let text = message!(arena.string_builder().extend(core::iter::repeat('x')));
    assert!(text.starts_with("not enough memory"));
    let beyond = message!(arena.vec_builder().insert(1, 0));
    assert_eq!(beyond, "no place 1 in a vector of 0 values");
    let none = message!(arena.vec_builder::<u8>().remove(0));
    assert_eq!(none, "no value 0 in a vector of 0");
    let none = message!(arena.vec_builder::<u8>().swap_remove(0));
    assert_eq!(none, "no value 0 in a vector of 0");
    let fails = message!(arena.alloc_fmt(format_args!("{Fails}")));
    assert_eq!(
        fails,
        "a value that is formatted returned an error of its own: Error"
    );
    #[cfg(feature = "alloc")]
    {
        let capacity = message!(Arena::with_capacity(usize::MAX));
        assert!(capacity.starts_with("not enough memory"));
        let room = message!(Arena::new().reserve(usize::MAX));
        assert!(room.starts_with("not enough memory"));
    }
    drop(take_hook());
    set_hook(before);
}
