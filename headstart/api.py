"""The public Python names: what the command line does, as functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart.instances import build, fields_of, read_fields, simulator

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numerics.estimate import Estimate
    from numerics.moments import Moments
    from numerics.store import Store
    from theory.evaluation import Evaluation
    from theory.result import Result
    from verify.mutants.tally import Tally
    from verify.report import Report, Row


def results() -> tuple[Result, ...]:
    """Every result, derived, in the order of the catalogue."""
    from theory import catalogue

    return tuple(catalogue.result(key) for key in catalogue.keys())  # noqa: SIM118 (a function, no mapping)


def result(key: str) -> Result:
    """The result with this key, such as `linear.risk`; `theory.catalogue.UnknownResult` names the nearest."""
    from theory import catalogue

    return catalogue.result(key)


def load(path: str | Path) -> Any:
    """The validated instance in a .json or .toml file.

    Raises `headstart.errors.InputError` for a file that cannot be read and `numerics.instance.InstanceError`
    for fields that make no instance, each in one line.
    """
    return build(read_fields(path), str(path))


def evaluate(key: str, instance: Any = None, **fields: Any) -> Evaluation:
    """The number of a result at an instance (or a mapping of fields), changed and completed by `fields`.

    >>> import headstart
    >>> headstart.evaluate("linear.risk", n=2, d=5, sigma=1, source=[0] * 5, target=[1, 0, 0, 0, 0]).value
    1.6
    """
    given = {} if instance is None else fields_of(instance)
    return result(key).at(**(given | fields))


def simulate(
    instance: Any,
    *,
    trials: int | None = None,
    precision: float | None = None,
    seconds: float | None = None,
    seed: int,
    quantity: str = "risk",
    law: str = "auto",
    quantiles: Sequence[float] = (),
    executor: Executor | None = None,
    workers: int | None = None,
    store: Store | str | Path | None = None,
    watch: Callable[[Moments], None] | None = None,
) -> Estimate:
    """The mean of a quantity over `trials` independent trials, to a `precision` or for `seconds`, with its error.

    The same seed gives the same bits on any number of threads, with any executor, and where a `store` (a path, or a
    `numerics.store.Store`) kept the batches of a run that was killed.  See `simulate` of the setting.
    """
    made = build(instance) if isinstance(instance, Mapping) else instance
    estimate: Estimate = simulator(made).simulate(
        made,
        trials=trials,
        precision=precision,
        seconds=seconds,
        seed=seed,
        quantity=quantity,
        law=law,
        quantiles=quantiles,
        executor=executor,
        workers=workers,
        store=store,
        watch=watch,
    )
    return estimate


def verify(
    *keys: str,
    tier: str = "change",
    seed: int | None = None,
    budget: float = 1e-6,
    progress: Callable[[Row], None] | None = None,
    watch: Callable[[int, int], None] | None = None,
    executor: str = "threads",
    store: str | Path | None = None,
) -> Report:
    """Theory against simulation for the results named (a setting's name: all of its own), or all; `budget` bounds its
    false alarms.  `reproduction.NAME`: at the instances of an experiment; `reproduction`: of all of them.

    `tier`: change, nightly or release, ever sharper; the last two from a fresh seed unless one is given.  With a
    `store` (a file), an interrupted run goes on from the checks that are done.  See `verify.run`.
    """
    import verify as layer
    from headstart.reproduction.claims import split
    from theory.catalogue import named

    results, places = split(keys)
    return layer.run(
        _derived(named(*results)) or None,
        tier=tier,
        seed=seed,
        budget=budget,
        progress=progress,
        watch=watch,
        executor=executor,
        store=store,
        places=places,
    )


def _derived(keys: Sequence[str]) -> list[str]:
    """The keys, once each of them has been derived: what stops a derivation is said at once."""
    return [result(key).key for key in keys]


def mutants(
    *keys: str,
    tier: str = "nightly",
    seed: int | None = None,
    every: int = 1,
    executor: str = "threads",
    store: str | Path | None = None,
    progress: Callable[[Tally], None] | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Tally:
    """The results named, or all, made wrong in every way, or in one way in so many: which of them exact relations and
    the checks of a tier refute.

    With a `store` (a file), an interrupted run goes on from the batches that are done.
    `progress` is told the tally of each result as it is done, `watch` how many mutants of how many are tried.
    """
    from theory.catalogue import named
    from verify.mutants.tally import try_all

    chosen = _derived(named(*keys)) or None
    return try_all(
        chosen, tier=tier, seed=seed, every=every, executor=executor, store=store, progress=progress, watch=watch
    )


def export(*keys: str, to: str | Path) -> Path:
    """Statements, assumptions and derivations of the results named (or of all) as .tex, .pdf or .md."""
    from headstart.document import write
    from theory.catalogue import named

    return write([result(key) for key in named(*keys)] or list(results()), to)


def plot(
    key: str,
    instance: Any,
    sweep: tuple[str, Sequence[float]],
    *,
    to: str | Path,
    seed: int = 0,
    trials: int = 400,
) -> Path:
    """A result against one field, as .png or .pdf: the formula a line, simulations points."""
    from headstart.plotting import draw

    name, values = sweep
    fields = instance if isinstance(instance, Mapping) else instance.fields()
    return draw(result(key), fields, name, tuple(values), to=to, seed=seed, trials=trials).path
