//! An executor without a heap: a fixed set of tasks, each the future of an `async fn`, pinned in a
//! static pool that the compiler knows to be large enough. There is no `unsafe` in it.
//!
//! A sensor task measures, a filter task smooths what it is sent, a display task prints it. They
//! run in turn, each until it waits, as they would in the main loop of a firmware.

use core::cell::Cell;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use bump_global::leaked::{LeakBox, leak_box_unsize};
use bump_global::{Bump, Plan};

/// The content of the pool: all tasks and the channels between them.
const PLAN: Plan = Plan::new()
    .push::<Channel>()
    .push::<Channel>()
    .push_return(&sense)
    .push_return(&smooth)
    .push_return(&display);

/// The pool. When a task grows, it does; where it would be too strictly aligned, it does not
/// compile.
static POOL: Bump<[u64; PLAN.in_order().div_ceil(8)]> = Bump::uninit();
const _: () = assert!(PLAN.align() <= align_of::<u64>());

type Task = Pin<LeakBox<'static, dyn Future<Output = ()>>>;

fn main() {
    if std::env::args().len() > 1 {
        println!("Runs three tasks in a static pool, and prints what they measure.\n");
        println!("usage: tasks");
        return;
    }
    let mut tasks = tasks().expect("the pool is planned for them");
    println!(
        "{} of {} bytes of the pool are in use",
        POOL.used(),
        POOL.capacity()
    );
    let mut context = Context::from_waker(Waker::noop());
    // The last task ends with the last measurement. A firmware would sleep between two rounds.
    while tasks.each_mut().map(|task| poll(task, &mut context)) != [true; 3] {}
}

/// The tasks, connected; `None` if the pool is too small.
fn tasks() -> Option<[Option<Task>; 3]> {
    let measured: &Channel = POOL.leak(Channel::default()).ok()?;
    let smoothed: &Channel = POOL.leak(Channel::default()).ok()?;
    Some([
        Some(task(sense(measured))?),
        Some(task(smooth(measured, smoothed))?),
        Some(task(display(smoothed))?),
    ])
}

/// Puts a task into the pool, where it stays: so it can be pinned.
fn task(future: impl Future<Output = ()> + 'static) -> Option<Task> {
    let future = POOL.leak_box(future)?;
    Some(LeakBox::into_pin(leak_box_unsize!(
        future,
        dyn Future<Output = ()>
    )))
}

/// Lets a task run until it waits; whether it has ended. Its destructor runs when it has.
fn poll(slot: &mut Option<Task>, context: &mut Context<'_>) -> bool {
    if let Some(task) = slot {
        if task.as_mut().poll(context).is_ready() {
            *slot = None;
        }
    }
    slot.is_none()
}

/// From one task to another: `Some(None)` is the end.
#[derive(Default)]
struct Channel(Cell<Option<Option<i32>>>);

impl Channel {
    async fn send(&self, message: Option<i32>) {
        poll_fn(|_| match self.0.get() {
            None => {
                self.0.set(Some(message));
                Poll::Ready(())
            }
            Some(_) => Poll::Pending,
        })
        .await;
    }

    async fn receive(&self) -> Option<i32> {
        poll_fn(|_| self.0.take().map_or(Poll::Pending, Poll::Ready)).await
    }
}

async fn sense(measured: &'static Channel) {
    for time in 0..8 {
        measured.send(Some(20 + (time * 7) % 5)).await;
    }
    measured.send(None).await;
}

async fn smooth(measured: &'static Channel, smoothed: &'static Channel) {
    let mut window = [0; 4];
    let mut count = 0;
    // Borrowed across a wait: the future refers to itself, and must not move.
    let oldest = &mut window;
    while let Some(value) = measured.receive().await {
        oldest[count % 4] = value;
        count += 1;
        let known = count.min(4);
        let sum: i32 = oldest[..known].iter().sum();
        smoothed
            .send(Some(sum * 10 / i32::try_from(known).unwrap_or(4)))
            .await;
    }
    smoothed.send(None).await;
}

async fn display(smoothed: &'static Channel) {
    while let Some(tenths) = smoothed.receive().await {
        println!("{}.{} degrees", tenths / 10, tenths % 10);
    }
}
