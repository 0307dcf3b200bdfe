"""Instances of fine-tuned ReLU networks for hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from numerics.relu import ReLU
from verify.claim import Case
from verify.linear.instances import angles, directions, norms, pair, ratios

noises = st.floats(0.05, 0.3)
"""Labels are of the size of 1/sqrt(d)."""


def fields(draw: st.DrawFn, n: int, d: int, sigma: float) -> dict[str, Any]:
    """Sizes, and source and target by norms, ratio and angle."""
    target, source = pair(d, draw(norms), draw(ratios), draw(angles), draw(directions))
    return {"n": n, "d": d, "sigma": sigma, "target": target, "source": source}


@st.composite
def sized(draw: st.DrawFn, samples: tuple[int, int], features: tuple[int, int], noisy: bool = False) -> Case:
    """So many samples and features."""
    n, d = draw(st.integers(*samples)), draw(st.integers(*features))
    return Case(ReLU.from_fields(fields(draw, n, d, draw(noises) if noisy else 0.0)))


@st.composite
def asked(
    draw: st.DrawFn, name: str, values: Sequence[float] | st.SearchStrategy[float], features: tuple[int, int] = (3, 6)
) -> Case:
    """With a number that a result is asked at."""
    case = draw(sized((3, 3), features))
    value = draw(values if isinstance(values, st.SearchStrategy) else st.sampled_from(values))
    return Case(case.instance, ((name, value),))
