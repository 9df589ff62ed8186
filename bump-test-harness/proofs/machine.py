"""Executes machine code symbolically: from a function of a library to what it decides.

Nothing is known of the inputs here, and nothing is asked about them: no solver decides which way a
branch goes. So the paths are all there are, and some that no input takes.
"""

import angr
import claripy

from decisions import tree

# Where the inputs, the outputs and the caller are: addresses that no library is loaded to.
INPUT, OUTPUT, RETURN = 0x70000000, 0x70010000, 0x70020000
# How many words a function reads at most, and writes.
INPUTS, OUTPUTS = 10, 8


class Machine:
    """A library, and the processor it is for."""

    def __init__(self, path, cortex_m):
        options = {"arch": "ARMCortexM"} if cortex_m else {}
        self.project = angr.Project(path, auto_load_libs=False, main_opts=options)
        self.thumb = 1 if cortex_m else 0
        self.bits = self.project.arch.bits

    def __str__(self):
        return "Cortex-M0" if self.thumb else "x86-64"

    def input(self, index):
        """The unknown that the paths of a function call its input of this index."""
        return claripy.BVS(f"input_{index}", self.bits, explicit_name=True)

    def decisions(self, name):
        """What the function decides, down to the words that it writes."""
        symbol = self.project.loader.find_symbol(name)
        assert symbol is not None, f"{name} is not in the library"
        state = self.project.factory.call_state(
            symbol.rebased_addr | self.thumb,
            INPUT,
            OUTPUT,
            ret_addr=RETURN | self.thumb,
            prototype="void f(void *input, void *output)",
            add_options={angr.options.LAZY_SOLVES},
        )
        size, order = self.bits // 8, self.project.arch.memory_endness
        for index in range(INPUTS):
            state.memory.store(INPUT + index * size, self.input(index), endness=order)
        manager = self.project.factory.simulation_manager(state)
        manager.explore(find=RETURN | self.thumb, num_find=10_000)
        for stash in ("active", "errored", "unconstrained", "deadended"):
            assert not getattr(manager, stash), f"{name}: {stash} {getattr(manager, stash)}"
        paths = []
        for found in manager.found:
            guards = [guard for guard in found.history.jump_guards if not guard.is_true()]
            assert {*found.solver.constraints} == {*guards}, f"{name}: more than branches"
            words = [
                found.memory.load(OUTPUT + index * size, size, endness=order)
                for index in range(OUTPUTS)
            ]
            paths.append((guards, words))
        return tree(paths)
