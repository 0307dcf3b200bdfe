"""The open door: a user's own estimator, written in letters, to its expected risk, exact or asymptotic.

    from theory.derive import derive, risk_of, task
    from theory.notation import covariance, d, n, symbol

    sample = task(covariance("S"))                               # X, y = X t + e, a start u
    between = sample.start * (1 - a) + sample.estimator * a      # half-way, say, to the fine-tuned weights
    derive(risk_of(between, sample), "asymptotic", n < d)

What it cannot do it names: the one expectation that would not close.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import sympy as sp

from theory.calculus.arrays import Matrix, evaluate_expression
from theory.calculus.closed_forms import closed_form
from theory.calculus.designs import depends_on, is_isotropic
from theory.calculus.equivalents import FACTORISED, Equivalent, deterministic_equivalent, evaluated
from theory.calculus.expressions import Expression, expression, inverse, is_letter, letter_of, matrix, pinv, trace
from theory.calculus.gaussians import gaussians_in
from theory.calculus.invariance import orthogonal_invariance, trace_is_rank
from theory.calculus.letters import Defined, Factor, Inverse, Letter, Pinv
from theory.calculus.names import fresh_name, letters_in, one_meaning_a_name, symbols_in
from theory.calculus.outside import resolvent_identity
from theory.calculus.pencils import is_wide
from theory.calculus.pseudoinverse import (
    change_of_variable,
    full_column_rank,
    insert_definition,
    null_projection,
    projection_algebra,
    pseudo_inverse_of_full_column_rank,
    pseudo_inverse_of_full_row_rank,
    row_span_projection,
)
from theory.calculus.rings import DoesNotTurn
from theory.calculus.rule import Chain, Reason
from theory.calculus.stein import noise_moments
from theory.calculus.wishart import DoesNotClose, expectation, gram_inverse_cancels
from theory.linear.setting import Task, task
from theory.result import Equality, Step

__all__ = ["Derived", "Risk", "derive", "inverse", "matrix", "pinv", "risk_of", "task", "trace"]

Closure: TypeAlias = Literal["exact", "asymptotic"]


@dataclass(frozen=True)
class Risk:
    """A risk as it is defined, and the same written in errors: equal for every draw."""

    definition: Expression
    written: Expression


WRITTEN = Reason(
    "write the error out",
    "Labels and weights by their definitions, t = u + D, and M (M + K)^-1 = I - K (M + K)^-1.",
    Equality.PATHWISE,
)


@dataclass(frozen=True)
class Derived:
    """E target, how it was found, and where it holds.

    exact        `value` is an expression in deterministic letters, equal to E target where `finite` holds;
    asymptotic   `value` is its leading order as all dimensions grow in proportion, `equivalent` holds the fixed-point
                 equations of the numbers in it; relative error O(1/n).

    `given_designs` is the target averaged over label noise alone.
    """

    target: Expression
    given_designs: Expression
    closure: Closure
    domain: sp.Basic
    value: Expression | sp.Expr
    finite: sp.Basic
    equivalent: Equivalent | None
    steps: tuple[Step, ...]

    def evaluate(self, letters: Mapping[str, Matrix], numbers: Mapping[sp.Symbol, float]) -> float:
        """The number, with arrays for deterministic letters and numbers for symbols.

        Raises ValueError outside the domain, where an exact mean is not known to be finite, for a symbol without a
        number and a letter without an array of its shape; NotCertified where fixed-point equations are not solved to a
        relative error of 1e-10.
        """
        if missing := sorted(str(s) for s in symbols_in(self.target) - set(numbers)):
            raise ValueError(f"no number for {', '.join(missing)}: keys are symbols, those the target is written in")
        for name, condition in (("domain", self.domain), ("mean is finite where", self.finite)):
            if condition.subs(dict(numbers)) != sp.true:
                raise ValueError(f"{name} {condition}: {_shown(numbers, condition)} is outside of it")
        for letter in dict.fromkeys((*letters_in(self.target), *letters_in(self.given_designs))):
            _check_array(letter, letters, numbers)
        if self.equivalent is not None:
            return float(evaluated(self.equivalent, letters, numbers)[0])
        assert isinstance(self.value, Expression)
        return float(evaluate_expression(self.value, letters, numbers))

    def latex(self) -> str:
        """The value, with the equations of its numbers, as LaTeX mathematics without delimiters."""
        from theory.latex import derived_latex

        return derived_latex(self)

    def __str__(self) -> str:
        from theory.text import derived_text

        return derived_text(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/latex": f"$\\displaystyle {self.latex()}$"}


def risk_of(weights: Expression, sample: Task, test: Expression | None = None) -> Risk:
    """The excess risk (h - t)' S (h - t) of weights h, t the sample's teacher, S its covariance or that of a test.

    Written with labels by their definition, and t as u + D where the sample starts at given weights u.
    """
    covariance = sample.covariance if test is None else test
    h = matrix(fresh_name("h", weights, sample.teacher, covariance), sample.x.cols, 1, law=Defined(weights))
    definition = (h - sample.teacher).T @ covariance @ (h - sample.teacher)
    error = weights - sample.teacher
    while hidden := _definitions(error):
        error = insert_definition.rewrite(error, *hidden)
    if is_letter(sample.start) and is_letter(sample.teacher):
        name = fresh_name("D", weights, sample.teacher, covariance)
        gap = matrix(name, sample.x.cols, 1, law=Defined(sample.teacher - sample.start))
        error = change_of_variable.rewrite(error, sample.teacher, sample.start + gap)
    for x in gaussians_in(error):
        error = resolvent_identity.rewrite(error, x)
    return Risk(definition, error.T @ covariance @ error)


def derive(target: Expression | Risk, closure: Closure = "exact", domain: sp.Basic = sp.true) -> Derived:
    """E target over every Gaussian letter in it: label noise first, then the designs.

    `target`: a number (a trace, a quadratic form, a risk), in letters of any kind.  `domain`: on which side of
    n = d every design with a pseudo-inverse is, as a condition such as Lt(n, d); several with And.  Exact:
    pseudo-inverses and inverse Gram matrices of isotropic designs (any covariance where n >= d), polynomials.
    Asymptotic: any rational function of Gaussian letters with any covariances, closed by factorisation.

    Raises DoesNotClose (exact) or DoesNotLinearise (asymptotic), naming the expectation that could not be taken.
    """
    if closure not in ("exact", "asymptotic"):
        raise ValueError(f"closure={closure!r}: there are 'exact' and 'asymptotic'")
    domain = sp.sympify(domain, strict=True)
    written = target.written if isinstance(target, Risk) else expression(target)
    if any(m.word is not None for m, _ in written.terms):
        raise ValueError(f"{written} is a matrix: take its trace, or a quadratic form of it")
    one_meaning_a_name(written, domain)
    chain = Chain("mean", domain, written)
    if isinstance(target, Risk):
        chain.turn_to(target.definition).record(WRITTEN, written)
        target = target.definition
    else:
        target = written
    while hidden := _definitions(chain.expression):
        chain.apply(insert_definition, *hidden)
    noises = [x for x in gaussians_in(chain.expression) if x.cols == 1 and not _inverted(chain.expression, x)]
    if noises:
        chain.apply(noise_moments, *noises)
    given_designs, designs = chain.expression, gaussians_in(chain.expression)
    projections = {str(x): q for x in designs if (q := _simplified(chain, x)) is not None}
    if closure == "asymptotic":
        return _asymptotic(target, given_designs, chain)
    finite: sp.Basic = sp.true
    for x in designs:
        finite = sp.And(finite, _average(chain, x, projections.get(str(x))))
    return Derived(target, given_designs, closure, domain, chain.expression, finite, None, tuple(chain.steps))


def _simplified(chain: Chain, x: Expression) -> Expression | None:
    """X+ X = I - Q where n < d (then Q is returned), X+ X = I where n >= d."""
    if Pinv(letter_of(x)) not in _bases(chain.expression):
        return None
    q = null_projection(x, fresh_name(f"Q{letter_of(x).name.removeprefix('X')}", chain.expression))
    if not is_wide(x, chain.domain):
        chain.apply(full_column_rank, x, q)
        return None
    chain.apply(row_span_projection, x, q).apply(projection_algebra, x, q)
    return q


def _inverted(target: Expression, x: Expression) -> bool:
    """Whether a letter stands inside an inverse or a pseudo-inverse."""
    return any(isinstance(b, Pinv | Inverse) and depends_on(Factor(b), letter_of(x)) for b in _bases(target))


def _definitions(target: Expression) -> list[Expression]:
    """Letters that abbreviate something in label noise, such as y = X t + e."""
    noisy = [letter_of(x) for x in gaussians_in(target) if x.cols == 1]
    return [
        expression(b)
        for b in _bases(target)
        if isinstance(b, Letter) and isinstance(b.law, Defined) and any(depends_on(b, e) for e in noisy)
    ]


def _asymptotic(target: Expression, given_designs: Expression, chain: Chain) -> Derived:
    found = closed_form(deterministic_equivalent(chain.expression, chain.domain), chain.domain)
    assert not isinstance(found.value, Expression)
    chain.record(FACTORISED, found.value)
    steps = tuple(chain.steps)
    return Derived(target, given_designs, "asymptotic", chain.domain, found.value, sp.true, found, steps)


def _average(chain: Chain, x: Expression, q: Expression | None) -> sp.Basic:
    """Average the last line over one design, Q its null projection where there is one; when that is finite."""
    hidden = [b for b in _bases(chain.expression) if isinstance(b, Pinv) and _depends_inside(b, x)]
    if hidden:
        raise DoesNotClose(f"E of words in {hidden[0].text}, the pseudo-inverse of a product: only asymptotically")
    if q is not None:
        if is_isotropic(x):
            _turned(chain, x, q)
        chain.apply(pseudo_inverse_of_full_row_rank, x)
    else:
        chain.apply(pseudo_inverse_of_full_column_rank, x)
    found = expectation(chain.apply(gram_inverse_cancels, x).expression, x)
    chain.turn_to(found.value, found.steps)
    return found.finite


def _turned(chain: Chain, x: Expression, q: Expression) -> None:
    try:
        chain.apply(orthogonal_invariance, x)
    except DoesNotTurn:
        return
    chain.apply(projection_algebra, x, q).apply(trace_is_rank, x, q)


def _depends_inside(base: Pinv, x: Expression) -> bool:
    return base.letter != letter_of(x) and depends_on(base.letter, letter_of(x))


def _bases(target: Expression) -> dict[Letter | Pinv | Inverse, None]:
    return dict.fromkeys(f.base for m, _ in target.terms for w in m.words for f in w.factors)


def _check_array(letter: Letter, letters: Mapping[str, Matrix], numbers: Mapping[sp.Symbol, float]) -> None:
    """A given letter needs an array of its shape, symmetric if it is; one with a law must not be given."""
    if letter.law is not None:
        if letter.name in letters:
            raise ValueError(f"{letter.name} follows from other letters or is random: leave its array out")
        return
    if letter.name not in letters:
        raise ValueError(f"no array for {letter.name}, {letter.rows} x {letter.cols}")
    shape = tuple(side.subs(dict(numbers)) for side in (letter.rows, letter.cols))
    array = np.asarray(letters[letter.name])
    if array.shape[-2:] != shape:
        raise ValueError(f"{letter.name} has shape {array.shape}, but is {letter.rows} x {letter.cols} = {shape}")
    if letter.symmetric and not np.allclose(array, np.swapaxes(array, -1, -2)):
        raise ValueError(f"{letter.name} is symmetric, but its array is not")


def _shown(numbers: Mapping[sp.Symbol, float], condition: sp.Basic) -> str:
    return ", ".join(f"{s} = {numbers[s]}" for s in sorted(condition.free_symbols, key=str))
