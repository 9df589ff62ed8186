//! The arithmetic of `bump-core` as machine code, one function for each that `prove.py` reasons
//! about, and some that are wrong on purpose. No proof is here.
//!
//! All have one signature, so that the proof needs to know nothing of calling conventions: they
//! read their arguments from an array of words, and write their results to another one.
#![no_std]

#[cfg(target_has_atomic = "ptr")]
mod engine;

use core::alloc::Layout;
use core::mem::transmute;

use bump_core::growth::{Chunk, Growth};
use bump_core::place::Placement;
use bump_core::plan::Plan;
use bump_core::{align, class, growth, place, resize};

#[cfg(not(test))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// Words for a result.
type Output = [usize; 8];

/// Exports functions from words to words.
macro_rules! export {
    ($($name:ident($($arg:ident),*) $body:expr;)*) => {$(
        /// # Safety
        ///
        /// The conditions that `specifications.py` states for the function of this name.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(input: &[usize; 10], output: &mut Output) {
            let [$($arg,)* ..] = *input;
            *output = $body.into_output();
        }
    )*};
}

/// A layout that the proof assumes to be valid.
fn layout(size: usize, align: usize) -> Layout {
    // SAFETY: the proof's condition on its inputs.
    unsafe { Layout::from_size_align_unchecked(size, align) }
}

/// Results as words; the first word of an option tells whether there is one.
trait IntoOutput {
    fn into_output(self) -> Output;
}

impl IntoOutput for usize {
    fn into_output(self) -> Output {
        [self, 0, 0, 0, 0, 0, 0, 0]
    }
}

impl IntoOutput for bool {
    fn into_output(self) -> Output {
        usize::from(self).into_output()
    }
}

impl IntoOutput for [usize; 5] {
    fn into_output(self) -> Output {
        let [a, b, c, d, e] = self;
        [a, b, c, d, e, 0, 0, 0]
    }
}

impl IntoOutput for Plan {
    fn into_output(self) -> Output {
        // SAFETY: a plan is eight words, as the size tells. Which is which makes no difference to
        // the proof: the order that it assumes either meets the specifications or does not.
        unsafe { transmute::<Plan, [usize; 8]>(self) }
    }
}

/// A plan from its words.
fn plan(words: [usize; 8]) -> Plan {
    // SAFETY: see above, and all words are valid.
    unsafe { transmute::<[usize; 8], Plan>(words) }
}

/// Options of what is up to three words.
macro_rules! into_output_option {
    ($($some:ty: |$value:ident| $words:expr;)*) => {$(
        impl IntoOutput for Option<$some> {
            fn into_output(self) -> Output {
                match self {
                    Some($value) => {
                        let [a, b, c] = $words;
                        [1, a, b, c, 0, 0, 0, 0]
                    }
                    None => [0; 8],
                }
            }
        }
    )*};
}

into_output_option! {
    usize: |value| [value, 0, 0];
    Placement: |placed| [placed.start, placed.end, 0];
    Layout: |layout| [layout.size(), layout.align(), 0];
    Chunk: |chunk| [chunk.layout.size(), chunk.layout.align(), chunk.oversized.into()];
}

export! {
    is_aligned(address, align) align::is_aligned(address, align);
    align_down(address, align) align::align_down(address, align);
    align_up(address, align) align::align_up(address, align);
    padding(address, align) align::padding(address, align);

    block_end(start, size, min_align) place::block_end(start, size, min_align);
    place_up(origin, cursor, limit, size, align, min_align)
        place::place_up(Some(origin), cursor, limit, layout(size, align), min_align);
    place_up_at_addresses(cursor, limit, size, align, min_align)
        place::place_up(None, cursor, limit, layout(size, align), min_align);
    place_down(cursor, limit, size, align, min_align)
        place::place_down(cursor, limit, layout(size, align), min_align);

    resize_up(origin, start, limit, size, min_align)
        resize::resize_up(Some(origin), start, limit, size, min_align);
    resize_up_at_addresses(start, limit, size, min_align)
        resize::resize_up(None, start, limit, size, min_align);
    resize_down(start, limit, size, align, min_align, old_size)
        resize::resize_down(start, limit, old_size, layout(size, align), min_align);

    smallest_chunk(size, align, footer_size, footer_align)
        growth::smallest_chunk(layout(size, align), layout(footer_size, footer_align));
    next_chunk(size, align, footer_size, footer_align, previous, available, minimum, cap)
        Growth::new(minimum, cap).next_chunk(
            previous, layout(size, align), layout(footer_size, footer_align), available,
        );

    needed(size, align) class::needed(layout(size, align));
    class_of(size) class::class_of(size);
    rounded_size(size) class::rounded_size(size);
    class_size(class) class::class_size(class);
    class_within(size) class::class_within(size);

    plan_new() Plan::new();
    plan_push(a, b, c, d, e, f, g, h, size, align)
        plan([a, b, c, d, e, f, g, h]).push_layout(layout(size, align));
    plan_figures(a, b, c, d, e, f, g, h) figures(plan([a, b, c, d, e, f, g, h]));

    // Wrong, each in its own way; the proof must refute them.

    // Rounds the bytes down.
    wrong_block_end(start, size, min_align) start.wrapping_add(size & min_align.wrapping_neg());
    // Aligns the position instead of the address.
    wrong_place_up(_origin, cursor, limit, size, align, min_align)
        place::place_up(Some(0), cursor, limit, layout(size, align), min_align);
    // Refuses a block whose end is the limit.
    timid_place_up(origin, cursor, limit, size, align, min_align)
        place::place_up(Some(origin), cursor, limit, layout(size, align), min_align)
            .filter(|placed| placed.end < limit);
    // Believes that no end wraps.
    wrong_place_up_at_addresses(cursor, limit, size, align, min_align)
        place::place_up(Some(0), cursor, limit, layout(size, align), min_align);
    // Ends with the block, where the cursor is not aligned any more.
    wrong_place_down(cursor, limit, size, align, min_align)
        place::place_down(cursor, limit, layout(size, align), min_align)
            .map(|Placement { start, .. }| Placement { start, end: start + size });
    // Rounds after it has looked whether the block fits.
    wrong_resize_up(origin, start, limit, size, min_align)
        resize::resize_up(Some(origin), start, limit, size, 1)
            .map(|_| place::block_end(start, size, min_align));
    // Believes that no end wraps.
    wrong_resize_up_at_addresses(start, limit, size, min_align)
        resize::resize_up(Some(0), start, limit, size, min_align);
    // Places the block below the old one, without its rounding.
    wrong_resize_down(start, limit, size, align, min_align, old_size)
        place::place_down(start.wrapping_add(old_size), limit, layout(size, align), min_align);
    // Aligns the end of the footer, but not its start.
    wrong_smallest_chunk(size, align, footer_size, footer_align)
        growth::smallest_chunk(layout(size, align), layout(footer_size, 1)).and_then(|chunk| {
            let size = align::align_up(chunk.size(), footer_align)?;
            Layout::from_size_align(size, align.max(footer_align)).ok()
        });
    // Takes what is available without rounding.
    wrong_next_chunk(size, align, footer_size, footer_align, previous, available, minimum, cap) {
        let footer = layout(footer_size, footer_align);
        let chunk = Growth::new(minimum, cap)
            .next_chunk(previous, layout(size, align), footer, available);
        chunk.map(|chunk| {
            let size = if chunk.layout.size() + footer_align > available && !chunk.oversized {
                available
            } else {
                chunk.layout.size()
            };
            Chunk { layout: layout(size, chunk.layout.align()), ..chunk }
        })
    };
    // Has no room to note where an aligned block's bytes start.
    wrong_needed(size, align) class::needed(layout(size, align)) - align.min(class::GRAIN);
    // Takes a size that is a class by itself for one byte more.
    wrong_class_of(size) class::class_of(size + 1);
    // Is a block too large where a size is just short of one.
    wrong_class_within(size) class::class_within(size + 1);
    // A block without bytes enlarges the alignment.
    wrong_plan_push(a, b, c, d, e, f, g, h, size, align) {
        let aligned = plan([a, b.max(align), c, d, e, f, g, h]);
        let pushed = plan([a, b, c, d, e, f, g, h]).push_layout(layout(size, align));
        if size == 0 { aligned } else { pushed }
    };
    // Wraps where no storage would be enough.
    wrong_plan_figures(a, b, c, d, e, f, g, h) {
        let [in_order, in_order_unaligned, any_order, any_order_unaligned, align] =
            figures(plan([a, b, c, d, e, f, g, h]));
        let wrapped = c.wrapping_add(b - 1).wrapping_add(d);
        [in_order, in_order_unaligned.min(wrapped), any_order, any_order_unaligned, align]
    };
}

fn figures(plan: Plan) -> [usize; 5] {
    [
        plan.in_order(),
        plan.in_order_unaligned(),
        plan.any_order(),
        plan.any_order_unaligned(),
        plan.align(),
    ]
}

// With the feature, what `.ci/prove/arithmetic-cannot-panic` must find.
#[cfg(feature = "can-panic")]
export! {
    can_panic(index) [1, 2, 3, 4][index];
}
