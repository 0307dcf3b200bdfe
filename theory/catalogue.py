"""Every result by its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import cache
from importlib import import_module

from theory.exclusive import exclusive
from theory.result import Result

SOURCES: dict[str, str] = {
    "linear.estimator": "theory.linear.estimator",
    "linear.conditional_risk": "theory.linear.conditional_risk",
    "linear.bias": "theory.linear.risk",
    "linear.variance": "theory.linear.risk",
    "linear.risk": "theory.linear.risk",
    "linear.risk_covariate_shift": "theory.linear.covariate_shift",
    "linear.noise_law": "theory.linear.law",
    "linear.risk_law": "theory.linear.law",
    "linear.quantile": "theory.linear.law",
    "linear.risk_variance": "theory.linear.spread",
    "linear.noise_variance": "theory.linear.spread",
    "linear.benefit": "theory.linear.comparison",
    "linear.best_rescaling": "theory.linear.comparison",
    "linear.samples_needed": "theory.linear.comparison",
    "linear.risk_learned_source": "theory.linear.learned_source",
    "linear.risk_equivalent": "theory.linear.equivalent",
    "linear.risk_any_covariance": "theory.linear.any_covariance",
    "linear.error_moments": "theory.linear.moments",
    "linear.inverse_moments": "theory.linear.inverse_moments",
    "linear.quantile_any_covariance": "theory.linear.quantile_any_covariance",
    "linear.upper_bound": "theory.linear.upper_bound",
    "linear.lower_bound": "theory.linear.lower_bound",
    "linear.worst_direction": "theory.linear.worst_direction",
    "linear.split_bound": "theory.linear.split_bound",
    "linear.quoted_bound": "theory.linear.quoted_bound",
    "deep_linear.flow": "theory.deep_linear.velocity",
    "deep_linear.mirror_potential": "theory.deep_linear.mirror",
    "deep_linear.solution": "theory.deep_linear.limit",
    "deep_linear.norm": "theory.deep_linear.length",
    "deep_linear.conditional_risk": "theory.deep_linear.given_design",
    "deep_linear.risk_exact": "theory.deep_linear.exact",
    "deep_linear.risk_limit": "theory.deep_linear.equivalent",
    "deep_linear.risk_equivalent": "theory.deep_linear.equivalent",
    "deep_linear.best_depth": "theory.deep_linear.depth",
    "deep_linear.quantile": "theory.deep_linear.quantile",
    "deep_linear.upper_bound": "theory.deep_linear.upper_bound",
    "deep_linear.frozen": "theory.deep_linear.frozen_layers",
    "deep_linear.frozen_flow": "theory.deep_linear.frozen_layers",
    "frozen.source_error": "theory.frozen.source_error",
    "frozen.risk": "theory.frozen.risk",
    "frozen.peaks": "theory.frozen.peaks",
    "frozen.when_freezing_helps": "theory.frozen.freezing",
    "frozen.best_split": "theory.frozen.best_split",
    "frozen.task_similarity": "theory.frozen.similarity",
    "frozen.less_related_wins": "theory.frozen.similarity",
    "frozen.probe": "theory.frozen.probe",
    "frozen.probe_quantile": "theory.frozen.probe_law",
    "ridge.risk": "theory.ridge",
    "ridge.risk_equivalent": "theory.ridge",
    "ridge.best_penalty": "theory.ridge",
    "ridge.best_risk": "theory.ridge",
    "ridge.gain": "theory.ridge",
    "ridge.risk_exact": "theory.ridge",
    "ridge.error_moments": "theory.ridge",
    "ridge.inverse_moments": "theory.ridge",
    "ridge.quantile": "theory.ridge",
    "ridge.upper_bound": "theory.ridge",
    "ridge.lower_bound": "theory.ridge",
    "early_stopping.risk": "theory.early_stopping",
    "early_stopping.descent_risk": "theory.early_stopping",
    "early_stopping.best_time": "theory.early_stopping",
    "early_stopping.over_ridge": "theory.early_stopping",
    "weight_average.risk": "theory.weight_average",
    "weight_average.risk_covariate_shift": "theory.weight_average",
    "weight_average.best_mix": "theory.weight_average",
    "weight_average.gain": "theory.weight_average",
    "sequence.risk": "theory.sequence",
    "sequence.forgetting": "theory.sequence",
    "sequence.last_task": "theory.sequence",
    "sequence.equal": "theory.sequence",
    "sequence.best_order": "theory.sequence",
    "relu.kernel": "theory.relu.kernel",
    "relu.kernel_expansion": "theory.relu.expansion",
    "relu.solution": "theory.relu.solution",
    "relu.harmonics": "theory.relu.harmonics",
    "relu.linear_teacher_bound": "theory.relu.teacher_bound",
    "relu.bound": "theory.relu.bound",
    "relu.risk_equivalent": "theory.relu.equivalent",
    "relu.sample_complexity": "theory.relu.complexity",
    "relu.pretrained_error": "theory.relu.pretrained",
}


class UnknownResult(ValueError):
    """A key that is not in the catalogue."""


class DerivationStops(RuntimeError):
    """The engine cannot derive a result: a rule of it, or the result's own derivation, is wrong."""


def keys() -> tuple[str, ...]:
    """The keys of all results, in reading order.  Derives nothing."""
    return tuple(SOURCES)


def named(*names: str) -> tuple[str, ...]:
    """The keys of these results, each once, in their order; a setting, such as `ridge`, stands for all of its own.

    Raises `UnknownResult`.
    """
    found: dict[str, None] = {}
    for name in names:
        own = [key for key in SOURCES if name in (key, key.split(".")[0])]
        if not own:
            raise _unknown(name, dict.fromkeys(key.split(".")[0] for key in SOURCES))
        found |= dict.fromkeys(own)
    return tuple(found)


def _unknown(key: str, settings: Iterable[str] = ()) -> UnknownResult:
    near = get_close_matches(key, [*settings, *SOURCES], n=1)
    hint = f"did you mean {near[0]}?" if near else "headstart list shows all keys"
    return UnknownResult(f"{key!r} is not a result: {hint}")


@exclusive
@cache
def result(key: str) -> Result:
    """The result with this key, derived on first use.  Raises `UnknownResult` and `DerivationStops`."""
    if key not in SOURCES:
        raise _unknown(key)
    make: Callable[[], Result] = getattr(import_module(SOURCES[key]), key.split(".")[1])
    try:
        return make()
    except Exception as error:
        raise DerivationStops(f"{key}: its derivation stops with {type(error).__name__}: {error}") from error


def results() -> tuple[Result, ...]:
    """All results, derived."""
    return tuple(result(key) for key in SOURCES)
