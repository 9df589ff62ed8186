#!/usr/bin/env python3
"""Proves the machine code of bump-core's arithmetic for every input.

    prove.py LIBRARY [--cortex-m] [FUNCTION]...

angr executes each exported function of the library (`src/lib.rs`) symbolically: every path that the
machine code can take, with inputs that are unknowns, constrained by nothing but the documented
conditions. An SMT solver is then asked for inputs that take the path and break the specification. A
function is proved if it knows that there are none. The run demands, too, that

- each path can be taken, and the paths together cover every input;
- each outcome that a function can have (a result, or none) is possible;
- the functions that are wrong on purpose are refuted.

The specifications are written in vectors too wide to overflow, with `up` and `down` for the nearest
multiple of an alignment. That these are what they claim to be is proved first.
"""

import logging
import sys
import time

import angr
import claripy
import z3

# Where the inputs, the outputs and the caller are: addresses that no library is loaded to.
INPUT, OUTPUT, RETURN = 0x70000000, 0x70010000, 0x70020000
# How many words a function writes.
OUTPUTS = 4
# The alignments that an allocator keeps its cursor or its chunks at: one proof for each. With all
# powers of two as one unknown, beside that of the layout, the solver would take hours.
KEPT_ALIGNS = (1, 8)
# A question that takes longer has no answer, which is no proof.
SECONDS_PER_QUESTION = 600


class Machine:
    """A library, and the processor it is for."""

    def __init__(self, path, cortex_m):
        options = {"arch": "ARMCortexM"} if cortex_m else {}
        self.project = angr.Project(path, auto_load_libs=False, main_opts=options)
        self.thumb = 1 if cortex_m else 0
        self.bits = self.project.arch.bits
        # Sums of a few words do not overflow in this width.
        self.wide = self.bits + 2

    def paths(self, name, inputs, conditions):
        """For each path: the conditions under which it is taken, and the words that it writes."""
        symbol = self.project.loader.find_symbol(name)
        assert symbol is not None, f"{name} is not in the library"
        state = self.project.factory.call_state(
            symbol.rebased_addr | self.thumb,
            INPUT,
            OUTPUT,
            ret_addr=RETURN | self.thumb,
            prototype="void f(void *input, void *output)",
        )
        size, order = self.bits // 8, self.project.arch.memory_endness
        for index, word in enumerate(inputs):
            state.memory.store(INPUT + index * size, word, endness=order)
        state.solver.add(*conditions)
        manager = self.project.factory.simulation_manager(state)
        manager.explore(find=RETURN | self.thumb, num_find=1000)
        for stash in ("active", "errored", "unconstrained", "deadended"):
            assert not getattr(manager, stash), f"{name}: {stash} {getattr(manager, stash)}"
        for found in manager.found:
            words = [
                found.memory.load(OUTPUT + index * size, size, endness=order)
                for index in range(OUTPUTS)
            ]
            yield claripy.And(*found.solver.constraints), words


class Inputs:
    """The unknown arguments of a function, in its order, and what is known of them.

    Comparisons of claripy's vectors are unsigned.
    """

    def __init__(self, machine, kept_align):
        self.machine = machine
        self.kept = kept_align
        self.words, self.conditions, self.lemmas = [], [], []
        # The number of addresses, and `isize::MAX`.
        self.space = claripy.BVV(2**machine.bits, machine.wide)
        self.largest = claripy.BVV(2 ** (machine.bits - 1) - 1, machine.wide)

    def require(self, *conditions):
        self.conditions += conditions

    def lemma(self, claim):
        """Something that follows from the conditions."""
        self.lemmas.append(claim)

    def word(self, name="word"):
        """Anything, as wide as a specification is."""
        word = claripy.BVS(name, self.machine.bits)
        self.words.append(word)
        return word.zero_extend(self.machine.wide - self.machine.bits)

    def align(self, name="align"):
        """A power of two."""
        align = self.word(name)
        self.require(align != 0, is_multiple(align, align))
        return align

    def kept_align(self):
        """The alignment of this proof."""
        self.words.append(claripy.BVV(self.kept, self.machine.bits))
        return claripy.BVV(self.kept, self.machine.wide)

    def layout(self, name=""):
        """The size and the alignment of a valid layout."""
        size, align = self.word(name + "size"), self.align(name + "align")
        self.require(self.is_valid(size, align))
        return size, align

    def is_valid(self, size, align):
        """What `Layout::from_size_align` demands, as its documentation has it."""
        return size + (align - 1) <= self.largest


def is_near(i, cursor, end):
    """A block ends no more than 2^(n-1) bytes from the cursor, if addresses have n bits."""
    return claripy.And(cursor <= end, end - cursor <= i.largest + 1)


def has_sign_of_fit(i, limit, end):
    """`end <= limit`, as the difference has it in n bits. See `prove_definitions`."""
    return (limit - end) & (i.largest + 1) == 0


def up(x, align):
    """The smallest multiple of `align`, a power of two, that is at least `x`."""
    return (x + align - 1) & -align


def padding(x, align):
    """The bytes from `x` to `up(x, align)`."""
    return -x & (align - 1)


def down(x, align):
    """The largest multiple of `align`, a power of two, that is at most `x`."""
    return x & -align


def is_multiple(x, align):
    return x & (align - 1) == 0


def most(a, b):
    return claripy.If(a < b, b, a)


# Specifications: from the inputs, in the order in which `src/lib.rs` has them, to what the output
# has to be: an option, or words.

SPECIFICATIONS = {}


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
            yield claripy.Or(claripy.Not(some), claim)


class Flag(Words):
    """The output tells whether the condition holds."""

    outcomes = [0, 1]

    def __init__(self, condition):
        self.condition = condition

    def claims(self, output):
        yield output[0] == claripy.If(self.condition, output[0] * 0 + 1, output[0] * 0)


def specifies(*names):
    def register(specification):
        for name in names:
            SPECIFICATIONS[name] = specification

    return register


@specifies("is_aligned")
def _(i):
    address, align = i.word(), i.align()
    return Flag(is_multiple(address, align))


@specifies("align_down")
def _(i):
    address, align = i.word(), i.align()
    return Words(down(address, align))


@specifies("align_up")
def _(i):
    address, align = i.word(), i.align()
    return Option(up(address, align) < i.space, up(address, align))


@specifies("padding")
def _(i):
    address, align = i.word(), i.align()
    return Words(up(address, align) - address)


def upward(i, in_object, resize=False, whole=False):
    """A block is placed upwards; with `resize`, again from its start. `whole`: its size is a multiple
    of its alignment."""
    cursor, limit = i.word("cursor"), i.word("limit")
    size, align = i.layout()
    if whole:
        i.require(is_multiple(size, align))
    min_align = i.kept_align()
    i.require(is_multiple(cursor, min_align))
    start = up(cursor, align)
    end = start + up(size, min_align)
    fits = end <= limit
    if in_object:
        i.require(cursor <= limit, limit - cursor <= i.largest)
        i.lemma(is_near(i, cursor, end))
        fits = has_sign_of_fit(i, limit, end)
    old_end = []
    if resize:
        old_size, old_align = i.layout("old_")
        i.require(is_multiple(cursor, old_align))
        old_end = [up(cursor + old_size, min_align)]
        i.require(old_end[0] < i.space)
    return Option(fits, start, end, *old_end)


@specifies("place_up", "wrong_place_up", "timid_place_up")
def _(i):
    return upward(i, in_object=False)


@specifies("place_in_object", "wrong_place_in_object")
def _(i):
    return upward(i, in_object=True)


@specifies("place_whole_in_object")
def _(i):
    return upward(i, in_object=True, whole=True)


@specifies("resize_up")
def _(i):
    return upward(i, in_object=False, resize=True)


@specifies("resize_in_object")
def _(i):
    return upward(i, in_object=True, resize=True)


def offset(i, resize=False):
    """A block is placed at a position from an origin; with `resize`, again from its own."""
    cursor, limit = i.word("cursor"), i.word("limit")
    size, align = i.layout()
    min_align = i.kept_align()
    old = i.layout("old_") if resize else None
    origin = i.word("origin")
    i.require(is_multiple(cursor, min_align), is_multiple(origin, min_align))
    i.require(cursor <= limit, limit <= i.largest)
    start = cursor + padding(origin + cursor, align)
    end = up(start + size, min_align)
    old_end = []
    if old:
        old_size, old_align = old
        i.require(is_multiple(origin + cursor, old_align))
        old_end = [up(cursor + old_size, min_align)]
        i.require(old_end[0] <= i.largest)
    return Option(end <= limit, start, end, *old_end)


@specifies("place_offset")
def _(i):
    return offset(i)


@specifies("place_in_aligned")
def _(i):
    cursor, limit = i.word("cursor"), i.word("limit")
    size, align = i.layout()
    min_align = i.kept_align()
    i.require(is_multiple(cursor, min_align), cursor <= limit, limit <= i.largest)
    start = up(cursor, align)
    end = up(start + size, min_align)
    return Option(end <= limit, start, end)


@specifies("resize_offset")
def _(i):
    return offset(i, resize=True)


def downward(i, cursor, limit, size, align, min_align):
    start = down(cursor - size, most(align, min_align))
    fits = claripy.And(size <= cursor, limit <= start)
    return Option(fits, start, up(start + size, min_align))


@specifies("place_down")
def _(i):
    cursor, limit = i.word("cursor"), i.word("limit")
    size, align = i.layout()
    min_align = i.kept_align()
    i.require(is_multiple(cursor, min_align))
    return downward(i, cursor, limit, size, align, min_align)


def block(i):
    """The end of a block that there is, and the minimum alignment of its allocator."""
    start, size, min_align = i.word("start"), i.word("size"), i.kept_align()
    end = up(start + size, min_align)
    i.require(is_multiple(start, min_align), size <= i.largest, end < i.space)
    return start, end


@specifies("resize_down")
def _(i):
    start, limit = i.word("start"), i.word("limit")
    size, align = i.layout()
    min_align, old_size = i.kept_align(), i.word("old_size")
    end = up(start + old_size, min_align)
    i.require(is_multiple(start, min_align), old_size <= i.largest, end < i.space)
    return downward(i, end, limit, size, align, min_align)


@specifies("block_end")
def _(i):
    _, end = block(i)
    return Words(end)


@specifies("is_last_up")
def _(i):
    cursor = i.word("cursor")
    _, end = block(i)
    return Flag(cursor == end)


@specifies("release_up")
def _(i):
    cursor = i.word("cursor")
    start, end = block(i)
    return Option(cursor == end, start)


@specifies("is_last_down")
def _(i):
    return Flag(i.word("cursor") == i.word("start"))


@specifies("release_down")
def _(i):
    cursor = i.word("cursor")
    start, end = block(i)
    return Option(cursor == start, end)


def smallest(i):
    """The smallest chunk for a block, its alignment, that of the header, and whether it is valid."""
    size, align = i.layout()
    header_size, header_align = i.word("header_size"), i.kept_align()
    i.require(i.is_valid(header_size, header_align))
    needed = up(up(header_size, align) + size, header_align)
    chunk_align = most(align, header_align)
    return needed, chunk_align, header_align, i.is_valid(needed, chunk_align)


@specifies("smallest_chunk")
def _(i):
    needed, align, _, valid = smallest(i)
    return Option(valid, needed, align)


def satisfiable(*constraints):
    z3_backend = claripy.backends.z3
    question = z3_backend.convert(claripy.And(*constraints))
    tactics = ("simplify", "propagate-values", "solve-eqs", "simplify", "bit-blast", "sat")
    context = question.ctx
    solver = z3.Then(*(z3.Tactic(name, ctx=context) for name in tactics)).solver()
    solver.set("timeout", SECONDS_PER_QUESTION * 1000)
    solver.add(question)
    answer = solver.check()
    assert answer in (z3.sat, z3.unsat), f"no answer: {solver.reason_unknown()}"
    return answer == z3.sat


def prove(machine, name, kept_align):
    """Whether the function meets its specification, by how many paths. Fails if that proves
    nothing."""
    inputs = Inputs(machine, kept_align)
    specification = SPECIFICATIONS[name](inputs)
    conditions = claripy.And(*inputs.conditions)
    assert satisfiable(conditions), f"{name}: no input meets the conditions"
    for lemma in inputs.lemmas:
        assert not satisfiable(conditions, claripy.Not(lemma)), f"{name}: a lemma is wrong"
    paths, proved = [], True
    possible = set()
    for path, words in machine.paths(name, inputs.words, inputs.conditions):
        assert satisfiable(path), f"{name}: a path that cannot be taken"
        paths.append(path)
        output = [word.zero_extend(machine.wide - machine.bits) for word in words]
        for claim in specification.claims(output):
            proved = proved and not satisfiable(path, claripy.Not(claim))
        for outcome in specification.outcomes:
            if satisfiable(path, output[0] == outcome):
                possible.add(outcome)
    assert not satisfiable(conditions, claripy.Not(claripy.Or(*paths))), f"{name}: paths missing"
    assert possible == set(specification.outcomes), f"{name}: only outcomes {possible}"
    return proved, len(paths)


def prove_definitions(machine):
    """`up` and `down` are what they are said to be."""
    inputs = Inputs(machine, 1)
    x, align, other = inputs.word(), inputs.align(), inputs.word()
    # A word wider, since the next multiple may be the end of the address space.
    other = other * 2
    nearest = {
        "up": (up(x, align), x <= other, up(x, align) <= other, x <= up(x, align)),
        "down": (down(x, align), other <= x, other <= down(x, align), down(x, align) <= x),
    }
    for name, (found, candidate, no_nearer, on_its_side) in nearest.items():
        closest = claripy.Or(
            claripy.Not(claripy.And(candidate, is_multiple(other, align))), no_nearer
        )
        claim = claripy.And(is_multiple(found, align), on_its_side, closest)
        assert not satisfiable(*inputs.conditions, claripy.Not(claim)), f"definition of {name}"
    claim = padding(x, align) == up(x, align) - x
    assert not satisfiable(*inputs.conditions, claripy.Not(claim)), "definition of padding"

    # In an object, the sign of the wrapped difference tells whether a block fits.
    inputs = Inputs(machine, 1)
    cursor, limit, end = inputs.word(), inputs.word(), inputs.word() * 2
    inputs.require(cursor <= limit, limit - cursor <= inputs.largest)
    inputs.require(is_near(inputs, cursor, end))
    claim = has_sign_of_fit(inputs, limit, end) == (end <= limit)
    assert not satisfiable(*inputs.conditions, claripy.Not(claim)), "the sign of what is left"


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--cortex-m"]
    if not arguments:
        sys.exit(__doc__)
    library, *only = arguments
    logging.getLogger("angr").setLevel(logging.ERROR)
    logging.getLogger("cle").setLevel(logging.ERROR)
    machine = Machine(library, cortex_m="--cortex-m" in sys.argv)
    print(f"{machine.project.arch.name}, {machine.bits} bits, every input")
    prove_definitions(machine)
    failed = []
    # With 64 bits the solver did not answer in the time that a check may take.
    skipped = {"place_offset", "resize_offset"} if machine.bits == 64 else set()
    for name in only or (name for name in SPECIFICATIONS if name not in skipped):
        wrong = name.startswith(("wrong_", "timid_"))
        begin = time.monotonic()
        proved, paths = True, []
        for kept_align in KEPT_ALIGNS:
            case_proved, count = prove(machine, name, kept_align)
            proved = proved and case_proved
            paths.append(str(count))
        verdict = "proved" if proved else "refuted"
        took = time.monotonic() - begin
        print(f"{verdict:8} {name:24} {'+'.join(paths):>8} paths {took:6.1f} s", flush=True)
        if proved == wrong:
            failed.append(name)
    if failed:
        sys.exit(f"not as expected: {', '.join(failed)}")
    print("PASS")


if __name__ == "__main__":
    main()
