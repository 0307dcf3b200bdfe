"""Replace words by expressions: how an identity between matrices is applied."""

from __future__ import annotations

from theory.calculus.expressions import Expression, collect, expression, scalar_product, total, trace
from theory.calculus.letters import ONE, ShapeError
from theory.calculus.monomials import Monomial
from theory.calculus.words import Word


def replace(target: Expression, *pairs: tuple[Expression, Expression]) -> Expression:
    """Replace words, traces or quadratic forms by other expressions of the same shape, one pair after the
    other.

    >>> from theory.calculus.expressions import matrix
    >>> a, b, c = (matrix(name, 3, 3) for name in "abc")
    >>> str(replace(a @ b @ c + b.T @ a.T, (a @ b, b)))
    "b' + b c"
    """
    for old, new in pairs:
        if old.shape != new.shape:
            raise ShapeError(f"{old} is {old.rows} x {old.cols} but {new} is {new.rows} x {new.cols}")
        target = substitute_trace(target, old, new) if old.is_scalar else substitute(target, word_of(old), new)
    return target


def word_of(value: Expression) -> Word:
    """The single word that an expression consists of; of a number, the word of its one trace."""
    match value.terms:
        case ((Monomial(traces=(), word=Word() as word), coefficient),) if coefficient == ONE:
            return word
        case ((Monomial(traces=(word,), word=None), coefficient),) if coefficient == ONE and value.is_scalar:
            return word
    raise ValueError(f"{value} is not a single word")


def substitute(target: Expression, pattern: Word, replacement: Expression) -> Expression:
    """Replace every occurrence of a word, and of its transpose, until none is left; inverses are left as
    they are.

    Raises ValueError where the replacement holds the word itself: that would never end.
    """
    pairs = [(pattern, replacement)]
    if pattern != pattern.T:
        pairs.append((pattern.T, replacement.T))
    if any(_rewrite_monomial(m, old, new) is not None for old, _ in pairs for _, new in pairs for m, _ in new.terms):
        raise ValueError(f"{pattern} = {replacement}: the right side holds the left one, so replacing never ends")
    left = True  # a word that is turned round by what was put in may show the first pattern again
    while left:
        left = False
        for old, new in pairs:
            while (changed := _substitute_once(target, old, new)) is not None:
                target, left = changed, True
    return target


def substitute_trace(target: Expression, old: Expression, new: Expression) -> Expression:
    """Replace a trace (or quadratic form), or a product of several, wherever it is a factor."""
    match old.terms:
        case ((Monomial(traces=(_, *_) as pattern, word=None), coefficient),) if coefficient == ONE:
            pass
        case _:
            raise ValueError(f"{old} is not a single trace or quadratic form, or a product of them")
    pieces = []
    for monomial, coefficient in target.terms:
        times = min(monomial.traces.count(w) // pattern.count(w) for w in pattern)
        rest = list(monomial.traces)
        for w in pattern * times:
            rest.remove(w)
        piece = collect([(rest, monomial.word, coefficient)], target.rows, target.cols)
        for _ in range(times):
            piece = piece * new
        pieces.append(piece)
    return total(pieces, target)


def _substitute_once(target: Expression, pattern: Word, replacement: Expression) -> Expression | None:
    parts, found = [], False
    for monomial, coefficient in target.terms:
        rewritten = _rewrite_monomial(monomial, pattern, replacement)
        found = found or rewritten is not None
        terms = ((monomial, ONE),) if rewritten is None else rewritten.terms
        parts += [(m.traces, m.word, coefficient * c) for m, c in terms]
    return collect(parts, target.rows, target.cols) if found else None


def _rewrite_monomial(monomial: Monomial, pattern: Word, replacement: Expression) -> Expression | None:
    rest = monomial.traces
    if monomial.word is not None and (at := _find(monomial.word, pattern)) is not None:
        return scalar_product(rest) * _splice(monomial.word, at, pattern, replacement)
    for index, closed in enumerate(rest):
        if not all(factor in closed.factors for factor in pattern.factors):
            continue
        others = rest[:index] + rest[index + 1 :]
        for rotation in closed.rotations():
            if (at := _find(rotation, pattern)) is not None:
                new = scalar_product(others) * trace(_splice(rotation, at, pattern, replacement))
                return new if monomial.word is None else new * expression(monomial.word)
    return None


def _find(word: Word, pattern: Word) -> int | None:
    size = len(pattern.factors)
    starts = range(len(word.factors) - size + 1)
    return next((i for i in starts if word.factors[i : i + size] == pattern.factors), None)


def _splice(word: Word, at: int, pattern: Word, replacement: Expression) -> Expression:
    before = Word(word.factors[:at], word.rows, pattern.rows)
    after = Word(word.factors[at + len(pattern.factors) :], pattern.cols, word.cols)
    return expression(before) @ replacement @ expression(after)
