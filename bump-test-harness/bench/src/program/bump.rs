//! The programs on a `Bump`.

use bump_bench::program::SIZE;
use bump_global::Bump;

bump_bench::program!(Bump<[u8; SIZE]> = Bump::uninit());
