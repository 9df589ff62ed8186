//! The programs on a `Recycling` that grows by large pages.

use bump_bench::first_touch::Reserved;
use bump_global::{Growing, Recycling, Region};

bump_bench::program!(Growing<Reserved, Recycling<Region<1, true>>> = Growing::new(Reserved::new()));
