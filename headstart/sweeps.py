"""`name=start:stop:step` or `name=a,b,c`: the values that a field runs through, and the grid of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from itertools import product
from math import prod

from headstart.errors import InputError

MOST_CELLS = 100_000


@dataclass(frozen=True)
class Sweep:
    """A field and its values, in order."""

    name: str
    values: tuple[int | float, ...]


def parse_sweep(text: str) -> Sweep:
    """`n=10:200:10` is 10, 20, ..., 200: the stop is included where a step lands on it.  No step: 1.

    Integers stay integers; decimals are stepped exactly, so 0.1:0.3:0.1 is 0.1, 0.2, 0.3.  `n=10,40` is 10 and 40.
    """
    name, equals, span = text.partition("=")
    parts = span.split(",") if "," in span else span.split(":")
    if not equals or not name.strip() or not ("," in span or len(parts) in (2, 3)):
        raise InputError(f"--sweep {text}: needed name=start:stop:step, such as n=10:200:10, or n=10,20,40")
    try:
        values = _values(text, [Decimal(part) for part in parts], listed="," in span)
    except DecimalException:
        raise InputError(f"--sweep {text}: start, stop and step must be numbers, such as n=10:200:10") from None
    return Sweep(name.strip(), tuple(_number(value, parts) for value in values))


def _values(text: str, numbers: list[Decimal], *, listed: bool) -> list[Decimal]:
    if not all(number.is_finite() for number in numbers):
        raise InputError(f"--sweep {text}: start, stop and step must be finite numbers")
    return numbers if listed else _steps(text, *numbers)


def _steps(text: str, start: Decimal, stop: Decimal, step: Decimal = Decimal(1)) -> list[Decimal]:
    if step <= 0 or stop < start:
        raise InputError(f"--sweep {text}: no values: take start <= stop and step > 0")
    count = int((stop - start) / step) + 1
    _refuse_many(count)
    return [start + k * step for k in range(count)]


def _number(value: Decimal, parts: Sequence[str]) -> int | float:
    whole = all(part.strip().lstrip("+-").isdigit() for part in parts)
    return int(value) if whole else float(value)


def grid(sweeps: Sequence[Sweep]) -> Iterator[dict[str, int | float]]:
    """Every combination of values, the last sweep running fastest."""
    names = [sweep.name for sweep in sweeps]
    if len(set(names)) < len(names):
        raise InputError(f"--sweep names {', '.join(names)}: each field can run through one sweep only")
    _refuse_many(prod(len(sweep.values) for sweep in sweeps))
    for values in product(*(sweep.values for sweep in sweeps)):
        yield dict(zip(names, values, strict=True))


def _refuse_many(count: int) -> None:
    if count > MOST_CELLS:
        raise InputError(f"--sweep asks for {count} cells and at most {MOST_CELLS} are made: take a larger step")
