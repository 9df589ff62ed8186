"""What a function decides, as a tree: at each fork a condition, at each leaf the words it writes.

The expressions are claripy's or z3's.
"""

from typing import Any, NamedTuple

import claripy
import z3


class Fork(NamedTuple):
    """Where it depends on a condition what is written."""

    condition: Any
    yes: Any
    no: Any


def fork(condition, yes, no):
    """A fork, or what is behind it if that is the same on both ways."""
    return yes if is_same(yes, no) else Fork(condition, yes, no)


def is_same(a, b):
    if isinstance(a, Fork) and isinstance(b, Fork):
        return all(map(is_same, a, b))
    if isinstance(a, list) and isinstance(b, list):
        return all(map(is_same, a, b))
    return a is b or (isinstance(a, z3.AstRef) and isinstance(b, z3.AstRef) and a.eq(b))


def tree(paths):
    """The tree of all paths: of each the conditions, in their order, and the words. At each fork,
    one of the two conditions has to hold, or the only one if angr has seen that the other way is
    not possible, so that no input is without a path."""
    (conditions, words), *others = paths
    if not conditions:
        assert not others, "paths without a difference"
        return words
    ways = {}
    for (first, *conditions), words in paths:
        ways.setdefault(first, []).append((conditions, words))
    if len(ways) == 1 and is_always(*ways):
        return tree(*ways.values())
    assert len(ways) == 2 and are_contrary(*ways), "a path is missing"
    return Fork(next(iter(ways)), *map(tree, ways.values()))


def is_always(condition):
    return not claripy.Solver().satisfiable([claripy.Not(condition)])


def are_contrary(a, b):
    return a is claripy.Not(b) or not claripy.Solver().satisfiable([a == b])


def about(tree, indexes):
    """The tree of some of the words, without the forks that make no difference to them."""
    if isinstance(tree, Fork):
        return fork(tree.condition, about(tree.yes, indexes), about(tree.no, indexes))
    return [tree[index] for index in indexes]


def paths(tree, *path):
    """The conditions and the words of each path."""
    if isinstance(tree, Fork):
        yield from paths(tree.yes, *path, tree.condition)
        yield from paths(tree.no, *path, z3.Not(tree.condition))
    else:
        yield path, tree


def size(tree):
    """The number of paths."""
    return size(tree.yes) + size(tree.no) if isinstance(tree, Fork) else 1
