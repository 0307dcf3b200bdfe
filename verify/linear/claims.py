"""What is claimed of linear fine-tuning, one claim a result, each with a way to make its formula wrong."""

from __future__ import annotations

import numpy as np
import sympy as sp

from verify.claim import Claim, Stratum, scaled, shifted
from verify.levels import keeps, reaches, up_to
from verify.linear import certificates, instances
from verify.linear.checks import mean_check, squared_deviation_check
from verify.linear.drawing import risk_sample, risks
from verify.linear.equivalent import profiles, rate_check
from verify.linear.laws import DISTANCE, law_check
from verify.linear.moments import BOUNDS, EXPECTED, INVERSE, MOMENTS, QUANTILES
from verify.linear.paired import benefit_check, best_rescaling_check, samples_check
from verify.linear.pathwise import conditional_risk_check, estimator_check
from verify.linear.strata import (
    ANY_COVARIANCE,
    BOTH,
    FAR,
    LARGE,
    LEARNED,
    NEAR,
    NOISELESS,
    QUIET_WIDE,
    SILENT_THRESHOLD,
    SINGLE,
    THRESHOLD,
    mapped,
    tall_by,
    wide_by,
)
from verify.linear.worst import QUOTED, RESOLUTION, SPLIT, WORST, worst_risks
from verify.means import ROUNDING
from verify.powers import mean_check as known_mean_check
from verify.powers import moment_check

slightly, clearly = scaled(sp.Rational(51, 50)), scaled(sp.Rational(11, 10))
smaller, larger, much_smaller = (scaled(sp.Rational(*by)) for by in ((4, 5), (5, 4), (1, 4)))

EXCEEDED = "how often the bound is exceeded"
EVERYWHERE = (*BOTH, *LARGE, *THRESHOLD)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "linear.estimator",
        "where gradient descent stops",
        estimator_check,
        (*ANY_COVARIANCE, *THRESHOLD),
        slightly,
        ROUNDING,
    ),
    Claim(
        "linear.conditional_risk",
        "mean over noise at a fixed design",
        conditional_risk_check,
        (*ANY_COVARIANCE, *THRESHOLD),
        slightly,
    ),
    Claim(
        "linear.bias",
        "mean of D'QSQD",
        mean_check("bias", certificates.bias_variance),
        EVERYWHERE,
        slightly,
    ),
    Claim(
        "linear.variance",
        "mean of the noise part",
        mean_check("noise_mean", certificates.noise_variance),
        (*BOTH, *LARGE, *THRESHOLD, *SILENT_THRESHOLD, *NEAR),
        slightly,
    ),
    Claim(
        "linear.risk",
        "mean of the risk",
        mean_check("conditional_risk", certificates.risk_variance),
        (*BOTH, *LARGE, *THRESHOLD, *SILENT_THRESHOLD, *NEAR),
        slightly,
    ),
    Claim(
        "linear.risk_covariate_shift",
        "mean of the risk under another covariance",
        mean_check("conditional_risk", certificates.risk_variance),
        mapped((*BOTH, *LARGE, *THRESHOLD, *SILENT_THRESHOLD, *NEAR), instances.shifted),
        slightly,
    ),
    Claim("linear.noise_law", "law of the noise part", law_check("noise"), EVERYWHERE, clearly, DISTANCE),
    Claim(
        "linear.risk_law",
        "law of the risk",
        law_check("risk"),
        (*BOTH, *LARGE, *THRESHOLD, Stratum("n < d, sigma = 0", QUIET_WIDE, 1)),
        clearly,
        DISTANCE,
    ),
    Claim(
        "linear.quantile",
        "how often the quantile is exceeded",
        reaches(risk_sample),
        mapped(EVERYWHERE, instances.with_confidence),
        clearly,
        DISTANCE,
    ),
    Claim(
        "linear.risk_variance",
        "mean squared deviation of the noiseless risk",
        squared_deviation_check("bias", "bias", "linear.bias"),
        (*NOISELESS, *SILENT_THRESHOLD),
        clearly,
        0.02,
    ),
    Claim(
        "linear.noise_variance",
        "mean squared deviation of the noise part given the design",
        squared_deviation_check("noise_mean", "noise", "linear.variance"),
        (
            *FAR,
            *wide_by(1, 3, 4),
            *tall_by(0, 3, 4),
            *SINGLE,
            *wide_by(1, 3, noisy=False),
            *tall_by(0, 1, 3, noisy=False),
        ),
        clearly,
        0.02,
    ),
    Claim("linear.benefit", "paired difference of risks", benefit_check, EVERYWHERE, clearly, 0.02),
    Claim(
        "linear.best_rescaling",
        "symmetry of the risk about the best scale",
        best_rescaling_check,
        (
            Stratum("n < d", instances.wide(angle=instances.slanted), 3),
            Stratum("d = n + 1", instances.wide((1, 1), angle=instances.slanted), 1),
        ),
        clearly,
        0.02,
    ),
    Claim(
        "linear.samples_needed",
        "mean risk with that many samples and one less",
        samples_check,
        (
            Stratum("more than none", instances.with_tolerated_risk(QUIET_WIDE, enough=False), 2),
            Stratum(
                "more than none, many features", instances.with_tolerated_risk(instances.featured(), enough=False), 1
            ),
            Stratum("none", instances.with_tolerated_risk(QUIET_WIDE, enough=True), 1),
            Stratum("just none", instances.just_enough(), 1),
        ),
        shifted(1),
    ),
    Claim(
        "linear.risk_learned_source",
        "mean of the risk",
        mean_check("conditional_risk", certificates.learned_risk_variance),
        LEARNED,
        slightly,
    ),
    Claim(
        "linear.risk_equivalent",
        "rate over doubling sizes",
        rate_check,
        (Stratum("n < d", profiles(), 1),),
        clearly,
        0.02,
        "pilot",
    ),
    Claim(
        "linear.risk_any_covariance",
        "mean of the risk",
        known_mean_check("linear.risk_any_covariance", "linear.error_moments", risks),
        EXPECTED,
        slightly,
    ),
    Claim(
        "linear.error_moments",
        "mean of a power of the test error",
        moment_check("linear.error_moments", 1, risks),
        MOMENTS,
        slightly,
    ),
    Claim(
        "linear.inverse_moments",
        "mean of a negative power of the test error",
        moment_check("linear.inverse_moments", -1, risks),
        INVERSE,
        slightly,
    ),
    Claim(
        "linear.quantile_any_covariance",
        "how often the quantile is exceeded",
        reaches(risk_sample),
        QUANTILES,
        clearly,
        DISTANCE,
    ),
    Claim("linear.upper_bound", EXCEEDED, keeps(risk_sample), BOUNDS, smaller, DISTANCE),
    Claim("linear.lower_bound", EXCEEDED, keeps(risk_sample, np.greater), BOUNDS, larger, DISTANCE),
    Claim(
        "linear.worst_direction",
        "how often it is exceeded in the worst direction",
        keeps(worst_risks, up_to),
        WORST,
        much_smaller,
        RESOLUTION,
    ),
    Claim(
        "linear.split_bound",
        EXCEEDED,
        keeps(risk_sample, up_to),
        SPLIT,
        scaled(sp.Rational(1, 10)),
        RESOLUTION,
    ),
    Claim(
        "linear.quoted_bound",
        "how often the bound is exceeded, at the constant 2",
        keeps(risk_sample, up_to),
        QUOTED,
        scaled(sp.Rational(1, 4000)),
        RESOLUTION,
    ),
)
