//! Instructions per call of each operation of each allocator, counted by callgrind.
//!
//! Each operation is a function of its own, exported as `count/<operation>/<allocator>`, never
//! inlined, and called once: what callgrind counts for it, with all that it calls, is the cost. The
//! script `counts` runs this under callgrind and makes the table.

#[cfg(feature = "peers")]
mod arena_peers;
mod arenas;
mod heaps;

fn main() {
    heaps::run();
    arenas::run();
}
