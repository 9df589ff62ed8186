//! The programs on talc.

use bump_bench::program::SIZE;
use spinning_top::RawSpinlock;
use talc::TalcLock;
use talc::source::Claim;

static mut MEMORY: [u8; SIZE] = [0; SIZE];

// SAFETY: the memory is given to nobody else.
bump_bench::program!(TalcLock<RawSpinlock, Claim> =
    TalcLock::new(unsafe { Claim::array(&raw mut MEMORY) }));
