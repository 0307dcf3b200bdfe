"""A claim that fails: the simplest instance as a file, and the commands that show the same again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headstart import api
from headstart.errors import is_bad_input
from headstart.files import target, write_whole
from headstart.output import plain

if TYPE_CHECKING:
    from verify.report import Report
    from verify.simplest import Failure

QUANTITIES = {
    "relu.bound": "absolute_risk",
    "relu.linear_teacher_bound": "complexity",
    "sequence.forgetting": "forgetting",
    "sequence.last_task": "last_gain",
    "frozen.source_error": "source_error",
    "linear.bias": "bias",
    "linear.variance": "noise",
    "linear.noise_law": "noise",
    "linear.risk_variance": "bias",
    "linear.noise_variance": "noise_mean",
}
"""What `headstart simulate` draws for a result, where it is not the risk."""
FILE = "<file>"
FEWEST, MOST = 10_000, 1_000_000
"""Trials of the command: as many as the test took, within these."""


@dataclass(frozen=True)
class Reproduction:
    """What failed in a sentence, the instance, the name of its file, and the commands with a place for the file."""

    key: str
    told: str
    instance: dict[str, Any]
    file: str
    templates: tuple[str, ...]

    @property
    def text(self) -> str:
        """The instance as its file holds it."""
        return json.dumps(plain(self.instance), ensure_ascii=False, allow_nan=False)

    def commands(self, folder: Path | None = None) -> tuple[str, ...]:
        """As they are run beside the file, or from where `folder` is named."""
        path = shlex.quote(str(folder / self.file) if folder is not None else self.file)
        return tuple(template.replace(FILE, path) for template in self.templates)

    def lines(self, folder: Path | None = None) -> tuple[str, ...]:
        """Everything, for a terminal."""
        return (self.told, f"  {self.file}: {self.text}", *(f"  {command}" for command in self.commands(folder)))

    def as_json(self) -> dict[str, Any]:
        """Plain data, the commands as they are run beside the file."""
        named = {"key": self.key, "told": self.told, "instance": plain(self.instance), "file": self.file}
        return {**named, "commands": list(self.commands())}


def reproductions(report: Report) -> tuple[Reproduction, ...]:
    """One for every claim that was refuted or left undecided; nothing is written."""
    if report.passed:
        return ()
    from verify.simplest import failures

    return tuple(reproduction(failure, report) for failure in failures(report))


def write(found: Sequence[Reproduction], folder: Path) -> None:
    """Every instance as a file in the folder."""
    for one in found:
        write_whole(target(folder / one.file), one.text + "\n")


def reproduction(failure: Failure, report: Report) -> Reproduction:
    """What there is to say and to run."""
    outcome, place = failure.outcome, failure.outcome.place
    assert place is not None  # the search for it began at places
    sizes = ", ".join(f"{name} = {place.fields[name]}" for name in ("n", "d", "depth") if name in place.fields)
    told = (
        f"{failure.key} is {outcome.verdict} at {sizes} ({failure.found}), by the test {outcome.test}: "
        f"{outcome.claimed:.6g} is claimed, {outcome.observed:.6g} observed"
    )
    commands = (
        *_evaluating(failure.key, place.fields, place.arguments),
        *_simulating(failure, place.level.seed),
        f"headstart verify {failure.key} --tier {report.tier} --seed {report.seed}",
    )
    name = f"failing.{failure.key}.json"
    return Reproduction(failure.key, told + (f"; {outcome.note}" if outcome.note else ""), place.fields, name, commands)


def _evaluating(key: str, fields: dict[str, Any], arguments: dict[str, float]) -> Sequence[str]:
    """The command for the formula's value; none where it takes data, which the instance does not hold."""
    try:
        api.evaluate(key, fields, **arguments)
    except ValueError as error:
        if not is_bad_input(error):
            raise
        return ()
    given = "".join(f" {_option(name, value)}" for name, value in arguments.items())
    return (f"headstart evaluate {key} {FILE}{given}",)


def _simulating(failure: Failure, seed: int) -> Sequence[str]:
    """The command for the simulated value; none where the claim is about one draw of the data, not about a mean."""
    from theory.result import Kind

    if api.result(failure.key).kind is Kind.IDENTITY:
        return ()
    trials = min(MOST, max(FEWEST, failure.outcome.draws))
    quantity = QUANTITIES.get(failure.key)
    drawn = f" --quantity {quantity}" if quantity else ""
    return (f"headstart simulate {FILE} --seed {seed} --trials {trials}{drawn}",)


def _option(name: str, value: float) -> str:
    return f"--{name} {value!r}" if name in ("confidence", "risk") else f"--set {name}={value!r}"
