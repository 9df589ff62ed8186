"""What is proved without machine code: that roundings are what they are said to be, and what
follows from the specification of a plan for its blocks.

A plan is a state of eight words. `specifications.py` says what a push makes of them, and what the
figures are; here is why these figures suffice, by induction over the blocks. Let `f(b)` be the end
of the last block if the first is placed from the address `b` on. Then as long as no figure is
larger than the address space

- `f(0) = in_order`: a push places one more block, from there on;
- `f(b) = up(b + lead, align) + rest` for every `b`, which is `b` without blocks;
- `f(0) <= sizes + aligns - count * g` for each power of two `g` that divides all sizes and
  alignments. Neither the sums nor the bits depend on the order of the blocks.

And a figure that is larger once remains so.
"""

import claripy

from questions import ask, is_power_of_two, to_z3
from specifications import is_multiple, implies

# From a name to a function that yields what has to follow from what.
THEOREMS = {}


def theorem(function):
    THEOREMS[function.__name__] = function
    return function


def holds(name, bits):
    """Whether a theorem holds for words of so many bits."""
    return all(
        not ask([*map(to_z3, conditions), to_z3(claripy.Not(claim))])
        for conditions, claim in THEOREMS[name](Words(bits))
    )


class Words:
    """Unknown words, in vectors too wide to overflow."""

    def __init__(self, bits):
        self.bits, self.wide = bits, bits + 4
        self.end = claripy.BVV(2**bits - 1, self.wide)

    def some(self, *names):
        unknowns = (claripy.BVS(name, self.bits, explicit_name=True) for name in names)
        return [unknown.zero_extend(self.wide - self.bits) for unknown in unknowns]


def up(x, align):
    return (x + align - 1) & -align


def down(x, align):
    return x & -align


@theorem
def up_is_the_nearest_multiple_above(w):
    x, align, other = w.some("x", "align", "other")
    # The next multiple may be the end of the address space.
    other = other + other
    for rounded in (up(x, align), x + (-x & (align - 1))):
        nearest = implies(claripy.And(is_multiple(other, align), x <= other), rounded <= other)
        claim = claripy.And(is_multiple(rounded, align), x <= rounded, nearest)
        yield [is_power_of_two(align)], claim


@theorem
def down_is_the_nearest_multiple_below(w):
    x, align, other = w.some("x", "align", "other")
    for rounded in (down(x, align), x - (x & (align - 1))):
        nearest = implies(claripy.And(is_multiple(other, align), other <= x), other <= rounded)
        claim = claripy.And(is_multiple(rounded, align), rounded <= x, nearest)
        yield [is_power_of_two(align)], claim


@theorem
def masks_of_both(w):
    """The low bits that either of two powers of two has clear are those of the larger one."""
    a, b = w.some("a", "b")
    both = (a - 1) | (b - 1)
    yield [is_power_of_two(a), is_power_of_two(b)], both == claripy.If(a < b, b, a) - 1


@theorem
def rounding_the_end_is_rounding_the_size(w):
    """Of a block that starts at a multiple."""
    start, size, align = w.some("start", "size", "align")
    known = [is_power_of_two(align), is_multiple(start, align)]
    yield known, up(start + size, align) == start + up(size, align)


def multiple_of(w, align, name):
    (multiple,) = w.some(name)
    return multiple, is_multiple(multiple, align)


@theorem
def plan_from_any_base_another_block(w):
    """`up(up(x, A) + rest, a)`, the start of a block with the alignment `a` behind those of a plan,
    is `up(x, A) + up(rest, a)` if `a <= A`, and `up(x + up(rest, A), a)` otherwise."""
    x, rest, align, strictest = w.some("x", "rest", "align", "strictest")
    known = [is_power_of_two(strictest), is_power_of_two(align)]
    # For up(x, A).
    start, is_start = multiple_of(w, strictest, "start")
    looser = up(start + rest, align) == start + up(rest, align)
    yield [*known, is_start, align <= strictest], looser
    # Otherwise in two steps, the second one for up(rest, A).
    known.append(strictest < align)
    yield [*known, is_start], up(start + rest, align) == up(start + up(rest, strictest), align)
    rounded, is_rounded = multiple_of(w, strictest, "rounded")
    yield [*known, is_rounded], up(up(x, strictest) + rounded, align) == up(x + rounded, align)


@theorem
def wrong_plan_from_any_base(w):
    """Without rounding what was before."""
    x, rest, align, strictest = w.some("x", "rest", "align", "strictest")
    known = [is_power_of_two(strictest), is_power_of_two(align), strictest < align]
    yield known, up(up(x, strictest) + rest, align) == up(x + rest, align)


@theorem
def plan_from_the_worst_base(w):
    """`f(b) - b` is `lead + rest + up(x, align) - x` for `x = b + lead`: at most `align - 1` more
    than `lead + rest`, and that from some base."""
    x, lead, align = w.some("x", "lead", "align")
    known = [is_power_of_two(align)]
    yield known, up(x, align) - x <= align - 1
    yield [*known, is_multiple(x - 1, align)], up(x, align) - x == align - 1
    worst = (1 - lead) & (align - 1)
    yield known, is_multiple(worst + lead - 1, align)


@theorem
def plan_in_any_order(w):
    end, size, align, grain = w.some("end", "size", "align", "grain")
    known = [is_power_of_two(grain), is_power_of_two(align)]
    known += [is_multiple(number, grain) for number in (end, size, align)]
    after = up(end, align) + size
    yield known, claripy.And(is_multiple(after, grain), after - end <= align - grain + size)
    # The lowest bit of all sizes and alignments divides each of them.
    bits, others = w.some("bits", "others")
    all_bits = bits | others
    yield [all_bits != 0], is_multiple(bits, all_bits & -all_bits)


@theorem
def plan_in_any_order_from_any_base(w):
    # From no higher base does anything end lower, and from a multiple of all alignments everything
    # is as from 0. So the bytes from the next such multiple on are enough, too.
    base, higher, moved, align, strictest = w.some("base", "higher", "moved", "align", "strictest")
    known = [is_power_of_two(align), is_power_of_two(strictest), align <= strictest]
    yield [*known, base <= higher], up(base, align) <= up(higher, align)
    same = up(moved + base, align) == moved + up(base, align)
    yield [*known, is_multiple(moved, strictest)], same
    yield known, up(base, strictest) - base <= strictest - 1


@theorem
def plan_beyond_the_address_space(w):
    """What is too large stays too large: `lead` and `rest` together, and everything else alone."""
    lead, rest, size, align, strictest = w.some("lead", "rest", "size", "align", "strictest")
    known = [is_power_of_two(align), is_power_of_two(strictest), size > 0]
    too_large = claripy.Or(lead >= w.end, rest >= w.end)
    yield [*known, too_large], claripy.Or(lead >= w.end, up(rest, align) + size >= w.end)
    yield [*known, too_large], lead + up(rest, strictest) >= w.end
    yield known, up(w.end, align) + size >= w.end
