"""The ways from sources to a target task, and the expected excess risk of each, as a fitted sample tells it.

Fine-tuning all weights: linear.risk_any_covariance for n < d, by linear.risk_equivalent, its leading order, where many
are asked for; and linear.risk for n >= d, where the source is forgotten.  Retraining on the outputs of the sources,
whose weights are frozen: frozen.probe.  A source as it is: (t - u)' S (t - u).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from headstart import api

if TYPE_CHECKING:
    from numerics.estimation import Fit

ZERO = "zero"
LEFT = 1e-10
"""Directions of the sources that are shorter than that, to the longest, are taken for none."""


@dataclass(frozen=True, eq=False)
class Ways:
    """Sources by name, in the coordinates of the table, and every way from them.

    `names` are: from zero, from each source, each source as it is, and all of them frozen.
    """

    sources: Mapping[str, Float[np.ndarray, " d"]]

    @property
    def names(self) -> tuple[str, ...]:
        """The ways, in the order of their risks."""
        tuned = tuple(f"fine-tune from {name}" for name in (ZERO, *self.sources))
        return (*tuned, *(f"{name} as it is" for name in self.sources), f"frozen: refit {', '.join(self.sources)}")

    @property
    def untrained(self) -> dict[int, Float[np.ndarray, " d"]]:
        """The sources as they are, by the number of the way."""
        return dict(enumerate(self.sources.values(), start=1 + len(self.sources)))

    def risks(self, found: Fit, sizes: Sequence[int], *, truth: bool = False) -> Float[np.ndarray, "sizes ways"]:
        """The expected excess risk of every way with so many samples of the law that was fitted.

        What the noise of the fitted weights adds to distances is taken off, so that the risks are unbiased given the
        design; but where the fit is the `truth`, it adds nothing.
        """
        plain = np.array([self._as_it_is(found, source, truth) for source in self.sources.values()])
        refitted = self._frozen(found, np.array(sizes), truth)
        tuned = [self._tuned(found, size, truth) for size in sizes]
        return np.array([[*risks, *plain, last] for risks, last in zip(tuned, refitted, strict=True)])

    def _tuned(self, found: Fit, n: int, truth: bool) -> Float[np.ndarray, " starts"]:
        from theory.many import closed, spectral

        d, sigma, starts = found.columns, np.sqrt(found.noise), 1 + len(self.sources)
        if n >= d:
            risk = closed(api.result("linear.risk"), "n", "d", "sigma")
            return np.full(starts, float(risk(n, d, sigma)) if n >= d + 2 else np.inf)
        gaps = [found.weights, *(found.gap(source) for source in self.sources.values()), found.spread, np.zeros(d)]
        sigmas = np.array([*[sigma] * starts, 0.0, sigma])
        risk = spectral(api.result("linear.risk_equivalent"))
        *risks, added, least = risk(n, found.eigenvalues, np.array(gaps), sigmas)
        return np.asarray(risks) if truth else np.maximum(np.asarray(risks) - added, least)

    def exact(self, found: Fit, sizes: Sequence[int]) -> Float[np.ndarray, "sizes ways"]:
        """What the risks of the fitted law are over those that are taken for them: 1 but for fine-tuning with n < d.

        The exact risk over its leading order for 3 <= n <= d - 2, and infinite for n = d - 1; for n < 3 there is no
        exact formula, and the leading order stays.
        """
        factors = np.ones((len(sizes), len(self.names)))
        starts = np.array([np.zeros(found.columns), *self.sources.values()])
        for row, n in zip(factors, sizes, strict=True):
            if n == found.columns - 1:
                row[: len(starts)] = np.inf
            elif 3 <= n <= found.columns - 2:
                leading = self._tuned(found, n, truth=True)
                row[: len(starts)] = [
                    self._exactly(found, n, u) / risk for u, risk in zip(starts, leading, strict=True)
                ]
        return factors

    def _exactly(self, found: Fit, n: int, source: Float[np.ndarray, " d"]) -> float:
        vectors = {"source": found.axes.T @ source, "target": found.weights, "spectrum": found.eigenvalues}
        numbers = {"n": n, "d": found.columns, "sigma": float(np.sqrt(found.noise))}
        return float(api.result("linear.risk_any_covariance").evaluate(**numbers, **vectors))

    def _as_it_is(self, found: Fit, source: Float[np.ndarray, " d"], truth: bool) -> float:
        added = 0.0 if truth else found.columns * found.noise / (found.rows - 1)
        return max(found.distance(source) - added, 0.0)

    def _frozen(self, found: Fit, n: Int[np.ndarray, " sizes"], truth: bool) -> Float[np.ndarray, " sizes"]:
        from numerics.estimation import left_over, unexplained
        from theory.many import closed

        outputs = basis(self.sources)
        m = outputs.shape[1]
        rest = left_over(found, outputs) if truth else max(unexplained(found, outputs), 0.0)
        risk = closed(api.result("frozen.probe"), "n", "probe_parameters", "unexplained", "sigma", outputs=1)
        enough = n >= m + 2
        return np.where(enough, risk(np.where(enough, n, m + 2), m, rest, np.sqrt(found.noise)), np.inf)


def basis(sources: Mapping[str, Float[np.ndarray, " d"]]) -> Float[np.ndarray, "d m"]:
    """Orthonormal vectors that span the sources."""
    left, values, _ = np.linalg.svd(np.array(list(sources.values())).T, full_matrices=False)
    return np.asarray(left[:, values > LEFT * values[0]])
