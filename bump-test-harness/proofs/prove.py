#!/usr/bin/env python3
"""Proves the machine code of bump-core's arithmetic for every input.

    prove.py X86-64-LIBRARY CORTEX-M-LIBRARY [NAME]...

`machine.py` executes each exported function of the libraries (`src/lib.rs`) symbolically: every
path that the machine code can take, with inputs that are unknowns. `specifications.py` has what the
output has to be, under the documented conditions. Solvers (`questions.py`) are then asked for
inputs that take a path and break the specification. A function is proved if they know that there
are none. The run demands, too, that

- at each fork of the paths (`decisions.py`) one way or the other is taken, so that there is a path
  for every input;
- each outcome that a function can have (a result, or none) is possible;
- the functions that are wrong on purpose are refuted: an input is found for which they are.

Each claim about the output is asked about alone, with the forks that make a difference to the words
that it is about: hundreds of paths through a function come down to a few.

A question without an answer is a failure. How many paths there are is the compiler's choice, so
their number is printed, not checked. `theorems.py` has the theorems that the specifications and the
induction over the blocks of a plan rest on; they are proved as well. With names, only these functions and theorems
are proved.
"""

import logging
import multiprocessing
import os
import sys
import time

import claripy
import z3

from decisions import Fork, about, fork, paths, size
from machine import OUTPUTS, Machine
from questions import Knowledge, Rewriter, about_sums, contains, is_choice, once, parts, to_z3
from specifications import SPECIFICATIONS, runs
from theorems import THEOREMS, holds


def prove(machine, name):
    """Whether the function meets its specification, and how many paths there are through it.
    Fails if that proves nothing."""
    code = machine.decisions(name)
    possible, outcomes = set(), set()
    for inputs, specification in runs(SPECIFICATIONS[name], machine.bits):
        case = Case(machine, inputs, code)
        for claim in specification.claims(case.output):
            if case.allows(claripy.Not(claim)):
                return False, size(code)
        outcomes |= set(specification.outcomes)
        for outcome in outcomes - possible:
            if case.allows(case.output[0] == outcome):
                possible.add(outcome)
    assert possible == outcomes, f"{name}: only outcomes {possible}"
    return True, size(code)


class Case:
    """What a function does with some of its inputs."""

    def __init__(self, machine, inputs, code):
        self.code = code
        self.knowledge = Knowledge(inputs.conditions, inputs.names, inputs.facts)
        self.rewriter = Rewriter(inputs.names, inputs.powers_of_two)
        self.passed = [
            (to_z3(machine.input(index)), to_z3(word)) for index, word in enumerate(inputs.words)
        ]
        # The words written, as unknowns, and the same in vectors as wide as a specification is.
        output = [
            claripy.BVS(f"output_{index}", machine.bits, explicit_name=True)
            for index in range(OUTPUTS)
        ]
        self.written = [*map(to_z3, output)]
        self.output = [word.zero_extend(inputs.wide - machine.bits) for word in output]

    def allows(self, condition):
        """Whether the condition holds of what is written for some input."""
        condition = to_z3(condition)
        indexes = [k for k, word in enumerate(self.written) if contains(condition, word)]
        written = [self.written[index] for index in indexes]
        return any(
            self.knowledge.allows(*path, z3.substitute(condition, *zip(written, words)))
            for path, words in paths(self.reached(about(self.code, indexes)))
        )

    def reached(self, code, decided=(), path=()):
        """What of the code inputs reach, as far as that is easily seen. In it are names for what
        has one, and forks for all choices between two values."""
        is_fork = isinstance(code, Fork)
        expressions = [self.rewritten(e, decided) for e in ([code.condition] if is_fork else code)]
        choices = [*filter(is_choice, parts(*expressions))]
        if choices:
            # The first one contains no other.
            condition = choices[0].arg(0)
            values = (z3.BoolVal(way, ctx=condition.ctx) for way in (True, False))
            ways = [(code, (*decided, (condition, value))) for value in values]
        elif is_fork:
            (condition,) = expressions
            ways = [(code.yes, decided), (code.no, decided)]
        else:
            return expressions
        yes, no = (*path, condition), (*path, z3.Not(condition))
        if self.is_out_of_reach(*yes):
            return self.reached(*ways[1], no)
        if self.is_out_of_reach(*no):
            return self.reached(*ways[0], yes)
        return fork(condition, self.reached(*ways[0], yes), self.reached(*ways[1], no))

    def is_out_of_reach(self, *path):
        return self.knowledge.excludes_by_sums(*about_sums(*path))

    def rewritten(self, expression, decided):
        """An expression of the code, with names, and with what is decided."""
        expression = self.named(expression)
        for decision in decided:
            expression = self.rewriter.rewrite(z3.substitute(expression, decision))
        return expression

    @once
    def named(self, expression):
        return self.rewriter.rewrite(z3.substitute(to_z3(expression), *self.passed))


def run(task):
    """Proves one function or theorem. Returns whether the answer is the expected one, its name, and
    a line to print."""
    library, cortex_m, name = task
    begin = time.process_time()
    machine = Machine(library, cortex_m)
    try:
        if name in THEOREMS:
            proved, note = holds(name, machine.bits), ""
        else:
            proved, count = prove(machine, name)
            note = f"{count} paths"
        verdict = "proved" if proved else "refuted"
        expected = proved != name.startswith(("wrong_", "timid_"))
    except Exception as error:
        verdict, note, expected = "FAILED", f"{type(error).__name__}: {error}", False
    took = time.process_time() - begin
    return expected, name, f"{verdict:8} {machine!s:10} {name:40} {took:6.1f} s   {note}"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    x86, cortex_m, *names = sys.argv[1:]
    names = names or [*SPECIFICATIONS, *THEOREMS]
    for library in ("angr", "cle"):
        logging.getLogger(library).setLevel(logging.ERROR)
    tasks = [task for name in names for task in ((x86, False, name), (cortex_m, True, name))]
    # The longest are begun first.
    tasks.sort(key=lambda task: task[2] != "next_chunk")
    failed = []
    # A process for each, since a solver's memory of one question makes the next one slower.
    with multiprocessing.Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        for expected, name, line in pool.imap_unordered(run, tasks):
            print(line, flush=True)
            if not expected:
                failed.append(name)
    if failed:
        sys.exit(f"not as expected: {', '.join(failed)}")
    print(f"{len(tasks)} as expected")


if __name__ == "__main__":
    main()
