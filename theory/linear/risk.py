"""linear.bias, linear.variance, linear.risk: the expected excess risk, exact for every n and d."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.designs import is_isotropic
from theory.calculus.expressions import Expression
from theory.calculus.invariance import orthogonal_invariance, trace_is_rank
from theory.calculus.pseudoinverse import (
    full_column_rank,
    projection_algebra,
    pseudo_inverse_of_full_column_rank,
    pseudo_inverse_of_full_row_rank,
)
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason, rule
from theory.calculus.wishart import expectation, gram_inverse_cancels
from theory.linear.conditional_risk import conditional_risk_chain
from theory.linear.regimes import NoiseTerm, positive_denominators, regimes
from theory.linear.setting import (
    DETERMINED,
    FLAT_IF_OVERPARAMETERIZED,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    STANDARD,
    Task,
    target_task,
)
from theory.notation import number_of, sigma
from theory.references import DAR_2020, SHACHAF_2021
from theory.result import Derivation, Equality, Kind, Regime, Result, Statement, Step

WITHOUT_NOISE = Reason("without noise", "The bias is what stays of the risk when sigma = 0.", Equality.PATHWISE)
THE_REST = Reason("the rest of the risk", "The variance is the risk less the bias.", Equality.PATHWISE)


@rule(Equality.PATHWISE)
def name_the_scalars(target: Expression, domain: sp.Basic) -> sp.Expr:
    """Quadratic forms and traces of the given vectors and matrices are numbers: |D|^2, tr A, ..."""
    return positive_denominators(number_of(target), domain)


@dataclass(frozen=True)
class Averaged:
    """The expected risk in one regime, in letters and in named quantities; its two parts, and how it was found."""

    form: Expression
    total: sp.Expr
    bias: sp.Expr
    variance: NoiseTerm
    derivation: Derivation

    @property
    def bias_derivations(self) -> tuple[Derivation, ...]:
        """From the definition to the risk, and on to the bias."""
        return self._and_on("without noise", WITHOUT_NOISE.step(sp.Subs(self.total, sigma, 0), self.bias))

    @property
    def variance_derivations(self) -> tuple[Derivation, ...]:
        """From the definition to the risk, and on to the variance where that is not all of it."""
        if self.variance.value == self.total:
            return (self.derivation,)
        rest = sp.Add(self.total, -self.bias, evaluate=False)
        return self._and_on("the rest", THE_REST.step(rest, self.variance.value))

    def _and_on(self, title: str, step: Step) -> tuple[Derivation, ...]:
        found = self.derivation
        return found, Derivation(f"{found.title}, {title}", found.domain, (step,))


def average_over_design(chain: Chain, sample: Task, regime: sp.Basic) -> sp.Basic:
    """Take a scalar form in Q and X+ to its mean over the design; when that is finite."""
    x, q = sample.x, sample.q
    chain.apply(projection_algebra, x, q)
    if regime == OVERPARAMETERIZED:
        if is_isotropic(x):
            chain.apply(orthogonal_invariance, x).apply(projection_algebra, x, q).apply(trace_is_rank, x, q)
        chain.apply(pseudo_inverse_of_full_row_rank, x)
    else:
        chain.apply(full_column_rank, x, q).apply(pseudo_inverse_of_full_column_rank, x)
    chain.apply(gram_inverse_cancels, x)
    found = expectation(chain.expression, x)
    chain.turn_to(found.value, found.steps)
    return found.finite


def named(chain: Chain) -> sp.Expr:
    """End a chain in a formula of named quantities."""
    return chain.apply(name_the_scalars, chain.domain).number


def averaged(sample: Task, regime: sp.Basic, test: Expression) -> Averaged:
    """The expected excess risk under a test covariance: bias is what stays when sigma = 0; the rest is variance."""
    chain = conditional_risk_chain(sample, regime, test)
    finite = average_over_design(chain, sample, regime)
    form, total = chain.expression, named(chain)
    bias = total.subs(sigma, 0)
    noise = positive_denominators(factor(total - bias), regime)
    return Averaged(form, total, bias, NoiseTerm(sigma, noise, finite), chain.derivation())


@cache
def averaged_risk(regime: sp.Basic) -> Averaged:
    """The expected excess risk in one regime."""
    sample = target_task(regime)
    return averaged(sample, regime, sample.covariance)


def both() -> tuple[tuple[sp.Basic, Averaged], ...]:
    """The two regimes with their averages."""
    return tuple((r, averaged_risk(r)) for r in (OVERPARAMETERIZED, DETERMINED))


def _result(
    key: str,
    statement: Statement,
    found: tuple[Regime, ...],
    derivations: tuple[Derivation, ...],
    *see_also: str,
) -> Result:
    return Result(
        key=key,
        statement=statement,
        kind=Kind.EXACT,
        regimes=found,
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED),
        derivations=derivations,
        references=(SHACHAF_2021.at("section 4"), DAR_2020),
        see_also=see_also,
    )


@cache
def bias() -> Result:
    """The part of the expected excess risk that does not vanish without noise: zero for n >= d.

    Exact for isotropic Gaussian designs; symbols n, d, level, squared_distance.  Source: Shachaf et al.
    2021, section 4.
    """
    statement = Statement("bias of fine-tuning", "bias", r"\mathrm{bias}")
    found = tuple(Regime(REGIME_NAMES[r], r, a.bias) for r, a in both())
    derivations = tuple(found for _, a in both() for found in a.bias_derivations)
    return _result("linear.bias", statement, found, derivations, "linear.risk", "linear.variance")


@cache
def variance() -> Result:
    """The part of the expected excess risk that is due to label noise: infinite at |n - d| <= 1 when sigma
    > 0.

    Exact for Gaussian designs: isotropic where n < d, any invertible covariance where n >= d.
    """
    statement = Statement("variance of fine-tuning", "variance", r"\mathrm{variance}")
    found = tuple(p for r, a in both() for p in regimes(REGIME_NAMES[r], r, a.variance.silent, [a.variance]))
    derivations = tuple(found for _, a in both() for found in a.variance_derivations)
    return _result("linear.variance", statement, found, derivations, "linear.risk", "linear.bias", "linear.noise_law")


@cache
def risk() -> Result:
    """The expected excess risk of fine-tuned linear regression, exact for every n and d.

    Law of the data: rows of X independent N(0, level I) (any invertible covariance where n >= d), y = X t +
    e, e ~ N(0, sigma^2 I).  Symbols n, d, sigma, level, squared_distance = |t - u|^2.  Infinite at |n - d|
    <= 1 when sigma > 0.  Source: Shachaf et al. 2021, section 4; the double descent of Dar & Baraniuk 2020.

    >>> float(risk().evaluate(n=10, d=40, sigma=0.5, squared_distance=1.0))  # 3/4 + 0.25 * 10/29
    0.8362068965517241
    """
    statement = Statement("expected excess risk of fine-tuning", "E R(h)", r"\mathbb{E}\,R(h)")
    found = tuple(p for r, a in both() for p in regimes(REGIME_NAMES[r], r, a.bias, [a.variance]))
    return _result(
        "linear.risk",
        statement,
        found,
        tuple(a.derivation for _, a in both()),
        "linear.risk_covariate_shift",
        "linear.risk_law",
        "linear.risk_equivalent",
    )
