"""Instance files and `--set`: text from outside is read as data and never evaluated."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from headstart.errors import InputError

SETTINGS = {
    "linear": ("numerics.linear", "Linear"),
    "deep_linear": ("numerics.deep_linear", "DeepLinear"),
    "frozen": ("numerics.frozen", "Frozen"),
    "probe": ("numerics.probe", "Probe"),
    "sequence": ("numerics.sequence", "TaskSequence"),
    "ridge": ("numerics.ridge", "Ridge"),
    "weight_average": ("numerics.weight_average", "WeightAverage"),
    "early_stopping": ("numerics.early_stopping", "EarlyStopping"),
    "relu": ("numerics.relu", "ReLU"),
}
WORDS = {("depth", "inf"), ("duration", "inf")}
"""The only text that `--set` takes as a value, and the only number of a file that may be infinite."""

NUMBER = re.compile(r"(?<![\w.+-])[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.+-])")


def read_fields(name: str | Path) -> dict[str, Any]:
    """The fields of a .json or .toml file, as they stand there; every number finite, no field twice."""
    path = Path(name)
    readers: dict[str, Callable[[str], Any]] = {".json": _json, ".toml": tomllib.loads}
    if path.suffix.lower() not in readers:
        raise InputError(f"{path}: an instance file ends in .json or .toml: rename it, or write one")
    try:
        fields = readers[path.suffix.lower()](path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the name") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text in UTF-8: save it as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is broken ({error}): correct it there") from error
    if not isinstance(fields, dict):
        raise InputError(
            f'{path} holds a {type(fields).__name__}: needed fields, {{"setting": "linear", "n": 10, ...}}'
        )
    for field, value in fields.items():
        if not _finite(value) and (field, str(value)) not in WORDS:
            raise InputError(f"{path}: {field} holds a number that is not finite: give a finite one")
    return fields


def _json(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice} is given twice")
    return fields


def _finite(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_finite(part) for part in value)
    return not isinstance(value, float) or math.isfinite(value)


def parse_assignments(assignments: Iterable[str]) -> dict[str, Any]:
    """`name=value`, the value a number or a JSON list of numbers, or the word of depth=inf."""
    fields: dict[str, Any] = {}
    for text in assignments:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise InputError(f"--set {text}: needed name=value, such as n=10 or source=[1,0]")
        if name in fields:
            raise InputError(f"--set gives {name} twice: give it once")
        fields[name] = _value(name, value)
    return fields


def _value(name: str, text: str) -> Any:
    if (name, text) in WORDS:
        return text
    shown = text if len(text) <= 40 else f"{text[:40]}..."
    try:
        value = _json(NUMBER.sub(_as_json, text))
    except (ValueError, RecursionError):
        value = None
    if not _numbers(value):
        raise InputError(
            f"--set {name}={shown}: the value must be a number or a list of numbers, such as 10 or [1,0.5]"
        )
    return value


def _as_json(found: re.Match[str]) -> str:
    """A decimal as JSON spells it: .5, 5. and +0.5 are 0.5, 5.0 and 0.5."""
    text = found.group()
    return repr(int(text) if text.lstrip("+-").isdigit() else float(text))


def _numbers(value: Any) -> bool:
    """Whether a value is a finite number, or a list of such values."""
    if isinstance(value, list):
        return all(map(_numbers, value))
    return type(value) in (int, float) and _finite(value)


def build(fields: Mapping[str, Any], where: str = "the instance") -> Any:
    """The validated instance of the setting that `fields` names."""
    known = ", ".join(SETTINGS)
    if "setting" not in fields:
        raise InputError(f'{where}: no setting is named: add "setting", one of: {known}')
    setting = fields["setting"]
    if not isinstance(setting, str) or setting not in SETTINGS:
        raise InputError(f"{where}: setting {json.dumps(setting, default=str)[:60]} is unknown: use one of: {known}")
    module, name = SETTINGS[setting]
    return getattr(import_module(module), name).from_fields({k: v for k, v in fields.items() if k != "setting"})


def simulator(instance: Any) -> Any:
    """The module that simulates an instance."""
    for module, name in SETTINGS.values():
        if type(instance).__name__ == name and type(instance).__module__.startswith(module):
            return import_module(module)
    raise InputError(f"{type(instance).__name__} is not an instance of a setting: make one with headstart.load")


def fields_of(instance: Any) -> dict[str, Any]:
    """The fields of an instance, or of a mapping, its setting among them where it is named."""
    return dict(instance) if isinstance(instance, Mapping) else dict(instance.fields())
