"""Instances of deep linear networks for hypothesis: those of linear fine-tuning, with layers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from numerics.deep_linear import DeepLinear
from verify.claim import Case
from verify.linear import instances as linear

norms = st.floats(0.5, 2.0)
depths = st.integers(2, 5)
Cases = st.SearchStrategy[Case]


@st.composite
def layered(draw: st.DrawFn, base: Cases, depth: st.SearchStrategy[int | str] = depths) -> Case:
    """The instances of linear fine-tuning, with so many layers."""
    case: Case = draw(base)
    return Case(DeepLinear.from_fields({**case.instance.fields(), "setting": "deep_linear", "depth": draw(depth)}))


def deep(base: Cases, *depth: int | str) -> Cases:
    """The same with one of the depths named."""
    return layered(base, st.sampled_from(depth))


@st.composite
def from_zero(draw: st.DrawFn, base: Cases) -> Case:
    """One layer that starts at zero, where more layers would not move."""
    case: Case = draw(deep(base, 1))
    return Case(DeepLinear.from_fields({**case.instance.fields(), "source": [0.0] * case.instance.d}))


@st.composite
def infinite(draw: st.DrawFn) -> Case:
    """Infinitely many layers, a fair share of the source in the row span, and a target on its side.

    Then what L layers do is a power series in 1/L that is soon reached, on a path that stays away from the saddle 0.
    """
    n = draw(st.integers(8, 12))
    d = n + draw(st.integers(4, 6))
    sizes = draw(norms), draw(st.floats(0.5, 2.0)), draw(st.floats(0.1, 0.8))
    target, source = linear.pair(d, *sizes, draw(linear.directions))
    fields = {"n": n, "d": d, "sigma": draw(st.floats(0.05, 0.2)), "source": source, "target": target}
    spectrum = linear.flat(d, draw(st.floats(0.5, 2.0)))
    return Case(DeepLinear.from_fields({**fields, "spectrum": spectrum, "depth": "inf"}))


@st.composite
def with_norm(draw: st.DrawFn, base: Cases) -> Case:
    """The same with a norm at which the potential is asked for."""
    case: Case = draw(base)
    return Case(case.instance, (("norm", draw(norms)),))


@st.composite
def frozen(
    draw: st.DrawFn,
    left: int,
    sign: int = 1,
    samples: tuple[int, int] = (10, 16),
    *,
    features: tuple[int, int] = (2, 20),
    kept: tuple[int, int] = (1, 2),
    noisy: bool = True,
    parallel: bool = False,
    across: bool = False,
    angles: tuple[float, float] = (0.3, 1.3),
    sizes: tuple[float, float] = (0.4, 1.9),
) -> Case:
    """All layers frozen but `left`; <u,t> of this sign, or t = 2 u exactly and no noise, or <u,t> = 0 exactly.

    At angles near a right one the slope is weak, so that noise turns its sign as often as not.
    """
    n, d, frozen_layers = draw(st.integers(*samples)), draw(st.integers(*features)), draw(st.integers(*kept))
    norm, level = draw(st.floats(*sizes)), draw(st.floats(*sizes))
    target, source = linear.pair(d, norm, draw(linear.ratios), draw(st.floats(*angles)), draw(linear.directions))
    vectors: dict[str, Any] = {"source": source, "target": [sign * x for x in target]}
    if parallel:
        vectors = {"source": [(k + 1) / 8 for k in range(d)], "target": [(k + 1) / 4 for k in range(d)]}
    if across:
        vectors = {"source": [norm] + [0.0] * (d - 1), "target": [0.0] * (d - 1) + [2 * norm]}
    fields = {"n": n, "d": d, "sigma": draw(linear.noises) if noisy and not parallel else 0.0, **vectors}
    layers = {"depth": frozen_layers + left, "frozen_layers": frozen_layers}
    return Case(DeepLinear.from_fields({**fields, "spectrum": linear.flat(d, level), **layers}))
