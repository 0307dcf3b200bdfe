"""What is claimed of linear fine-tuning, one claim a result, each with a wrong twin."""

from __future__ import annotations

import sympy as sp

from verify.claim import Claim, Stratum, scaled
from verify.linear import certificates, instances
from verify.linear.checks import (
    coverage_check,
    law_check,
    learned_source_check,
    mean_check,
    squared_deviation_check,
)
from verify.linear.equivalent import profiles, rate_check
from verify.linear.paired import benefit_check, best_rescaling_check, samples_check
from verify.linear.pathwise import conditional_risk_check, estimator_check

WIDE, TALL = instances.wide(), instances.tall()
QUIET = instances.wide(noisy=False)
BOTH = (Stratum("n < d", WIDE, 2), Stratum("n >= d", TALL, 2))
NEAR = (
    Stratum("|n - d| <= 1", instances.threshold((-1, 0, 1)), 2),
    Stratum("|n - d| = 2, 3", instances.threshold((-3, -2, 2, 3)), 2),
)
slightly, clearly = scaled(sp.Rational(51, 50)), scaled(sp.Rational(11, 10))

CLAIMS: tuple[Claim, ...] = (
    Claim("linear.estimator", "where gradient descent stops", estimator_check, BOTH, slightly),
    Claim("linear.conditional_risk", "mean over noise at a fixed design", conditional_risk_check, BOTH, slightly),
    Claim("linear.bias", "mean of D'QSQD", mean_check("bias", certificates.bias_variance), BOTH, slightly),
    Claim(
        "linear.variance",
        "mean of the noise part",
        mean_check("noise_mean", certificates.noise_variance),
        (*BOTH, *NEAR),
        slightly,
    ),
    Claim(
        "linear.risk",
        "mean of the risk",
        mean_check("conditional_risk", certificates.risk_variance),
        (*BOTH, *NEAR),
        slightly,
    ),
    Claim(
        "linear.risk_covariate_shift",
        "mean of the risk under another covariance",
        mean_check("conditional_risk", certificates.risk_variance),
        (Stratum("n < d", instances.shifted(WIDE), 2), Stratum("n >= d", instances.shifted(TALL), 2)),
        slightly,
    ),
    Claim("linear.noise_law", "law of the noise part", law_check("noise"), (*BOTH, NEAR[0]), clearly),
    Claim(
        "linear.risk_law",
        "law of the risk",
        law_check("risk"),
        (*BOTH, NEAR[0], Stratum("sigma = 0", QUIET, 1)),
        clearly,
    ),
    Claim(
        "linear.quantile",
        "how often the quantile is exceeded",
        coverage_check,
        tuple(Stratum(s.name, instances.with_confidence(s.cases), s.examples) for s in (*BOTH, NEAR[0])),
        clearly,
    ),
    Claim(
        "linear.risk_variance",
        "mean squared deviation of the noiseless risk",
        squared_deviation_check("bias", "bias", "linear.bias"),
        (Stratum("n < d, sigma = 0", QUIET, 2),),
        clearly,
        0.02,
    ),
    Claim(
        "linear.noise_variance",
        "mean squared deviation of the noise part given the design",
        squared_deviation_check("noise_mean", "noise", "linear.variance"),
        (Stratum("n < d", instances.wide((20, 30)), 1), Stratum("n >= d", instances.tall((20, 30)), 1)),
        clearly,
        0.02,
    ),
    Claim("linear.benefit", "paired difference of risks", benefit_check, BOTH, clearly, 0.02),
    Claim(
        "linear.best_rescaling",
        "symmetry of the risk about the best scale",
        best_rescaling_check,
        (Stratum("n < d", WIDE, 3),),
        clearly,
        0.02,
    ),
    Claim(
        "linear.samples_needed",
        "mean risk with that many samples and one less",
        samples_check,
        (Stratum("sigma = 0", QUIET, 2),),
        clearly,
    ),
    Claim(
        "linear.risk_learned_source",
        "mean of the risk",
        learned_source_check,
        (
            Stratum("n < d, n_source < d", instances.learned(WIDE, (5, 10), -1), 2),
            Stratum("n < d, n_source >= d", instances.learned(WIDE, (5, 10), 1), 2),
            Stratum("n >= d", instances.learned(TALL, (1, 5), 1), 1),
        ),
        slightly,
        account="pilot",
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
)
