"""deep_linear.flow: how the product of the layers moves, from the flow of every layer."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression, expression, matrix, trace
from theory.calculus.pseudoinverse import change_of_variable
from theory.calculus.rule import Chain, Reason, rule
from theory.calculus.substitution import replace
from theory.deep_linear.setting import ALL_TRAINED, BALANCED, NOT_ZERO, L, mirror, squared_source
from theory.linear.setting import OVERPARAMETERIZED, S, task
from theory.notation import d
from theory.references import ARORA_2018
from theory.result import Derivation, Equality, Kind, Regime, Result, Statement

INDEX = sp.Symbol("j", integer=True, positive=True)
COUNTED = Reason(
    "sum over layers",
    "With w = |u|^{2/L}, layer j multiplies f by w^{L-j} (W_1 W_1')^{j-1}: along u by w^{L-1}, elsewhere by w^{L-1} "
    "for j = 1 and by 0 for j > 1.  So L layers move b along u, one elsewhere.",
    Equality.PATHWISE,
)
THREE = "three layers"


@rule(Equality.PATHWISE)
def balanced_layers(target: Expression, first: Expression, second: Expression, third: Expression) -> Expression:
    """W_j' W_j = W_{j+1} W_{j+1}' holds at the start, and the flow keeps both sides equal."""
    return replace(target, (second @ second.T, first.T @ first), (second.T @ second, third @ third.T))


@rule(Equality.PATHWISE)
def roots_of_the_product(target: Expression, first: Expression, last: Expression, m: Expression) -> Expression:
    """Balanced: (W_1 W_1')^L = u u' and (W_L' W_L)^L = |u|^2, so W_1 W_1' = mu mu' with mu = |u|^{1/L - 1} u, and
    W_L' W_L = |u|^{2/L}."""
    return replace(target, (first @ first.T, m @ m.T), (trace(last.T @ last), expression(squared_source ** (1 / L))))


@rule(Equality.PATHWISE)
def mirror_coordinates(target: Expression, m: Expression, u: Expression) -> Expression:
    """mu = |u|^{1/L - 1} u, so mu' mu = |u|^{2/L}."""
    named = replace(target, (m.T @ m, expression(squared_source ** (1 / L))))
    return change_of_variable(named, m, u * squared_source ** ((1 / L - 1) / 2))


def _force() -> tuple[Expression, Expression]:
    """u, and f = X'(y - X u), minus the gradient there."""
    sample = task(S)
    return sample.start, sample.x.T @ (sample.y - sample.x @ sample.start)


def _three_layers() -> Chain:
    u, f = _force()
    width = sp.Integer(2)
    first, second, third = matrix("W1", d, width), matrix("W2", width, width), matrix("W3", width, 1)
    moved = (
        f @ (second @ third).T @ second @ third
        + first @ first.T @ f @ third.T @ third
        + first @ second @ (first @ second).T @ f
    )
    m = mirror("mu", u)
    chain = Chain(THREE, sp.Eq(L, 3), moved).apply(balanced_layers, first, second, third)
    return chain.apply(roots_of_the_product, first, third, m).apply(mirror_coordinates, m, u)


def _any_depth() -> Chain:
    u, f = _force()
    w = squared_source ** (1 / L)
    along = sp.Sum(w ** (INDEX - 1) * w ** (L - INDEX), (INDEX, 1, L))
    elsewhere = w ** (L - 1)
    projected = u @ u.T @ f * (1 / squared_source)
    chain = Chain("any depth", NOT_ZERO, f * elsewhere + projected * (along - elsewhere))
    summed = sp.powsimp(along.doit(), force=True)
    return chain.record(COUNTED, (f + projected * (L - 1)) * _power(summed / L))


def _power(value: sp.Expr) -> sp.Expr:
    return sp.powdenest(sp.powsimp(value, force=True), force=True)


@cache
def flow() -> Result:
    """The velocity of b = W_1 ... W_L under gradient flow, at b = u: |u|^{2-2/L} (f + (L-1) u u'f/|u|^2).

    f = X'(y - X u) is minus the gradient of |y - X b|^2/2.  Exact, for any widths, where the layers are balanced:
    W_j' W_j = W_{j+1} W_{j+1}', which the flow keeps.  Shapes: X (n, d), y (n,), u (d,).  Source: Arora et al. 2018,
    Theorem 1.
    """
    chains = _three_layers(), _any_depth()
    return Result(
        key="deep_linear.flow",
        statement=Statement("velocity of the product of the layers, where it is u", "db/dt", r"\dot b"),
        kind=Kind.IDENTITY,
        regimes=(Regime("u not zero", NOT_ZERO, chains[1].current),),
        given=(BALANCED, ALL_TRAINED),
        derivations=tuple(_at_any_size(chain) for chain in chains),
        references=(ARORA_2018.at("Theorem 1"),),
        see_also=("deep_linear.mirror_potential", "deep_linear.solution"),
    )


def _at_any_size(chain: Chain) -> Derivation:
    return Derivation(chain.title, OVERPARAMETERIZED, chain.derivation().steps)
