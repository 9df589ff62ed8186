//! A program that panics because its heap is full ends, and says why, with the hooks of the guide
//! `global_heap`; also where a backtrace is asked for, on which the standard library would hang.
//!
//! The test runs itself: the outer program has a `main` of its own, so that the inner one's heap is
//! used by nothing else.

use core::time::Duration;
use std::io::Read;
use std::panic;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use bump_global::{Bump, Fallback, Region};

/// Names the hook to the inner program.
const HOOK: &str = "FULL_HEAP_HOOK";

/// A program that has not ended by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);

#[global_allocator]
static HEAP: Fallback<Bump<[u8; 1 << 16]>, Region> = Fallback::new(Bump::uninit(), Region::empty());

static RESERVE: Bump<[u8; 1 << 26]> = Bump::uninit();

fn main() -> ExitCode {
    match std::env::var(HOOK).as_deref() {
        // With room for the message.
        Ok("message") => {
            hook_without_a_backtrace();
            panic_on_a_full_heap(1000, || ());
        }
        // Without, since the reserve is opened before.
        Ok("reserve") => {
            hook_that_opens_the_reserve();
            panic_on_a_full_heap(0, open_reserve);
        }
        // By the hook alone.
        Ok("late reserve") => {
            hook_that_opens_the_reserve();
            panic_on_a_full_heap(1000, || ());
        }
        Ok(other) => panic!("no hook is called {other}"),
        // Emulators and interpreters run one program.
        Err(_) if cfg!(miri) || cfg!(emulated) => {}
        Err(_) => {
            open_reserve();
            ends_with_a_message("message", "0", &["no room for 8000"]);
            ends_with_a_message("message", "1", &["no room for 8000"]);
            ends_with_a_message("reserve", "0", &["no room for 8000"]);
            // The last line of a backtrace that is complete.
            let backtrace = [
                "no room for 8000",
                "stack backtrace:",
                "Some details are omitted",
            ];
            ends_with_a_message("reserve", "1", &backtrace);
            ends_with_a_message("late reserve", "1", &backtrace);
        }
    }
    ExitCode::SUCCESS
}

/// Adds the reserve to the heap, once.
fn open_reserve() {
    if let Some(memory) = RESERVE.get_uninit_slice(RESERVE.capacity()) {
        HEAP.secondary().init(memory).expect("it has none");
    }
}

fn hook_without_a_backtrace() {
    panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
}

fn hook_that_opens_the_reserve() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        open_reserve();
        print(panic);
    }));
}

/// Takes all memory but `room`, and panics for want of more, after a call of `refused`.
fn panic_on_a_full_heap(room: usize, refused: fn()) {
    let taken: Vec<u8> = Vec::with_capacity(HEAP.primary().remaining() - room);
    assert_eq!(HEAP.primary().remaining(), room);
    let mut more: Vec<u8> = Vec::new();
    more.try_reserve(8000).unwrap_or_else(|_| {
        refused();
        panic!("no room for {} bytes", 8000);
    });
    drop(taken);
}

/// Runs this program with a hook, and expects a panic whose report contains all of `texts`.
fn ends_with_a_message(hook: &str, backtrace: &str, texts: &[&str]) {
    let program = std::env::current_exe().expect("it was found to be run");
    let mut inner = Command::new(program)
        .env(HOOK, hook)
        .env("RUST_BACKTRACE", backtrace)
        .stderr(Stdio::piped())
        .spawn()
        .expect("it was run before");
    let mut stderr = inner.stderr.take().expect("piped");
    let reader = std::thread::spawn(move || {
        let mut report = String::new();
        stderr.read_to_string(&mut report).map(|_| report)
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = inner.try_wait().expect("nobody else waits for it") {
            break status;
        }
        if started.elapsed() > PATIENCE {
            inner.kill().expect("it runs");
            panic!("hook {hook}, RUST_BACKTRACE={backtrace}: it hangs");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let report = reader.join().expect("it does not panic").expect("text");
    for text in texts {
        assert!(
            report.contains(text),
            "hook {hook}, RUST_BACKTRACE={backtrace}: no {text:?} in {report}"
        );
    }
    assert_eq!(status.code(), Some(101), "not by a panic: {report}");
}
