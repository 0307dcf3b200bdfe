"""`headstart predict`: a user's own table before fine-tuning."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from headstart.errors import InputError
from headstart.output import emit, emit_json, emit_table, number, table
from headstart.progress import counter

if TYPE_CHECKING:
    from headstart.prediction import Option, Prediction
    from numerics.estimation import Interval


@dataclass(frozen=True)
class How:
    """The table, its label, the files of the sources, and what is asked."""

    data: str
    target: str
    weights: Sequence[str]
    samples: int | None
    risk: float | None
    confidence: float
    seed: int
    quiet: bool


def run(how: How, *, as_json: bool) -> int:
    """A table of the ways with their risks, and what follows."""
    from headstart.prediction import predict, read_table, read_weights

    read = read_table(how.data, how.target)
    names = [Path(file).stem for file in how.weights]
    if len(set(names)) < len(names):
        names = list(how.weights)
    if len(set(names)) < len(names):
        raise InputError(f"--source-weights names {names[0]} twice: give each source once")
    sources = {name: read_weights(file, read.columns) for name, file in zip(names, how.weights, strict=True)}
    shown = counter("redrawing samples") if not how.quiet and sys.stderr.isatty() else nullcontext(None)
    with shown as count:
        found = predict(
            read.x,
            read.y,
            sources,
            samples=how.samples,
            risk=how.risk,
            confidence=how.confidence,
            seed=how.seed,
            watch=None if count is None else lambda done, total: count(done, total, ""),
        )
    if as_json:
        emit_json({"data": how.data, "target": how.target, **asdict(found)})
    else:
        _print(found)
    return 0


def _print(found: Prediction) -> None:
    emit(f"{found.rows} rows of {found.columns} features, {100 * found.confidence:g}% intervals, seed {found.seed}")
    emit(f"label noise, variance {_interval(found.noise)} of {number(found.scale, 4)}")
    for source in found.sources:
        emit(
            f"{source.name} as it is: squared error {_interval(source.error)} with the noise; "
            f"the same task as the target: p = {number(source.same, 2)}"
        )
    heads = [f"with {found.samples} target samples", ">excess risk", "interval", ">best in"]
    wanted = [] if found.wanted is None else [f">samples for risk {found.wanted:g}", "interval"]
    emit_table(table([*heads, *wanted], [_row(option, bool(wanted)) for option in found.options]))
    for line in conclusions(found):
        emit(line)


def _row(option: Option, wanted: bool) -> list[str]:
    risk = option.risk
    ends = f"{number(risk.low, 3)} to {number(risk.high, 3)}"
    cells = [option.name, number(risk.value, 4), ends, f"{100 * option.best:.0f}%"]
    estimate, low, high = (_count(n) for n in option.needed)
    return [*cells, *([estimate, f"{low} to {high}"] if wanted else [])]


def _count(size: int | None) -> str:
    return "none" if size is None else str(size)


def _interval(found: Interval) -> str:
    return f"{number(found.value, 4)} ({number(found.low, 4)} to {number(found.high, 4)})"


def conclusions(found: Prediction) -> list[str]:
    """Where to start and whether to freeze, and how sure either is."""
    tuned = [option for option in found.options if option.name.startswith("fine-tune")]
    still = [option for option in found.options if not option.name.startswith("fine-tune")]
    lines = []
    if found.samples >= found.columns:
        lines.append(f"start: with {found.columns} samples or more, fine-tuning all weights forgets the source")
    else:
        surely = all(tuned[0].risk.high < other.risk.low for other in tuned[1:])
        lines.append(f"start: {tuned[0].name}" + (", beyond the intervals" if surely else "; the intervals overlap"))
    best, other = (still[0], tuned[0]) if still[0].risk.value < tuned[0].risk.value else (tuned[0], still[0])
    surely = best.risk.high < other.risk.low
    how = "beyond the intervals" if surely else "the intervals overlap"
    lines.append(f"freeze: {'yes' if best is still[0] else 'no'}, {best.name} before {other.name}; {how}")
    return lines
