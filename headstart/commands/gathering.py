"""What file, `--set`, `--sweep`, `--confidence` and `--risk` say together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from headstart.errors import InputError
from headstart.instances import build, fields_of, parse_assignments, read_fields
from headstart.sweeps import Sweep, parse_sweep

BESIDE = ("confidence", "risk", "power", "constant", "coordinate", "norm", "X", "y", "e")
"""Arguments that a result may need beside the instance."""


@dataclass(frozen=True)
class Gathered:
    """Fields that stay and fields that run; `whole` where a file makes them an instance to be validated."""

    fixed: dict[str, Any]
    sweeps: tuple[Sweep, ...]
    whole: bool
    where: str

    def at(self, cell: dict[str, Any]) -> dict[str, Any]:
        """The fields of one cell of the grid, checked by the setting where they are an instance."""
        fields = self.fixed | cell
        if not self.whole:
            return fields
        beside = {name: fields.pop(name) for name in BESIDE if name in fields}
        return fields_of(build(fields, self.where)) | beside


def gather(
    file: str | None, assignments: Iterable[str], sweeps: Iterable[str] = (), **beside: float | None
) -> Gathered:
    """The file's fields, changed by `--set`; a field that runs and one that is set exclude each other."""
    fields = read_fields(file) if file is not None else {}
    for name in BESIDE:
        if name in fields:
            raise InputError(f"{file}: {name} is no part of an instance: give it by --set {name}=...")
    named = {name: value for name, value in beside.items() if value is not None}
    changes = parse_assignments(assignments)
    running = tuple(parse_sweep(text) for text in sweeps)
    for name in [*named, *(sweep.name for sweep in running)]:
        if name in changes or (name in named and any(name == sweep.name for sweep in running)):
            raise InputError(f"{name} is given twice: set it, or let it run through --sweep, not both")
    return Gathered(fields | changes | named, running, file is not None, file or "--set")
