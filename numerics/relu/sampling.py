"""Trials of fine-tuned ReLU networks: at infinite width kernel regression, at finite width the network itself."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from numerics import simulation
from numerics.instance import InstanceError, shown
from numerics.relu.averages import even_risks
from numerics.relu.data import TEST, WEIGHTS, Data, data, samples
from numerics.relu.kernel import Values, predictions
from numerics.relu.model import ReLU
from numerics.relu.network import pretrained, train
from numerics.simulation import Law, Setting
from numerics.streams import stream

COLUMNS = MappingProxyType(
    {
        "risk": f"(f(x) - t'x)^2, on average over {TEST} fresh points",
        "absolute_risk": f"|f(x) - t'x|, on average over {TEST} fresh points",
        "even_risk": "the risk averaged over all points, label noise and rotations of all weights together",
        "complexity": "y~'H^-1 y~, y~ = y - f_S(X)",
    }
)
JUDGED, AVERAGED = ("risk", "absolute_risk"), ("even_risk",)
DRAWN = (*JUDGED, "complexity")
Columns = Mapping[str, Float[np.ndarray, " trials"]]


def _judged(instance: ReLU, given: Data, found: Values) -> dict[str, Float[np.ndarray, " trials"]]:
    missed = found - given.test @ instance.target
    return {"risk": np.mean(missed**2, axis=1), "absolute_risk": np.mean(np.abs(missed), axis=1)}


def kernel_batch(instance: ReLU, seed: int, number: int, size: int) -> Columns:
    """The first `size` trials of batch `number`, of kernel regression."""
    given = data(instance, seed, number, size)
    found, complexity = predictions(instance, given)
    return {**_judged(instance, given, found), "complexity": complexity}


def averaged_batch(instance: ReLU, seed: int, number: int, size: int) -> Columns:
    """The risk of kernel regression on the same inputs, averaged over points, label noise and rotations."""
    return {"even_risk": even_risks(instance, *samples(instance, seed, number, size))}


def network_batch(instance: ReLU, seed: int, number: int, size: int) -> Columns:
    """The same of the network, trained trial by trial: on the same data, from weights of a stream of their own."""
    if instance.width is None:
        raise InstanceError("law='network': the width is infinite here; give width=1024, say, or use law='kernel'.")
    given = data(instance, seed, number, size)
    return _judged(instance, given, trained(instance, given, seed, number))


def trained(instance: ReLU, given: Data, seed: int, number: int) -> Values:
    """Outputs of networks on the test points, trial by trial."""
    found = []
    for trial, test in enumerate(np.broadcast_to(given.test, (len(given.target.y), *given.test.shape[1:]))):
        source = None if given.source is None else (given.source.x[trial], given.source.y[trial])
        start = pretrained(instance, stream(seed, number, WEIGHTS + trial), source)
        found.append(train(start, given.target.x[trial], given.target.y[trial]).network.at(test))
    return np.stack(found)


def known_column(name: object) -> str:
    """`name` if it is a column, else `InstanceError`."""
    if not isinstance(name, str) or name not in COLUMNS:
        raise InstanceError(f"quantity={shown(name)}: no such column; use {', '.join(COLUMNS)}.")
    return name


def moment_is_finite(_: ReLU, quantity: str, __: int) -> bool:
    """Every moment is: the kernel matrix is invertible but on a set whose probability falls fast."""
    return known_column(quantity) in COLUMNS


def _cost(instance: ReLU) -> float:
    """Nanoseconds of a trial of kernel regression, roughly."""
    most = max(instance.n, instance.n_source or 0)
    return float(20_000 + 20.0 * most * (most + TEST + instance.d) + most**3 / 10)


def automatic(instance: ReLU, column: str) -> str:
    """The network where its width is finite; else kernel regression, averaged if that is what is asked for."""
    if instance.width is not None:
        return "network"
    return "averaged" if column in AVERAGED else "kernel"


LAWS = {
    "kernel": Law(kernel_batch, "kernel: infinite width, the kernel regression that training comes down to", DRAWN),
    "averaged": Law(
        averaged_batch,
        "averaged: kernel regression, the risk averaged over points, noise and rotations",
        AVERAGED,
    ),
    "network": Law(network_batch, "network: pretrained and fine-tuned by full-batch gradient descent", JUDGED),
}
SIMULATED = Setting(
    laws=LAWS,
    automatic=automatic,
    column=lambda _, name: known_column(name),
    quantity=lambda _, name: known_column(name),
    cost=_cost,
    is_finite=moment_is_finite,
    note=lambda *_: "",
)


def batch_size(instance: ReLU, law: str = "kernel") -> int:
    """Trials in a batch: a power of two fixed by the instance."""
    return SIMULATED.batch_size(instance, SIMULATED.resolve(instance, law, "risk"))


def batch(instance: ReLU, seed: int, number: int, law: str = "kernel", size: int | None = None) -> Columns:
    """Batch `number` under `seed`: the columns of `size` trials by a law: "kernel", "averaged" or "network"."""
    return SIMULATED.batch(instance, seed, number, SIMULATED.resolve(instance, law, "risk"), size)


def draws(
    instance: ReLU, quantity: str, *, trials: int, seed: int, law: str = "auto", executor: Executor | None = None
) -> Float[np.ndarray, " trials"]:
    """The first `trials` draws of a column, in the order of the batches; the same for every executor."""
    return simulation.draws(SIMULATED, instance, quantity, trials=trials, seed=seed, law=law, executor=executor)
