//! A pool of pinned tasks: futures of different types that live in a static region for good, and an
//! executor that polls them in turn.

use alloc::rc::Rc;
use bump_global::Bump;
use bump_global::leaked::{LeakBox, leak_box_unsize};
use core::cell::Cell;
use core::future::{Future, poll_fn};
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

static POOL: Bump<[u64; 20]> = Bump::uninit();

type Task = Pin<LeakBox<'static, dyn Future<Output = ()>>>;

/// Moves a task to the place where it stays; `None` if the pool is full.
fn spawn(task: impl Future<Output = ()> + 'static) -> Option<Task> {
    let task = POOL.leak_box(task)?;
    Some(LeakBox::into_pin(leak_box_unsize!(
        task,
        dyn Future<Output = ()>
    )))
}

/// Lets the others run, once.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|_| {
        if mem::replace(&mut yielded, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Counts up by `step`, `rounds` times. The task itself has what it borrows across the
/// yield, so it must not move.
async fn count(total: Rc<Cell<u32>>, step: u32, rounds: u32) {
    let local = Cell::new(0);
    let seen = &local;
    for _ in 0..rounds {
        yield_now().await;
        seen.set(seen.get() + step);
    }
    total.set(total.get() + seen.get());
}

/// Runs tasks until the pool refuses one, all to their ends.
pub fn check() {
    let total = Rc::new(Cell::new(0));
    let mut tasks = [const { None }; 32];
    let mut expected = 0;
    let mut spawned = 0;
    for step in 1..=32_u32 {
        let Some(task) = spawn(count(Rc::clone(&total), step, spawned + 1)) else {
            break;
        };
        expected += step * (spawned + 1);
        tasks[spawned as usize] = Some(task);
        spawned += 1;
    }
    assert!(spawned > 1 && spawned < 32, "some tasks fit, and not all");

    let mut context = Context::from_waker(Waker::noop());
    while tasks.iter().any(Option::is_some) {
        for slot in &mut tasks {
            if slot
                .as_mut()
                .is_some_and(|task| task.as_mut().poll(&mut context).is_ready())
            {
                // Drops the task, and with it its share of the total.
                *slot = None;
            }
        }
    }
    assert_eq!(total.get(), expected);
    assert_eq!(Rc::strong_count(&total), 1, "finished tasks were dropped");
}
