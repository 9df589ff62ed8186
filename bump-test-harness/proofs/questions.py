"""Asks an SMT solver, and rewrites what machine code computes until the questions are easy.

A solver takes one unknown as it is, but chokes on `((a + b + c - 1) & -c) - a` if it is to compare
that with the same thing written in another way. So what a specification rounds has a name: an
unknown that is *defined*. Where machine code computes what the definition makes equal, and the
solver says that it does, the unknown takes its place. Only sums and comparisons are left.

Nothing is taken on trust: each replacement was proved, and what is proved without the definitions
holds with them.
"""

import itertools
import random

import claripy
import cvc5
import z3

# The budget of a solver for a try, in its own units: about a second of an idle machine. Counted in
# steps, so that the answer is the same on a busy one.
STEPS_OF_Z3, STEPS_OF_CVC5 = 2_500_000, 500_000
# How often that, until a question has no answer, which is no proof.
PATIENCE = 100
TACTICS = ("simplify", "propagate-values", "solve-eqs", "simplify", "bit-blast", "sat")


class NoAnswer(Exception):
    """The solvers gave up."""


def once(function):
    """A function that is called once for the same arguments, and then remembers."""
    known = {}

    def key(argument):
        if isinstance(argument, tuple):
            return tuple(map(key, argument))
        return argument.get_id() if isinstance(argument, z3.AstRef) else id(argument)

    def remembering(*arguments):
        # The arguments are kept, so that nothing else gets their ids.
        if key(arguments) not in known:
            known[key(arguments)] = arguments, function(*arguments)
        return known[key(arguments)][1]

    return remembering


def to_z3(expression):
    """A condition or a vector, of claripy's or z3's, as one of z3's."""
    if isinstance(expression, claripy.ast.Base):
        return claripy.backends.z3.convert(expression)
    return expression


def by_bits(constraints, tries):
    """Whether the constraints can hold together, by z3, which looks at each bit: good for masks.
    `None` if it does not know."""
    context = constraints[0].ctx
    solver = z3.Then(*(z3.Tactic(name, ctx=context) for name in TACTICS)).solver()
    solver.set("rlimit", tries * STEPS_OF_Z3)
    solver.add(*constraints)
    return {"sat": True, "unsat": False}.get(str(solver.check()))


def by_integers(constraints, tries):
    """The same by cvc5, which takes vectors for integers with remainders: good for sums."""
    printer = z3.Solver(ctx=constraints[0].ctx)
    printer.add(*constraints)
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("solve-bv-as-int", "iand")
    solver.setOption("rlimit-per", str(tries * STEPS_OF_CVC5))
    solver.setLogic("QF_BV")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, printer.to_smt2(), "question")
    symbols = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        answer = command.invoke(solver, symbols).strip()
    return {"sat": True, "unsat": False}.get(answer)


def ask(constraints):
    """Whether the constraints can hold together, by whatever solver knows."""
    for tries in (1, PATIENCE // 10, PATIENCE):
        for solver in (by_bits, by_integers):
            answer = solver(constraints, tries)
            if answer is not None:
                return answer
    raise NoAnswer(f"no answer: {constraints}")


def parts(*expressions):
    """All that they consist of, each before what contains it."""
    seen, found = set(), []

    def visit(expression):
        if expression.get_id() not in seen:
            seen.add(expression.get_id())
            for child in expression.children():
                visit(child)
            found.append(expression)

    for expression in expressions:
        visit(expression)
    return found


def unknowns(*expressions):
    return [e for e in parts(*expressions) if e.decl().kind() == z3.Z3_OP_UNINTERPRETED]


BITWISE = {z3.Z3_OP_BAND, z3.Z3_OP_BOR, z3.Z3_OP_BNOT, z3.Z3_OP_BXOR}


@once
def is_about_sums(expression):
    return not any(part.decl().kind() in BITWISE for part in parts(expression))


def about_sums(*conditions):
    """What of a conjunction is."""
    together = (c.children() if z3.is_and(c) else [c] for c in conditions)
    return [*filter(is_about_sums, itertools.chain(*together))]


def is_choice(expression):
    return expression.decl().kind() == z3.Z3_OP_ITE


def is_product(expression):
    """Of more than a number and an unknown."""
    factors = [factor for factor in expression.children() if not z3.is_bv_value(factor)]
    return expression.decl().kind() == z3.Z3_OP_BMUL and len(factors) > 1


def is_power_of_two(x):
    """For vectors of claripy and of z3."""
    both = z3.And if isinstance(x, z3.ExprRef) else claripy.And
    return both(x != 0, x & (x - 1) == 0)


def low(wide, bits):
    """The lowest bits of a sum, as a sum of lowest bits: what a machine computes."""
    if wide.op == "ZeroExt" and wide.args[1].length == bits:
        return wide.args[1]
    if wide.op == "BVV":
        return claripy.BVV(wide.args[0] % 2**bits, bits)
    if wide.op in ("__add__", "__sub__"):
        first, *others = (low(arg, bits) for arg in wide.args)
        for other in others:
            first = getattr(first, wide.op)(other)
        return first
    return wide[bits - 1 : 0]


class Name:
    """An unknown that stands for a value, and the forms in which machine code may have it."""

    def __init__(self, unknown, value, x, forms):
        self.unknown, self.value = to_z3(unknown), to_z3(value)
        self.definition = self.unknown == self.value
        # The number that is rounded.
        self.x = z3.simplify(to_z3(x))
        self.forms = [z3.simplify(to_z3(form)) for form in forms]

    def form_of(self, expression, powers_of_two):
        """The form that always has the same value as an expression, if there is one."""
        for form in self.forms:
            if form.sort() == expression.sort() and is_same_value(
                expression, form, self.unknown, self.value, self.x, powers_of_two
            ):
                return form
        return None


@once
def is_same_value(expression, form, unknown, value, x, powers_of_two):
    """Whether an expression has the same value as a form of an unknown that stands for `value`."""
    # Products, of which each bit would depend on all others, are the same as sums of products.
    difference = z3.simplify(z3.substitute(expression - form, (unknown, value)), som=True)
    if z3.is_bv_value(difference):
        return difference.as_long() == 0
    differ = expression != form
    if differs_at_random(differ, unknown, value, powers_of_two):
        return False
    question = [unknown == value, differ, *map(is_power_of_two, powers_of_two)]
    # The equation holds for whatever is rounded, or not at all. So it may be one unknown instead
    # of a sum: for each of its values there is one of an unknown summand.
    for summand in unknowns(x):
        others = z3.simplify(x - summand)
        if summand.sort() == x.sort() and not contains(others, summand):
            whole = z3.BitVec("whole", x.sort().size(), ctx=x.ctx)
            question = [z3.substitute(q, (summand, whole - others)) for q in question]
            break
    return by_bits(question, 5) is False


def differs_at_random(differ, unknown, value, powers_of_two):
    """Whether some values that nobody has chosen show a difference."""
    chance = random.Random(1)
    free = [u for u in unknowns(differ, value) if not u.eq(unknown)]
    for _ in range(4):
        values = []
        for other in free:
            bits = other.sort().size()
            number = chance.getrandbits(bits)
            if contains(other, *powers_of_two):
                number = 1 << chance.randrange(bits)
            values.append((other, z3.BitVecVal(number, bits, ctx=other.ctx)))
        values.append((unknown, z3.simplify(z3.substitute(value, *values))))
        if z3.is_true(z3.simplify(z3.substitute(differ, *values))):
            return True
    return False


class Knowledge:
    """What holds for the inputs: conditions, definitions, and facts that follow from both."""

    def __init__(self, conditions, names, facts):
        self.conditions = [*map(to_z3, conditions)]
        self.definitions = [name.definition for name in names]
        self.facts = []
        assert ask(self.everything()), "no input meets the conditions"
        for fact in map(to_z3, facts):
            wrong = z3.Not(fact)
            easy = by_bits([*self.related(fact), wrong], 1) is False
            assert easy or not self.allows(wrong), f"not a fact: {fact}"
            self.facts.append(fact)

    def everything(self):
        return [*self.conditions, *self.definitions, *self.facts]

    def related(self, claim):
        """Of what is known, what is about nothing but what the claim is about."""
        about = {str(unknown) for unknown in unknowns(claim)}
        definitions = [d for d in self.definitions if str(d.arg(0)) in about]
        about |= {str(unknown) for unknown in unknowns(*definitions)}
        conditions = [c for c in self.conditions if about.issuperset(map(str, unknowns(c)))]
        return [*definitions, *conditions]

    def excludes(self, *constraints):
        """Whether some of what is known is enough to see that no input meets the constraints: if it
        is, that is easier. If not, there may be none, too."""
        if self.excludes_by_sums(*constraints):
            return True
        return by_bits([*self.conditions, *self.facts, *constraints], 2) is False

    @once
    def excludes_by_sums(self, *constraints):
        if any(map(z3.is_false, map(z3.simplify, constraints))):
            return True
        sums = [*filter(is_about_sums, [*self.conditions, *self.facts])]
        return by_integers([*sums, *constraints], 2) is False

    def allows(self, *constraints):
        """Whether there is an input that meets the constraints."""
        if self.excludes(*constraints):
            return False
        return ask([*self.everything(), *constraints])


class Rewriter:
    """Puts names where expressions have their values."""

    def __init__(self, names, powers_of_two):
        self.names = names
        self.powers_of_two = tuple(map(to_z3, powers_of_two))

    def rewrite(self, expression):
        expression = z3.simplify(expression)
        while replacement := self.next_replacement(expression):
            expression = z3.simplify(z3.substitute(expression, replacement))
        return expression

    @once
    def next_replacement(self, expression):
        for part in parts(expression):
            if part.decl().kind() in BITWISE or is_product(part):
                for name in self.names:
                    if (form := name.form_of(part, self.powers_of_two)) is not None:
                        return part, form
        return None


def contains(expression, *others):
    """Whether one of the others is a part of the expression."""
    return any(part.eq(other) for part in parts(expression) for other in others)
