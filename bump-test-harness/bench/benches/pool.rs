//! Wall-clock of pools of arenas that 1 and 2 threads use at once, beside that of bumpalo-herd: ratios
//! within one run.
//!
//! A *file* is a task of its own: it takes an arena, allocates a tree of nodes of 24 bytes, reads all
//! of it, and returns the arena. `small files` have 10 nodes, so that taking and returning count,
//! `large files` 10 000. The trees of a turn are kept until its end, when the pool is reset. Printed
//! are files a second of all threads, those of bumpalo-herd with one thread being 1.

#[path = "shared/ratios.rs"]
mod ratios;

use std::hint::black_box;
use std::thread;

use bump_local::{Pool, PoolArena};
use bumpalo_herd::{Herd, Member};
use zenbench::{BenchGroup, Suite};

/// Turns in a sample: few, so that often nothing else on the machine gets into one.
const TURNS: usize = 2;

/// The work of each thread in one turn.
#[derive(Clone, Copy)]
struct Load {
    threads: usize,
    files: usize,
    nodes: usize,
}

struct Node<'p> {
    value: u64,
    children: [Option<&'p Node<'p>>; 2],
}

impl Node<'_> {
    fn sum(&self) -> u64 {
        let children = self.children.iter().flatten().map(|child| child.sum());
        self.value + children.sum::<u64>()
    }
}

/// A pool as the benchmark uses it.
trait Arenas: Default + Sync {
    type Lent<'p>: Nodes<'p>
    where
        Self: 'p;
    fn take(&self) -> Self::Lent<'_>;
    fn reset(&mut self);
}

/// An arena as the benchmark uses it.
trait Nodes<'p> {
    fn node(&self, node: Node<'p>) -> &'p Node<'p>;
}

impl<const MIN_ALIGN: usize> Arenas for Pool<MIN_ALIGN> {
    type Lent<'p> = PoolArena<'p, MIN_ALIGN>;
    fn take(&self) -> PoolArena<'_, MIN_ALIGN> {
        self.get()
    }
    fn reset(&mut self) {
        self.reset();
    }
}

impl<'p, const MIN_ALIGN: usize> Nodes<'p> for PoolArena<'p, MIN_ALIGN> {
    fn node(&self, node: Node<'p>) -> &'p Node<'p> {
        self.alloc(node)
    }
}

impl Arenas for Herd {
    type Lent<'p> = Member<'p>;
    fn take(&self) -> Member<'_> {
        self.get()
    }
    fn reset(&mut self) {
        self.reset();
    }
}

impl<'p> Nodes<'p> for Member<'p> {
    fn node(&self, node: Node<'p>) -> &'p Node<'p> {
        self.alloc(node)
    }
}

/// A tree of `nodes` nodes.
fn tree<'p>(arena: &impl Nodes<'p>, nodes: usize) -> Option<&'p Node<'p>> {
    let below = nodes.checked_sub(1)?;
    let children = [below / 2, below - below / 2].map(|nodes| tree(arena, nodes));
    let value = nodes as u64;
    Some(arena.node(Node { value, children }))
}

fn arm<P: Arenas + Send + 'static>(group: &mut BenchGroup, name: &str, load: Load) {
    let name = format!("{},{name}", load.threads);
    group.bench(name, move |bencher| {
        let mut pool = P::default();
        let files = |pool: &P| {
            for _ in 0..load.files {
                let arena = pool.take();
                black_box(tree(&arena, load.nodes).map(Node::sum));
            }
        };
        let mut turn = || {
            thread::scope(|scope| {
                (1..load.threads).for_each(|_| drop(scope.spawn(|| files(&pool))));
                files(&pool);
            });
            pool.reset();
        };
        // So that all memory is there, and was written to.
        turn();
        bencher.iter(turn);
    });
}

fn groups(suite: &mut Suite) {
    for (size, files, nodes) in [("small files", 50_000, 10), ("large files", 50, 10_000)] {
        suite.group(size, |group| {
            ratios::rounds(group, 200, 0);
            let config = group.config();
            (config.min_iterations, config.max_iterations) = (TURNS, TURNS);
            for threads in [1, 2] {
                let load = Load {
                    threads,
                    files,
                    nodes,
                };
                arm::<Herd>(group, "bumpalo-herd", load);
                arm::<Pool>(group, "bump-local", load);
                arm::<Pool<8>>(group, "bump-local 8", load);
            }
        });
    }
}

fn main() {
    println!("size,threads,pool,rate");
    let times = ratios::run(groups);
    for (size, arm, time) in &times {
        // bumpalo-herd with one thread comes first.
        let unit = times.iter().find(|(group, ..)| group == size);
        let threads = arm.split(',').next().and_then(|n| n.parse::<f64>().ok());
        let rate = threads.unwrap_or(f64::NAN) / time;
        println!(
            "{size},{arm},{:.2}",
            rate * unit.map_or(f64::NAN, |(.., time)| *time)
        );
    }
}
