"""What the instances of every setting have in common: their fields decide them, and they are read back from these."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Self

import numpy as np

from numerics.instance import InstanceError, known_keys, present_keys, shown


class ByFields(ABC):
    """A frozen dataclass that is named, compared and pickled by its fields, as plain data."""

    @classmethod
    @abstractmethod
    def from_fields(cls, mapping: Mapping[str, object]) -> Self:
        """The instance with these fields; `InstanceError` for anything else."""

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """The fields that are set, as plain Python values fit for JSON; `from_fields` reads them back."""

    def digest(self) -> str:
        """Sixteen hexadecimal digits that name the instance: SHA-256 of its fields."""
        return hashlib.sha256(json.dumps(self.fields(), sort_keys=True).encode()).hexdigest()[:16]

    def __eq__(self, other: object) -> bool:
        """Equal when every field is."""
        return self.fields() == other.fields() if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by its fields, so that a copy is checked and read-only too."""
        return type(self).from_fields, (self.fields(),)


def read(kind: type[Any], setting: str, needed: Sequence[str], mapping: Mapping[str, object]) -> dict[str, Any]:
    """What `mapping` says of a dataclass: its known fields, all that are needed, and its setting if any."""
    names = [field.name for field in fields(kind)]
    known_keys(mapping, ["setting", *names])
    if mapping.get("setting", setting) != setting:
        raise InstanceError(f"setting={shown(mapping['setting'])}: needs '{setting}'; write that.")
    present_keys(mapping, needed)
    return {name: mapping[name] for name in names if name in mapping}


def told(instance: Any, setting: str) -> dict[str, Any]:
    """The fields of a dataclass that are not None, arrays as lists, and its setting."""
    values = {field.name: getattr(instance, field.name) for field in fields(instance)}
    given = {key: value for key, value in values.items() if value is not None}
    return {"setting": setting} | {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in given.items()}
