"""The Gaussian letters of an expression, wherever they stand."""

from __future__ import annotations

from theory.calculus.expressions import Expression, expression
from theory.calculus.letters import Gaussian, Inverse, Letter, Pinv, made_of


def gaussians_in(value: Expression) -> tuple[Expression, ...]:
    """Every Gaussian letter, also inside inverses, pseudo-inverses and definitions, in the order of their names.

    Raises ValueError for a letter with a random covariance.

    >>> from theory.calculus.expressions import identity, matrix
    >>> from theory.calculus.letters import Defined
    >>> x, e = matrix("X", 2, 3, law=Gaussian(identity(3))), matrix("e", 2, 1, law=Gaussian(expression(1)))
    >>> [str(z) for z in gaussians_in(x.T @ matrix("y", 2, 1, law=Defined(e)))]
    ['X', 'e']
    """
    found: dict[str, Letter] = {}
    _gather(value, found)
    return tuple(expression(found[name]) for name in sorted(found))


def _gather(value: Expression, found: dict[str, Letter]) -> None:
    for base in dict.fromkeys(f.base for m, _ in value.terms for w in m.words for f in w.factors):
        letter = base.letter if isinstance(base, Pinv) else base
        for part in (letter.argument,) if isinstance(letter, Inverse) else made_of(letter):
            _gather(part, found)
        match letter:
            case Letter(law=Gaussian(row_covariance=c, column_covariance=r)):
                found[letter.name] = letter
                if any(gaussians_in(part) for part in (c, r) if part is not None):
                    raise ValueError(
                        f"{letter.name}: its covariance is random; only given covariances are averaged over"
                    )
