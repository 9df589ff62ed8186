"""What the functions of `src/lib.rs` are to do, of the same names: from inputs that are unknowns to
what the output has to be.

Sums are written in vectors too wide to overflow. `up`, `down` and `padding` are what they are said
to be: see `theorems.py`.
"""

import claripy

from questions import Name, is_power_of_two, low

# By the function's name.
SPECIFICATIONS = {}


def specifies(*names):
    def register(specification):
        for name in names:
            SPECIFICATIONS[name] = specification

    return register


class Inputs:
    """The inputs of a function, in its order, and what is known of them.

    A specification may tell cases apart. It is then run once for each way that its questions can
    be answered; `answers` are those of this run.

    Comparisons of claripy's vectors are unsigned.
    """

    def __init__(self, bits, answers=()):
        self.bits, self.wide = bits, bits + 3
        self.answers, self.asked = answers, 0
        # The inputs, what the documentation demands of them, and what follows from that.
        self.words, self.conditions, self.facts = [], [claripy.true()], []
        self.names, self.powers_of_two = [], []
        # The number of addresses, `isize::MAX` and `usize::MAX`.
        self.space = claripy.BVV(2**bits, self.wide)
        self.largest = claripy.BVV(2 ** (bits - 1) - 1, self.wide)
        self.end = self.space - 1

    # The inputs.

    def unknown(self, name):
        """Anything, as wide as a specification is. Not passed."""
        return claripy.BVS(name, self.bits, explicit_name=True).zero_extend(self.wide - self.bits)

    def passed(self, wide):
        """A number that is passed, modulo the size of the address space."""
        self.words.append(low(wide, self.bits))
        return wide

    def word(self, name):
        return self.passed(self.unknown(name))

    def align(self, name="align"):
        """A power of two."""
        align = self.word(name)
        self.require(is_power_of_two(align))
        self.powers_of_two.append(low(align, self.bits))
        return align

    def layout(self, name=""):
        """The size and the alignment of a valid layout."""
        size, align = self.word(name + "size"), self.align(name + "align")
        self.require(self.is_valid(size, align))
        return size, align

    def is_valid(self, size, align):
        """What `Layout::from_size_align` demands, as its documentation has it."""
        return size + (align - 1) <= self.largest

    # The facts.

    def require(self, *conditions):
        self.conditions += conditions

    def fact(self, *claims):
        """What follows from the conditions, and spares the solver to find out."""
        self.facts += claims

    def case(self, condition):
        """Whether the condition holds."""
        if self.asked == len(self.answers):
            raise Undecided
        answer = self.answers[self.asked]
        self.asked += 1
        self.require(condition if answer else claripy.Not(condition))
        return answer

    # Rounding.

    def name(self, value, x, forms):
        unknown = claripy.BVS(f"name_{len(self.names)}", self.bits, explicit_name=True)
        self.names.append(Name(unknown, value, x, [form(unknown) for form in forms]))
        return unknown.zero_extend(self.wide - self.bits)

    def checked(self, align):
        """Machine code may check that `align`, which is a power of two, is one."""
        align = low(align, self.bits)
        self.name(align & (align - 1), align, [lambda nothing: nothing ^ nothing])

    def padding(self, x, align, other=None):
        """The bytes from `x` to the next multiple of `align`, and of another power of two."""
        x, mask = low(x, self.bits), low(align, self.bits) - 1
        if other is not None:
            # See the theorem `masks_of_both`.
            mask |= low(other, self.bits) - 1
        padding = self.name(-x & mask, x, [lambda p: p, lambda p: x + p, lambda p: x + p - 1])
        if other is None:
            self.fact(padding < align)
        return padding

    def up(self, x, align):
        """The smallest multiple of `align` that is at least `x`."""
        return x + self.padding(x, align)

    def rounded_size(self, size, align):
        """`size` rounded up; not more than half of the address space."""
        rounded = self.up(size, align)
        self.fact(rounded <= self.largest + 1)
        return rounded

    def remainder(self, x, align):
        x, mask = low(x, self.bits), low(align, self.bits) - 1
        remainder = self.name(x & mask, x, [lambda r: r, lambda r: x - r])
        self.fact(remainder < align, remainder <= x.zero_extend(self.wide - self.bits))
        return remainder

    def down(self, x, align):
        """The largest multiple of `align` that is at most `x`."""
        return x - self.remainder(x, align)

    def saturated(self, figure):
        """A figure that is larger than the address space is the largest word."""
        return claripy.If(figure < self.end, figure, self.end)

    def most(self, a, b):
        return a if self.case(a > b) else b

    def least(self, a, b):
        return a if self.case(a < b) else b


class Undecided(Exception):
    """A specification asks for a case that its run has no answer for."""


def runs(specification, bits):
    """The inputs and the outcome of a specification, for each of its cases."""
    pending = [()]
    while pending:
        answers = pending.pop()
        inputs = Inputs(bits, answers)
        try:
            yield inputs, specification(inputs)
        except Undecided:
            pending += [(*answers, False), (*answers, True)]


def is_multiple(x, align):
    return x & (align - 1) == 0


def implies(a, b):
    return claripy.Or(claripy.Not(a), b)


# Outcomes.


class Words:
    """The output is these words."""

    outcomes = []

    def __init__(self, *words):
        self.words = words

    def claims(self, output):
        """What the specification says of an output, as questions that are easier one by one."""
        return [found == word for found, word in zip(output, self.words)]


class Option(Words):
    """The output is these words if, and only if, the condition holds; otherwise there is none."""

    outcomes = [0, 1]

    def __init__(self, condition, *words):
        super().__init__(*words)
        self.condition = condition

    def claims(self, output):
        some = output[0] == 1
        yield claripy.If(self.condition, some, output[0] == 0)
        for claim in super().claims(output[1:]):
            yield implies(some, claim)


class Flag(Words):
    """The output tells whether the condition holds."""

    outcomes = [0, 1]

    def __init__(self, condition):
        self.condition = condition

    def claims(self, output):
        yield claripy.If(self.condition, output[0] == 1, output[0] == 0)


# `align`


@specifies("is_aligned")
def _(i):
    address, align = i.word("address"), i.align()
    return Flag(i.padding(address, align) == 0)


@specifies("align_down")
def _(i):
    address, align = i.word("address"), i.align()
    return Words(i.down(address, align))


@specifies("align_up")
def _(i):
    address, align = i.word("address"), i.align()
    above = i.up(address, align)
    return Option(above < i.space, above)


@specifies("padding")
def _(i):
    address, align = i.word("address"), i.align()
    return Words(i.padding(address, align))


# `place` and `resize`


@specifies("block_end", "wrong_block_end")
def _(i):
    start, size, min_align = i.word("start"), i.word("size"), i.align("min_align")
    end = start + i.rounded_size(size, min_align)
    i.require(size <= i.largest, end < i.space)
    return Words(end)


def upward(i, address, position, limit):
    """A block at the lowest address from `address` on, which is that of `position`."""
    size, align = i.layout()
    min_align = i.align("min_align")
    padding = i.padding(address, align, min_align)
    rounded = i.rounded_size(size, min_align)
    start = position + padding
    end = start + rounded
    # The padding is less than one of the alignments; if that is the block's, the size is so much less.
    i.fact(
        implies(min_align <= align, padding < align),
        implies(min_align <= align, rounded + align <= i.largest + 1),
        implies(align < min_align, padding < min_align),
    )
    return min_align, Option(end <= limit, start, end)


@specifies("place_up", "wrong_place_up", "timid_place_up")
def _(i):
    address, position = i.unknown("address"), i.unknown("position")
    # Each origin, a wrapped one too, is an address less a position.
    i.passed(address - position)
    i.passed(position)
    limit = i.word("limit")
    min_align, outcome = upward(i, address, position, limit)
    i.require(position <= limit, limit + min_align <= i.largest + 1)
    return outcome


@specifies("place_up_at_addresses", "wrong_place_up_at_addresses")
def _(i):
    cursor, limit = i.word("cursor"), i.word("limit")
    min_align, outcome = upward(i, cursor, cursor, limit)
    i.require(cursor <= limit, limit - cursor <= i.largest, is_multiple(limit, min_align))
    end = outcome.words[1]
    # Both are multiples of the minimum alignment.
    i.fact(implies(limit < end, end - limit <= i.largest + 1))
    return outcome


def resized(i, address, start, limit):
    """The block at `address`, which is `start`, with another size. Its end is rounded: see the theorem
    `rounding_the_end_is_rounding_the_size`."""
    end_address = i.unknown("end_address")
    # Each size is an end less a start.
    passed_size = low(i.passed(end_address - address), i.bits)
    size = i.name(passed_size, passed_size, [])
    i.fact(size == passed_size.zero_extend(i.wide - i.bits))
    min_align = i.align("min_align")
    rounded = size + i.padding(end_address, min_align)
    i.require(size <= i.largest, start <= limit, is_multiple(address, min_align))
    i.fact(rounded <= i.largest + 1)
    return min_align, Option(start + rounded <= limit, start + rounded)


@specifies("resize_up", "wrong_resize_up")
def _(i):
    address, start = i.unknown("address"), i.unknown("start")
    i.passed(address - start)
    i.passed(start)
    limit = i.word("limit")
    min_align, outcome = resized(i, address, start, limit)
    i.require(limit + min_align <= i.largest + 1)
    return outcome


@specifies("resize_up_at_addresses", "wrong_resize_up_at_addresses")
def _(i):
    start, limit = i.word("start"), i.word("limit")
    min_align, outcome = resized(i, start, start, limit)
    i.require(limit - start <= i.largest, is_multiple(limit, min_align))
    return outcome


def downward(i, cursor, limit, size, align, min_align):
    start = i.down(cursor - size, i.most(align, min_align))
    end = start + i.rounded_size(size, min_align)
    i.fact(implies(size <= cursor, end <= cursor), cursor + min_align <= i.space)
    return Option(claripy.And(size <= cursor, limit <= start), start, end)


@specifies("place_down", "wrong_place_down")
def _(i):
    cursor, limit = i.word("cursor"), i.word("limit")
    size, align = i.layout()
    min_align = i.align("min_align")
    i.require(is_multiple(cursor, min_align))
    return downward(i, cursor, limit, size, align, min_align)


@specifies("resize_down", "wrong_resize_down")
def _(i):
    end, old_size, min_align = i.unknown("end"), i.unknown("old_size"), i.unknown("min_align")
    rounded = i.rounded_size(old_size, min_align)
    # Each block starts as many bytes before its end.
    i.passed(end - rounded)
    limit = i.word("limit")
    size, align = i.layout()
    i.align("min_align")
    i.passed(old_size)
    i.require(is_multiple(end, min_align), old_size <= i.largest, rounded <= end)
    return downward(i, end, limit, size, align, min_align)


# `growth`


def smallest(i):
    """The smallest chunk for a block, its alignment, and that of the footer."""
    size, align = i.layout()
    footer_size, footer_align = i.layout("footer_")
    i.checked(align)
    i.checked(footer_align)
    needed = i.up(i.up(size, footer_align) + footer_size, footer_align)
    return needed, i.most(align, footer_align), footer_align


@specifies("smallest_chunk", "wrong_smallest_chunk")
def _(i):
    needed, align, _ = smallest(i)
    return Option(i.is_valid(needed, align), needed, align)


@specifies("next_chunk", "wrong_next_chunk")
def _(i):
    needed, align, granule = smallest(i)
    previous, available = i.word("previous"), i.word("available")
    minimum, cap = i.word("minimum"), i.word("cap")
    # Twice what is more than half of the address space is no less than any cap.
    due = cap
    if i.case(previous <= i.largest):
        due = i.least(i.most(previous + previous, minimum), cap)
    most = i.least(available, i.largest + 1 - align)
    due, most = i.down(due, granule), i.down(most, granule)
    # For a block that does not fit into what is due.
    oversized = needed > due
    # The largest multiple of the footer's alignment that is due, available, and a valid layout.
    regular = claripy.If(due < most, due, most)
    exists = claripy.And(i.is_valid(needed, align), needed <= available)
    one = i.space * 0 + 1
    return Option(
        exists, claripy.If(oversized, needed, regular), align, claripy.If(oversized, one, one * 0)
    )


# `class`

GRAIN = 8


def step(i):
    """A number less than half of the address space, how many sizes of blocks there are up to it,
    and the next one.

    The sizes are the multiples of a grain up to four, then four in each doubling. Each case has the
    numbers of one doubling, so that their highest bit is known.
    """
    doubling = i.unknown("doubling")
    for bits in range(5, i.bits):
        if bits == i.bits - 1 or i.case(doubling == bits):
            break
    rest = 3 if bits == 5 else bits - 3
    quarters = claripy.BVS("quarters", 2, explicit_name=True)
    parts = [quarters, claripy.BVS("rest", rest, explicit_name=True)]
    sizes = quarters.zero_extend(i.wide - 2)
    after = (sizes + 1) * 2**rest
    if bits > 5:
        parts.insert(0, claripy.BVV(1, 1))
        sizes, after = sizes + 4 * (bits - 5), after + 2 ** (bits - 1)
    return claripy.Concat(claripy.BVV(0, i.wide - bits), *parts), sizes, after


@specifies("needed", "wrong_needed")
def _(i):
    size, align = i.layout()
    # Room for the first multiple of the alignment behind a grain, from each multiple of a grain on.
    return Words(size + align if i.case(align > GRAIN) else size)


def smallest_block(i):
    """A size from 1 to half of the address space, the class of its blocks, and their bytes."""
    number, sizes, after = step(i)
    i.passed(number + 1)
    return sizes, after


@specifies("class_of", "wrong_class_of")
def _(i):
    number, _ = smallest_block(i)
    return Words(number)


@specifies("rounded_size")
def _(i):
    _, size = smallest_block(i)
    return Words(size)


@specifies("class_size")
def _(i):
    number = i.word("class")
    sizes = [GRAIN * grains for grains in range(1, 9)]
    while sizes[-1] < 2 ** (i.bits - 1):
        sizes += [sizes[-1] // 4 * quarters for quarters in (5, 6, 7, 8)]
    i.require(number < len(sizes))
    size = i.space * 0
    for each, bytes in enumerate(sizes):
        size = claripy.If(number == each, i.space * 0 + bytes, size)
    return Words(size)


@specifies("class_within", "wrong_class_within")
def _(i):
    if i.case(i.unknown("doubling") == 0):
        i.passed(i.largest + 1)
        return Option(claripy.true(), i.space * 0 + 4 * (i.bits - 5) - 1)
    number, sizes, _ = step(i)
    i.passed(number)
    return Option(sizes != 0, sizes - 1)


# `plan`


def plan_words(i):
    names = ("in_order", "align", "lead", "rest", "sizes", "aligns", "count", "bits")
    return [i.align(name) if name == "align" else i.word(name) for name in names]


@specifies("plan_new")
def _(i):
    zero = i.space * 0
    return Words(zero, zero + 1, *[zero] * 6)


@specifies("plan_push", "wrong_plan_push")
def _(i):
    words = plan_words(i)
    in_order, strictest, lead, rest, sizes, aligns, count, bits = words
    size, align = i.layout("new_")
    if i.case(size == 0):
        return Words(*words)
    if i.case(align > strictest):
        lead, rest, strictest = lead + i.up(rest, strictest), size, align
    else:
        rest = i.up(rest, align) + size
    in_order = i.up(in_order, align) + size
    sums = [i.saturated(sum) for sum in (sizes + size, aligns + align, count + 1)]
    lead, rest, in_order = (i.saturated(figure) for figure in (lead, rest, in_order))
    return Words(in_order, strictest, lead, rest, *sums, bits | size | align)


@specifies("plan_figures", "wrong_plan_figures")
def _(i):
    in_order, strictest, lead, rest, sizes, aligns, count, bits = plan_words(i)

    def any_order(paddings):
        figure = i.saturated(sizes + paddings.zero_extend(i.wide - i.bits))
        return claripy.If(aligns == i.end, i.end, figure)

    aligns_, count_, bits_ = (low(word, i.bits) for word in (aligns, count, bits))
    # The lowest bit that is set, as often as there are blocks.
    grain = low(i.name(bits_ & -bits_, bits_, [lambda grain: grain]), i.bits)
    product = low(i.name(count_ * grain, count_, [lambda p: p, lambda p: -p]), i.bits)
    aligned = any_order(aligns_ - product)
    from_anywhere = any_order(aligns_ - count_)
    from_aligned = i.saturated(aligned + strictest - 1)
    return Words(
        in_order,
        i.saturated(lead + strictest - 1 + rest),
        aligned,
        claripy.If(from_anywhere < from_aligned, from_anywhere, from_aligned),
        strictest,
    )
