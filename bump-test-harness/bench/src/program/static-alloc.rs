//! The programs on static-alloc.

use bump_bench::program::SIZE;
use static_alloc::Bump;

bump_bench::program!(Bump<[u8; SIZE]> = Bump::uninit());
