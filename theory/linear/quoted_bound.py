"""linear.quoted_bound: the papers' bound for any covariance, with its constant kept as a symbol."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus import events
from theory.calculus.events import LeastOver
from theory.calculus.rule import Chain, Reason
from theory.linear.setting import GAUSSIAN, NOISELESS, OVERPARAMETERIZED, SAME_COVARIANCE, S, task
from theory.linear.split_bound import SPLIT, given_eigenvalue, in_coordinates, on_the_event
from theory.linear.worst_direction import CAPPED, FAILS, SLOPE, top, worst
from theory.notation import EIGENVALUE, INDEX, n, symbol
from theory.references import BARTLETT_2020, KOLTCHINSKII_2017, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement
from theory.spectra import spectral_sum

constant = symbol("constant")
CENTRED = Reason("centred", "Q X' = 0, so that Q S Q is Q (S - X'X/n) Q, and Q shortens.", Equality.AT_MOST)
CONSTANT = Assumption(
    "C is a number with P(|S - X'X/n| <= C lambda_1 max((r/n)^(1/2), r/n, (t/n)^(1/2), t/n)) >= p, r = tr(S)/lambda_1, "
    "t = log(1/(1 - p)), at the confidence 0 < p < 1: there is one for all S, n and p (Koltchinskii & Lounici 2017, "
    "Corollary 2)"
)
BOUNDS = Assumption("b_p is a number with P(R(h) > b_p) <= 1 - p, for such a C: the least that any split gives")


def concentrated() -> sp.Expr:
    """max((r/n)^(1/2), r/n, (t/n)^(1/2), t/n): how far X'X/n is from S, in units of C lambda_1."""
    rank, tail = spectral_sum(EIGENVALUE[INDEX]) / top, -sp.log(FAILS)
    shares = (rank / n, tail / n)
    return sp.Max(*(sp.sqrt(share) for share in shares), *shares)


def _centred() -> Derivation:
    """The largest eigenvalue of Q S Q is at most that of S - X'X/n, and at most that of S."""
    sample, found = task(S), worst()
    chain = Chain("by the empirical covariance", OVERPARAMETERIZED, found.eigenvalue)
    chain.record(CENTRED, events.largest_eigenvalue("Err", S - sample.x.T @ sample.x / n))
    chain.turn_to(found.eigenvalue).record(CAPPED, events.scalar(top))
    return chain.derivation()


@cache
def quoted_bound() -> Result:
    """A bound on the excess risk with probability at least `confidence`, up to a constant C that no theorem names.

    R <= Lam (Lam^(1/2) |S^(-1/2) D_1| + |D_2|)^2 for any D_1 + D_2 = t - u, as in linear.split_bound, with
    Lam <= g = C lambda_1 max((r/n)^(1/2), r/n, (t/n)^(1/2), t/n), r = tr(S)/lambda_1 and t = log(1/(1 - p)): the shape
    of Bartlett et al. 2020, Theorem 4 (no split: R <= g |D|^2) and Shachaf et al. 2021, section 4 (a split at the k-th
    eigenvalue: R <= 2 g^2 |D_<=k|^2/lambda_k + 2 g |D_>k|^2, which is larger).  Law of the data: rows of X independent
    N(0, S), any S with eigenvalues l_i > 0; n < d, no noise.  Argument `constant` is C; `headstart constant` finds the
    smallest that simulation supports.  linear.split_bound has no such constant.
    """
    defined = Implicit(SLOPE, sp.Eq(SLOPE, sp.Min(top, constant * top * concentrated())))
    bound = LeastOver(in_coordinates(SLOPE), SPLIT)
    best = events.ANY.step(bound, in_coordinates(SLOPE))
    return Result(
        key="linear.quoted_bound",
        statement=Statement("excess risk not exceeded with probability p, up to a constant C", "b_p", "b_{p}"),
        kind=Kind.UPPER_BOUND,
        regimes=(Regime("n < d", OVERPARAMETERIZED, bound),),
        given=(GAUSSIAN, NOISELESS, SAME_COVARIANCE, CONSTANT, BOUNDS),
        derivations=(
            _centred(),
            given_eigenvalue(),
            on_the_event(),
            Derivation("the best split", OVERPARAMETERIZED, (best,)),
        ),
        references=(BARTLETT_2020.at("Theorem 4"), SHACHAF_2021.at("section 4"), KOLTCHINSKII_2017.at("Corollary 2")),
        see_also=("linear.split_bound", "linear.upper_bound"),
        where=(defined,),
    )
