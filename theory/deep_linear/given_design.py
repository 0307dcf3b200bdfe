"""deep_linear.conditional_risk: the excess risk given the design and the label noise."""

from __future__ import annotations

from functools import cache

from theory.calculus.expressions import Expression, pinv
from theory.calculus.pseudoinverse import insert_definition, projection_algebra, row_span_projection
from theory.calculus.rule import Chain, Reason
from theory.deep_linear.setting import ALL_TRAINED, BALANCED, TALL, WIDE, stretch_solved, trained
from theory.linear.conditional_risk import EXPAND
from theory.linear.setting import DETERMINED, FRESH, GIVEN_SOURCE, OVERPARAMETERIZED, SAME_COVARIANCE, S, Task, task
from theory.references import AZULAY_2021, SHACHAF_2021
from theory.result import Equality, Kind, Regime, Result, Statement

ENDS = Reason(
    "insert the end of training",
    "h = X+ y + c Q u  (key deep_linear.solution); Q = 0 for n >= d.",
    Equality.PATHWISE,
)


def risk_chain(sample: Task, c: Expression) -> Chain:
    """From the end of training to (h - t)' S (h - t), for n < d."""
    h, x, q = trained(sample), sample.x, sample.q
    chain = Chain("n < d", OVERPARAMETERIZED, h - sample.teacher)
    chain.record(ENDS, pinv(x) @ sample.y + c * (q @ sample.start) - sample.teacher)
    chain.apply(insert_definition, sample.y).apply(row_span_projection, x, q)
    error = chain.expression
    deviation = h - sample.teacher
    chain.turn_to(deviation.T @ sample.covariance @ deviation)
    return chain.record(EXPAND, error.T @ sample.covariance @ error).apply(projection_algebra, x, q)


def _determined(sample: Task) -> Chain:
    h, x = trained(sample), sample.x
    chain = Chain("n >= d", DETERMINED, h - sample.teacher)
    chain.record(ENDS, pinv(x) @ sample.e)
    deviation = h - sample.teacher
    chain.turn_to(deviation.T @ sample.covariance @ deviation)
    return chain.record(EXPAND, (pinv(x) @ sample.e).T @ sample.covariance @ pinv(x) @ sample.e)


@cache
def conditional_risk() -> Result:
    """R(h) = |S^{1/2}(X+ e - Q(t - c u))|^2 for n < d, with c = (|h|/|u|)^{1-1/L}; |S^{1/2} X+ e|^2 for n >= d.

    Exact, pathwise, for every full-rank X (n, d), any covariance S and any noise e.  c depends on X and e through
    |X+ y| and |Q u| alone (key deep_linear.norm).  Source: Shachaf et al. 2021, section 5.
    """
    sample = task(S)
    wide, tall = risk_chain(sample, stretch_solved(sample)), _determined(sample)
    return Result(
        key="deep_linear.conditional_risk",
        statement=Statement("excess risk given design and noise", "R(h)", "R(h)"),
        kind=Kind.IDENTITY,
        regimes=(
            Regime("n < d, u not zero", WIDE, wide.expression),
            Regime("n >= d, d >= 2 or L = 1", TALL, tall.expression),
        ),
        given=(BALANCED, ALL_TRAINED, FRESH, GIVEN_SOURCE, SAME_COVARIANCE),
        derivations=(wide.derivation(), tall.derivation()),
        references=(SHACHAF_2021.at("section 5"), AZULAY_2021),
        see_also=("deep_linear.solution", "deep_linear.risk_exact", "deep_linear.risk_equivalent"),
    )
