"""deep_linear.risk_equivalent, deep_linear.risk_limit: the expected excess risk to leading order in n.

The stretch c is a continuous function of |X+ y|^2 and |Q u|^2, which concentrate; so to leading order it is a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.equivalents import FACTORISED
from theory.calculus.expressions import Expression, expression, inverse, pinv, trace
from theory.calculus.pseudoinverse import insert_definition, projection_algebra, row_span_projection
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason, rule
from theory.calculus.stein import noise_moments
from theory.calculus.substitution import replace
from theory.deep_linear.given_design import risk_chain
from theory.deep_linear.setting import (
    STANDARD,
    WIDE,
    fitted_form,
    kept_form,
    norm_where,
    squared_source,
    stretch_solved,
    stretch_where,
)
from theory.linear.equivalent import closed
from theory.linear.setting import FLAT_IF_OVERPARAMETERIZED, OVERPARAMETERIZED, S, Task, task
from theory.notation import EIGENVALUE, INDEX, KAPPA, SOURCE, STRETCH, TARGET, d, symbol
from theory.references import HELTON_2007, RUBIO_2011, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement, Step
from theory.spectra import merged

FIXED = Reason(
    "numbers concentrate",
    "|X+ y|^2 and |Q u|^2 deviate from their means by O(n^{-1/2}), so c, a smooth function of them, is to leading "
    "order that function of their means, and may be taken out of means: averages are then closed by factorisation.",
    Equality.ASYMPTOTIC,
    HELTON_2007,
)
FLAT = Reason(
    "flat spectrum", "Every eigenvalue is level; sums over coordinates are inner products.", Equality.PATHWISE
)
LEVEL_OF_KAPPA = Reason(
    "kappa of a flat spectrum",
    "The equation of kappa at equal eigenvalues is linear in kappa.",
    Equality.PATHWISE,
)


@rule(Equality.PATHWISE)
def trace_of_the_gram_inverse(target: Expression, x: Expression) -> Expression:
    """tr(X+ X+') = tr((X X')^-1) for n <= d and X of full row rank (almost surely)."""
    return replace(target, (trace(pinv(x) @ pinv(x).T), trace(inverse(x @ x.T))))


LARGE = Assumption("n/d fixed, bounded condition number, n and d - n large: relative error O(1/n)")


@dataclass(frozen=True)
class Closed:
    """The risk, |X+ y|^2 and |Q u|^2 to leading order, what defines kappa and |h|, and the steps there."""

    value: sp.Expr
    along: sp.Expr
    off: sp.Expr
    kappa: Implicit
    steps: tuple[Step, ...]

    @property
    def where(self) -> tuple[Implicit, ...]:
        """The equations of kappa and |h|."""
        return self.kappa, norm_where(self.along, self.off), stretch_where()


def _averaged_over_noise(target: Expression, sample: Task) -> Chain:
    """The mean over the label noise given X, for a stretch c that is a number."""
    chain = Chain("", OVERPARAMETERIZED, target)
    chain.apply(insert_definition, sample.y).apply(row_span_projection, sample.x, sample.q)
    chain.apply(projection_algebra, sample.x, sample.q).apply(noise_moments, sample.e)
    return chain if chain.expression == target else chain.apply(trace_of_the_gram_inverse, sample.x)


@cache
def closed_risk() -> Closed:
    """Every mean closed by factorisation, with the stretch as a number."""
    sample = task(S)
    along, off = _averaged_over_noise(fitted_form(sample), sample), _averaged_over_noise(kept_form(sample), sample)
    (first, kappa), (second, _) = (closed(chain.expression) for chain in (along, off))
    first = merged(first)
    lemmas = [
        *along.steps,
        FACTORISED.step(along.expression, first, where=(kappa,)),
        FACTORISED.step(off.expression, second, where=(kappa,)),
    ]
    c = expression(STRETCH)
    x, q = sample.x, sample.q
    error = pinv(x) @ sample.e - q @ sample.teacher + c * (q @ sample.start)
    risk = _averaged_over_noise(error.T @ S @ error, sample)
    value, _ = closed(risk.expression)
    parts = Closed(value, first, second, kappa, ())
    random = risk_chain(sample, stretch_solved(sample))
    final = FIXED.step(random.expression, value, where=parts.where)
    return Closed(value, first, second, kappa, (*random.steps, *lemmas, *risk.steps, final))


@cache
def risk_equivalent() -> Result:
    """The expected excess risk for any covariance, n < rank of S, to leading order.

    With kappa of linear.risk_equivalent: the equation of |h| with |X+ y|^2 = sum l_i t_i^2/(l_i + kappa) +
    sigma^2/kappa and |Q u|^2 = kappa sum u_i^2/(l_i + kappa), and the risk of linear.risk_equivalent with c u for u.
    Asymptotic: relative error O(1/n) for n/d fixed and a bounded condition number.  Source: Shachaf et al. 2021,
    section 5, for the isotropic case; the resolvent by Rubio & Mestre 2011.
    """
    found = closed_risk()
    return Result(
        key="deep_linear.risk_equivalent",
        statement=Statement("expected excess risk for any covariance, to leading order", "E R(h)", r"\mathbb{E}\,R(h)"),
        kind=Kind.ASYMPTOTIC,
        regimes=(Regime("n < rank of the covariance, u not zero", WIDE, found.value),),
        given=(*STANDARD, LARGE),
        derivations=(Derivation("n < d", OVERPARAMETERIZED, found.steps),),
        references=(HELTON_2007, RUBIO_2011, SHACHAF_2021.at("section 5")),
        see_also=("deep_linear.risk_limit", "deep_linear.risk_exact", "linear.risk_equivalent"),
        where=found.where,
    )


def _at_level(value: sp.Expr) -> sp.Expr:
    """A formula at eigenvalues that are all `level`, its sums still sums."""
    return value.xreplace({EIGENVALUE[INDEX]: symbol("level")})


def _without_sums(value: sp.Expr) -> sp.Expr:
    """Its sums as inner products."""
    squares = {TARGET[INDEX] ** 2: symbol("squared_target"), SOURCE[INDEX] ** 2: squared_source}
    squares |= {TARGET[INDEX] * SOURCE[INDEX]: symbol("source_target"), sp.S.One: d}

    def summed(total: sp.Sum) -> sp.Expr:
        inner = sp.expand(factor(total.function))
        terms = [term.as_independent(TARGET[INDEX], SOURCE[INDEX]) for term in sp.Add.make_args(inner)]
        return sp.Add(*(constant * squares[form] for constant, form in terms))

    return value.replace(lambda e: isinstance(e, sp.Sum), summed)


def _kappa_of_a_flat_spectrum(kappa: Implicit) -> tuple[sp.Expr, Step]:
    """The equation of kappa at eigenvalues that are all `level`, solved."""
    left, right = (_without_sums(_at_level(side)) for side in kappa.equation.args)
    (solved,) = sp.solve(left - right, KAPPA)
    flat = Implicit(KAPPA, sp.Eq(_at_level(kappa.equation.lhs), right, evaluate=False))
    return solved, LEVEL_OF_KAPPA.step(KAPPA, factor(solved), where=(flat,))


@cache
def flat_risk() -> tuple[Closed, Chain]:
    """The same for a flat spectrum, without sums."""
    general = closed_risk()
    kappa, solved = _kappa_of_a_flat_spectrum(general.kappa)
    chain = Chain("flat spectrum", OVERPARAMETERIZED, KAPPA).turn_to(kappa, (solved,))
    parts = []
    for value in (general.along, general.off, general.value):
        flat = _at_level(value).subs(KAPPA, kappa)
        parts.append(_tidy(_without_sums(flat)))
        chain.turn_to(flat).record(FLAT, parts[-1])
    along, off, risk = parts
    return Closed(risk, along, off, general.kappa, general.steps), chain


def _tidy(value: sp.Expr) -> sp.Expr:
    """Factored, signal and noise apart."""
    signal = value.subs(symbol("sigma"), 0)
    outside, inside = factor(signal).as_independent(STRETCH, as_Add=False)
    sign = -1 if outside.could_extract_minus_sign() else 1
    return sign * outside * sp.expand(sign * inside) + factor(value - signal)


@cache
def risk_limit() -> Result:
    """The expected excess risk of a flat spectrum as n, d grow, n/d fixed: level (1 - n/d)|t - c u|^2 + noise.

    c = (|h|/|u|)^{1-1/L}, |h|^2 = (n/d)|t|^2 + (sigma^2/level) n/(d-n) + c^2 (1 - n/d)|u|^2; the noise part is that of
    linear.risk, n sigma^2/(d-n).  As L -> infinity, c -> (|t|^2 + sigma^2 d/(level (d-n)))^{1/2}/|u|.  Asymptotic:
    relative error O(1/n).  Source: Shachaf et al. 2021, section 5.
    """
    found, chain = flat_risk()
    return Result(
        key="deep_linear.risk_limit",
        statement=Statement("expected excess risk, to leading order", "E R(h)", r"\mathbb{E}\,R(h)"),
        kind=Kind.ASYMPTOTIC,
        regimes=(Regime("n < d, u not zero", WIDE, found.value),),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED, LARGE),
        derivations=(
            Derivation("n < d", OVERPARAMETERIZED, found.steps),
            Derivation(chain.title, OVERPARAMETERIZED, tuple(chain.steps)),
        ),
        references=(SHACHAF_2021.at("section 5"), HELTON_2007),
        see_also=("deep_linear.risk_exact", "deep_linear.risk_equivalent", "deep_linear.best_depth"),
        where=found.where[1:],
    )
