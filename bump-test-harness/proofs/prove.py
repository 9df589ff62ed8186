#!/usr/bin/env python3
"""Proves the machine code of bump-core's arithmetic for every input.

    prove.py X86-64-LIBRARY CORTEX-M-LIBRARY [NAME | -NAME]...

`machine.py` executes each exported function of the libraries (`src/lib.rs`) symbolically: every
path that the machine code can take, with inputs that are unknowns. `specifications.py` has what the
output has to be, under the documented conditions. Solvers (`questions.py`) are then asked for
inputs that take the path and break the specification. A function is proved if they know that there
are none. The run demands, too, that

- the paths that some input takes, together, cover every input;
- each outcome that a function can have (a result, or none) is possible;
- the functions that are wrong on purpose are refuted: an input is found for which they are.

A question without an answer is a failure. How many paths there are is the compiler's choice, so
their number is printed, not checked: it would not tell whether one is missing. What the
specifications and the induction over the blocks of a plan rest on is in `theorems.py`, and proved
as well. With names, only these functions and theorems are proved; with a minus, all but these.
"""

import logging
import multiprocessing
import os
import sys
import time

import claripy
import z3

from machine import OUTPUTS, Machine
from questions import Knowledge, Rewriter, about_sums, by_bits, to_z3
from specifications import SPECIFICATIONS, runs
from theorems import THEOREMS, holds

# Begun first, since they take longest. Of their code for Cortex-M0, which has hundreds of paths, the
# solvers do not come to an end: it is left out unless it is named.
LONG = ("next_chunk", "wrong_next_chunk", "plan_push", "wrong_plan_push")


def prove(machine, name):
    """Whether the function meets its specification, and how many paths inputs take through it.
    Fails if that proves nothing."""
    # Many paths contradict themselves: they ask twice, and have two answers.
    paths = [path for path in machine.paths(name) if by_bits([to_z3(path[0])], 1) is not False]
    proved, taken, possible, outcomes = True, set(), set(), set()
    for inputs, specification in runs(SPECIFICATIONS[name], machine.bits):
        knowledge = Knowledge(inputs.conditions, inputs.names, inputs.facts)
        rewriter = Rewriter(inputs.names, inputs.powers_of_two, knowledge)
        passed = [(to_z3(machine.input(k)), to_z3(word)) for k, word in enumerate(inputs.words)]
        ways = []
        for number, (path, words) in enumerate(paths):
            path, *words = (z3.substitute(to_z3(e), *passed) for e in (path, *words))
            path, *words = map(z3.simplify, (path, *words))
            if knowledge.excludes_by_sums(*about_sums(path)):
                continue
            path, *words = rewriter.rewrite(path, *words)
            if not knowledge.allows(path):
                continue
            taken.add(number)
            ways.append(path)
            wrong = [z3.Not(claim) for claim in claims(machine, inputs, specification, words)]
            # All at once, if that is easy.
            if not knowledge.excludes_by_sums(path, z3.Or(*wrong)):
                proved = proved and not any(knowledge.allows(path, claim) for claim in wrong)
            outcomes |= set(specification.outcomes)
            for outcome in outcomes - possible:
                if knowledge.allows(path, words[0] == outcome):
                    possible.add(outcome)
        assert knowledge.imply(z3.Or(*ways)), f"{name}: paths missing"
    assert possible == outcomes, f"{name}: only outcomes {possible}"
    return proved, len(taken)


def claims(machine, inputs, specification, words):
    """What a specification says of the words that a path writes."""
    # The claims are about unknowns, so that they are made once, whatever the words are.
    output = [claripy.BVS(f"output_{k}", machine.bits, explicit_name=True) for k in range(OUTPUTS)]
    written = [(to_z3(unknown), word) for unknown, word in zip(output, words)]
    wide = [unknown.zero_extend(inputs.wide - machine.bits) for unknown in output]
    return [z3.substitute(to_z3(claim), *written) for claim in specification.claims(wide)]


def run(task):
    """Proves one function or theorem. Returns whether the answer is the expected one, its name, and
    a line to print."""
    library, cortex_m, name = task
    begin = time.process_time()
    machine = Machine(library, cortex_m)
    try:
        if name in THEOREMS:
            proved, paths = holds(name, machine.bits), ""
        else:
            proved, count = prove(machine, name)
            paths = f"{count} paths"
        verdict = "proved" if proved else "refuted"
        expected = proved != name.startswith(("wrong_", "timid_"))
    except Exception as error:
        verdict, paths, expected = "FAILED", f"{type(error).__name__}: {error}", False
    took = time.process_time() - begin
    return expected, name, f"{verdict:8} {machine!s:10} {name:40} {took:6.1f} s   {paths}"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    x86, cortex_m, *arguments = sys.argv[1:]
    without = {argument[1:] for argument in arguments if argument.startswith("-")}
    only = [argument for argument in arguments if not argument.startswith("-")]
    for library in ("angr", "cle"):
        logging.getLogger(library).setLevel(logging.ERROR)
    names = [name for name in only or [*SPECIFICATIONS, *THEOREMS] if name not in without]
    tasks = [(x86, False, name) for name in names]
    tasks += [(cortex_m, True, name) for name in names if only or name not in LONG]
    tasks.sort(key=lambda task: task[2] not in LONG)
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
