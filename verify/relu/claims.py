"""What is claimed of shallow ReLU networks, one claim or more a result, each with a way to make its formula wrong."""

from __future__ import annotations

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from verify.claim import Claim, Stratum, scaled
from verify.means import ROUNDING
from verify.relu.bounds import RESOLUTION, bound_check, sure
from verify.relu.equivalent import costs, profiles, rate_of, risks, saved_check, tolerated
from verify.relu.features import expansion_check, kernel_check
from verify.relu.harmonics import harmonic_check, off_by_one
from verify.relu.instances import asked, sized
from verify.relu.residuals import complexity_check
from verify.relu.training import flow_check, small, timed, width_check

slightly = scaled(sp.Rational(51, 50))
clearly = scaled(sp.Rational(6, 5))
half_again = scaled(sp.Rational(3, 2))
COSINES = {"obtuse angle": st.floats(-0.7, -0.3), "acute angle": st.floats(0.2, 0.95)}
"""Away from 0, where the kernel is 0."""


half = two_for_four = scaled(sp.Rational(1, 2))
LOUD = st.floats(0.6, 0.7)
"""Noise, in units of a label, such that small sizes show an error."""
pi_for_two_pi = scaled(sp.Integer(2))
"""The density of an angle on a half circle, in the place of the whole one."""

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "relu.kernel",
        "mean over first-layer weights",
        kernel_check,
        tuple(Stratum(name, asked("cosine", cosines), 2) for name, cosines in COSINES.items()),
        pi_for_two_pi,
        0.02,
    ),
    Claim(
        "relu.kernel_expansion",
        "the series, and the mean over first-layer weights",
        expansion_check,
        tuple(Stratum(f"degree {degree}", asked("degree", (degree,)), 1) for degree in (0, 1, 2, 3, 4)),
        half_again,
        0.02,
    ),
    Claim(
        "relu.solution",
        "the differential equation of the outputs",
        flow_check,
        (
            Stratum("a time", timed(st.floats(0.5, 5.0)), 2),
            Stratum("without end", timed(st.just(np.inf)), 2),
        ),
        slightly,
        ROUNDING,
    ),
    Claim(
        "relu.solution",
        "rate over doubling widths of a network",
        width_check,
        (Stratum("a time", small(1.0), 1), Stratum("without end", small(np.inf), 1)),
        half_again,
        0.05,
        "pilot",
    ),
    Claim(
        "relu.harmonics",
        "mean over features and inputs",
        harmonic_check,
        tuple(Stratum(f"degree {degree}", asked("degree", (degree,), (3, 4)), 1) for degree in (1, 2, 3)),
        off_by_one,
        0.05,
        "pilot",
    ),
    Claim(
        "relu.linear_teacher_bound",
        "never exceeded",
        complexity_check,
        (Stratum("n < d", sized((3, 6), (8, 12)), 1), Stratum("n > d", sized((24, 30), (3, 4)), 2)),
        two_for_four,
    ),
    Claim(
        "relu.bound",
        "how often the bound is exceeded",
        bound_check,
        (Stratum("n < d", sure((3, 6), (6, 12)), 1), Stratum("n > d", sure((12, 20), (3, 5)), 1)),
        scaled(sp.Rational(1, 32)),
        RESOLUTION,
    ),
    Claim(
        "relu.risk_equivalent",
        "rate over doubling sizes",
        rate_of(risks),
        (
            Stratum("d = n", profiles(1.0, LOUD), 1),
            Stratum("d = 2n, noiseless", profiles(2.0, st.just(0.0)), 1),
        ),
        clearly,
        0.1,
        "pilot",
    ),
    Claim(
        "relu.sample_complexity",
        "the risk with so many samples more, from zero",
        saved_check,
        (Stratum("d = n", tolerated(1.0), 1),),
        half,
        0.15,
        "pilot",
    ),
    Claim(
        "relu.pretrained_error",
        "rate over doubling sizes",
        rate_of(costs),
        (Stratum("d = 4 n_source = 2n", profiles(2.0, st.just(0.0), learned=0.5), 1),),
        half_again,
        0.1,
        "pilot",
    ),
)
