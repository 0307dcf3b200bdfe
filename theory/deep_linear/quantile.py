"""deep_linear.quantile: the excess risk that is not exceeded with a confidence, at any depth, with noise: exact."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.averages import Drawn, QuantileIn
from theory.calculus.rule import Reason
from theory.deep_linear.plane import VARIABLES, in_variables
from theory.deep_linear.setting import STANDARD, squared_source
from theory.linear.setting import FLAT_IF_OVERPARAMETERIZED, OVERPARAMETERIZED
from theory.notation import d, n, symbol
from theory.references import MUIRHEAD_1982, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Kind, Regime, Result, Statement

confidence = symbol("confidence")
LEVEL = Reason(
    "the quantile of a law",
    "The risk is a formula in independent variables whose law has no atoms: its distribution function is p there.",
    Equality.IN_EXPECTATION,
)
MEANS = Assumption("q_p is the number with P(R(h) <= q_p) = p, at the confidence 0 < p < 1, of any depth")


@cache
def quantile() -> Result:
    """The excess risk that is not exceeded with probability `confidence`: isotropic, n < d, any depth, label noise.

    Law of the data: rows of X independent N(0, level I), labels with noise N(0, sigma^2 I), balanced layers that start
    at u, which is not zero.  Exact: the risk is a formula in five independent variables (key deep_linear.risk_exact),
    and the quantile that of its values; numbers by quadrature on scrambled nets, with a probability that is right to
    1e-3 by four standard errors over the nets (refused otherwise).  The tightest bound there is, from either side;
    deep_linear.upper_bound is proved to every digit.  For L = 1 linear.quantile is faster.  Sources: Shachaf et al.
    2021, section 5; Muirhead 1982, Theorem 3.3.3.
    """
    found = in_variables()
    value = QuantileIn(found.risk, *found.laws, confidence)
    indicator = sp.Heaviside(value - Drawn(found.risk, *found.laws), 1)
    level = LEVEL.step(indicator, confidence, where=found.where)
    domain = sp.And(OVERPARAMETERIZED, sp.Gt(squared_source, 0), sp.Ge(n, 2), sp.Ge(d, n + 2))
    return Result(
        key="deep_linear.quantile",
        statement=Statement("excess risk not exceeded with probability p, any depth", "q_p", "q_p"),
        kind=Kind.EXACT,
        regimes=(Regime("2 <= n <= d - 2, u not zero", domain, value),),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED, VARIABLES, MEANS),
        derivations=(*found.derivations, Derivation("the quantile", OVERPARAMETERIZED, (level,))),
        references=(SHACHAF_2021.at("section 5"), MUIRHEAD_1982.at("Theorem 3.3.3")),
        see_also=("deep_linear.risk_exact", "deep_linear.upper_bound", "linear.quantile"),
        where=found.where,
    )
