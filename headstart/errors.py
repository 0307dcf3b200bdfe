"""What counts as bad input, and how it reads: one line that says what, what was got, and what to do."""

from __future__ import annotations

import sys

LAYER_ERRORS = (
    ("theory.catalogue", "UnknownResult"),
    ("theory.evaluation", "EvaluationError"),
    ("theory.notation", "FieldError"),
    ("numerics.instance", "InstanceError"),
    ("numerics.store", "StoreError"),
    ("numerics.workers", "WorkersError"),
    ("verify.lines", "JournalError"),
    ("verify.tiers", "UnknownTier"),
)


class InputError(ValueError):
    """Bad input to the front door; its text is one line."""


class HiddenLayer(ImportError):
    """A package of headstart is hidden by somebody else's file of that name, or missing."""


class OutputClosed(Exception):
    """The reader of our output has gone (`headstart list | head -1`)."""


def is_bad_input(error: BaseException) -> bool:
    """Whether an error is about what the user gave or has.  Only layers that are imported can have raised one."""
    kinds = [getattr(sys.modules[module], name, None) for module, name in LAYER_ERRORS if module in sys.modules]
    return isinstance(error, (InputError, HiddenLayer, *(kind for kind in kinds if kind is not None)))


def is_broken(error: BaseException) -> bool:
    """Whether an error says that a result cannot be derived."""
    broken = getattr(sys.modules.get("theory.catalogue"), "DerivationStops", None)
    return broken is not None and isinstance(error, broken)


def one_line(error: BaseException) -> str:
    """The text of an error without line breaks; a KeyError without the quotes that Python adds."""
    lone = error.args[0] if isinstance(error, KeyError) and len(error.args) == 1 else error
    return " ".join(str(lone).split())
