"""The mean of a quantity by simulation, with its standard error."""

from __future__ import annotations

from concurrent.futures import Executor

from numerics import montecarlo
from numerics.instance import InstanceError, nonnegative_integer, shown
from numerics.linear.columns import COLUMNS
from numerics.linear.existence import existence_note
from numerics.linear.model import Linear
from numerics.linear.sampling import EXACT_COLUMNS, Sampler, resolve
from numerics.montecarlo import Estimate

DESCRIPTIONS = {
    "literal": "literal: designs drawn and solved as defined",
    "fast": "fast: designs drawn and solved by compiled kernels",
    "exact": "exact: the closed law of the risk, no design drawn",
}


def simulate(
    instance: Linear,
    *,
    trials: int | None = None,
    precision: float | None = None,
    seed: int,
    quantity: str = "risk",
    law: str = "auto",
    executor: Executor | None = None,
) -> Estimate:
    """The mean of `quantity` over fresh designs, noises and (where it is learned) sources.

    trials      draw exactly so many, or
    precision   draw whole batches until standard error <= precision * |estimate|, judged in batch order
    quantity    "risk": the expected excess risk; the fast and literal laws average the label noise exactly
                given X, for a smaller error.  "realised_risk": the same mean from the risk as drawn.
                Or a column: bias, noise, noise_mean, conditional_risk.
    law         see `batch`

    Where the mean or the variance is infinite the standard error is inf and `note` says so; `precision`
    is then refused.  Reproducible: the same bits for every executor.  Raises `InstanceError`.

    >>> given = Linear(n=1, d=2, sigma=0, source=[0, 0], target=[3, 4])
    >>> found = simulate(given, trials=10_000, seed=1)
    >>> abs(found.estimate - (1 - 1 / 2) * 25) < 6 * found.standard_error
    True
    """
    seed = nonnegative_integer("seed", seed)
    drawn, law = _column(instance, quantity, law)
    note = existence_note(instance, drawn, quantity)
    if precision is not None and note:
        raise InstanceError(f"precision={shown(precision)}: {note} A precision is never reached; give trials.")
    sampler = Sampler(instance, drawn, seed, law)
    moments = montecarlo.run(
        sampler, batch_size=sampler.batch_size, trials=trials, precision=precision, executor=executor
    )
    averaged = "; label noise averaged exactly given X" if drawn in ("conditional_risk", "noise_mean") else ""
    return montecarlo.estimate(
        moments,
        seed=seed,
        law=DESCRIPTIONS[law] + averaged,
        quantity=quantity,
        instance=instance.digest(),
        note=note,
    )


def _column(instance: Linear, quantity: object, law: object) -> tuple[str, str]:
    """The column to draw for `quantity`, and the law to draw it from."""
    if quantity not in COLUMNS and quantity != "realised_risk":
        names = ", ".join([*COLUMNS, "realised_risk"])
        raise InstanceError(f"quantity={shown(quantity)}: no such quantity; use {names}.")
    column = "risk" if quantity == "realised_risk" else str(quantity)
    resolved = resolve(instance, law, column)
    if resolved == "exact" and column not in EXACT_COLUMNS:
        raise InstanceError(f"quantity={column}: the exact law draws {', '.join(EXACT_COLUMNS)} only; use law='fast'.")
    return ("conditional_risk" if quantity == "risk" and resolved != "exact" else column), resolved
