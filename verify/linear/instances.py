"""Instances of linear fine-tuning for hypothesis: sizes on both sides of every threshold, norms by ratio and angle."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from numerics.linear import Linear
from verify.claim import Case

off_one = st.floats(0.4, 0.8) | st.floats(1.25, 1.9)
"""Away from 1, whose powers are all alike."""
norms = off_one
ratios = st.floats(0.1, 0.8) | st.floats(1.25, 2.0)
angles = st.floats(0.1, 3.0)
slanted = st.floats(0.1, 1.0) | st.floats(2.1, 3.0)
"""Away from a right angle, where <u,t> is small beside |u| |t|."""
noises = off_one
directions = st.integers(0, 2**16)
confidences = st.sampled_from((0.5, 0.9, 0.95))


def pair(d: int, norm: float, ratio: float, angle: float, direction: int) -> tuple[list[float], list[float]]:
    """(target, source) in R^d with |t| = norm, |u| = ratio |t| and this angle, turned by a random rotation."""
    rng = np.random.default_rng(direction)
    basis = np.linalg.qr(rng.standard_normal((d, min(d, 2))))[0]
    target = norm * basis[:, 0]
    second = np.sin(angle) * basis[:, 1] if d > 1 else 0.0
    return target.tolist(), (ratio * norm * (np.cos(angle) * basis[:, 0] + second)).tolist()


def _vectors(
    draw: st.DrawFn, d: int, angle: st.SearchStrategy[float] = angles, ratio: st.SearchStrategy[float] = ratios
) -> dict[str, list[float]]:
    target, source = pair(d, draw(norms), draw(ratio), draw(angle), draw(directions))
    return {"target": target, "source": source}


def flat(d: int, level: float) -> list[float]:
    """The spectrum of level I."""
    return [level] * d


@st.composite
def curved(draw: st.DrawFn, base: st.SearchStrategy[Case]) -> Case:
    """The same with any spectrum, of condition number up to 100."""
    instance = draw(base).instance
    spectrum = geometric(instance.d, draw(st.floats(2.0, 100.0)))
    return Case(Linear.from_fields({**instance.fields(), "spectrum": spectrum}))


def geometric(d: int, condition: float) -> list[float]:
    """Eigenvalues from 1 down to 1/condition in equal ratios: the condition number is exact."""
    return np.geomspace(1.0, 1.0 / condition, d).tolist() if d > 1 else [1.0]


@st.composite
def wide(
    draw: st.DrawFn,
    gap: tuple[int, int] = (5, 12),
    noisy: bool = True,
    least: int = 1,
    most: int = 8,
    angle: st.SearchStrategy[float] = angles,
    ratio: st.SearchStrategy[float] = ratios,
    noise: st.SearchStrategy[float] = noises,
) -> Case:
    """n < d by a gap in the given range, isotropic with any level."""
    n = draw(st.integers(least, most))
    d = n + draw(st.integers(*gap))
    sigma = draw(noise) if noisy else 0.0
    level = draw(off_one)
    fields = {"n": n, "d": d, "sigma": sigma, "spectrum": flat(d, level), **_vectors(draw, d, angle, ratio)}
    return Case(Linear.from_fields(fields))


@st.composite
def tall(draw: st.DrawFn, gap: tuple[int, int] = (5, 12), noisy: bool = True, least: int = 1, most: int = 6) -> Case:
    """n >= d by a gap in the given range, any condition number up to 100."""
    d = draw(st.integers(least, most))
    n = d + draw(st.integers(*gap))
    sigma = draw(noises) if noisy else 0.0
    spectrum = geometric(d, draw(st.floats(1.0, 100.0)))
    return Case(Linear.from_fields({"n": n, "d": d, "sigma": sigma, "spectrum": spectrum, **_vectors(draw, d)}))


@st.composite
def shifted(draw: st.DrawFn, base: st.SearchStrategy[Case]) -> Case:
    """The same with another test covariance, entries between 1/2 and 2."""
    instance = draw(base).instance
    test = np.random.default_rng(draw(directions)).uniform(0.5, 2.0, instance.d)
    return Case(Linear.from_fields({**instance.fields(), "test_spectrum": test.tolist()}))


@st.composite
def learned(
    draw: st.DrawFn, base: st.SearchStrategy[Case], source_gap: tuple[int, int], sign: int, noisy: bool = True
) -> Case:
    """The same with a source learned from d - gap (sign -1) or d + gap (sign 1) samples of a teacher."""
    instance = draw(base).instance
    fields = instance.fields()
    fields["source_teacher"] = fields.pop("source")
    gap = draw(st.integers(*source_gap))
    fields["n_source"] = max(1, instance.d + sign * gap)
    fields["sigma_source"] = draw(noises) if noisy else 0.0
    return Case(Linear.from_fields(fields))


@st.composite
def with_confidence(draw: st.DrawFn, base: st.SearchStrategy[Case]) -> Case:
    """The same with a confidence level."""
    case: Case = draw(base)
    return Case(case.instance, (("confidence", draw(confidences)),))


@st.composite
def with_tolerated_risk(draw: st.DrawFn, base: st.SearchStrategy[Case], enough: bool) -> Case:
    """The same with a risk half-way between what n samples and one less leave; or above that of the source itself."""
    instance = draw(base).instance
    gap = np.asarray(instance.target) - np.asarray(instance.source)
    step = float(instance.covariance[0] * (gap @ gap)) / instance.d
    left = instance.d + draw(st.integers(1, 5)) if enough else instance.d - instance.n
    return Case(instance, (("risk", step * (left + 0.5)),))


@st.composite
def featured(draw: st.DrawFn) -> Case:
    """So many features that an error of half a percent moves the number of samples."""
    return draw(wide((240, 260), noisy=False, least=2, most=4))


@st.composite
def just_enough(draw: st.DrawFn) -> Case:
    """The risk that the source itself has, in numbers that do not round: no sample is needed."""
    d = draw(st.sampled_from((2, 4, 8)))
    fields = {"n": 1, "d": d, "sigma": 0.0, "target": [draw(st.sampled_from((0.5, 1.5)))] * d, "source": [0.0] * d}
    instance = Linear.from_fields({**fields, "spectrum": flat(d, draw(st.sampled_from((0.5, 2.0))))})
    return Case(instance, (("risk", float(instance.covariance @ np.asarray(instance.target) ** 2)),))
