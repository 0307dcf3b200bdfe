"""A result for the terminal."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

from headstart.document.sources import line

if TYPE_CHECKING:
    from theory.result import Derivation, Implicit, Result, Step

WIDTH = 100


def statement_plain(result: Result) -> str:
    """Key, statement and kind; the formula by regime; assumptions; sources; neighbours."""
    parts = [f"{result.key}  ({result.kind})", _folded(result.statement.words), _formula(result)]
    parts += [_definition(implicit) for implicit in result.where]
    if result.given:
        parts.append("Given\n" + "\n".join(_item(assumption.text) for assumption in result.given))
    if result.references:
        parts.append("Sources\n" + "\n".join(_item(line(reference)) for reference in result.references))
    if result.see_also:
        parts.append(f"See also {', '.join(result.see_also)}")
    return "\n\n".join(parts)


def _formula(result: Result) -> str:
    from theory.cases import cases
    from theory.text import case_condition_text, silence_text, text_of

    head = f"  {result.statement.text} ="
    rows = [(text_of(case.value), case_condition_text(case)) for case in cases(result)]
    width = max(len(value) for value, _ in rows)
    if len(rows) == 1:
        shown = [f"{head} {rows[0][0]}", f"    for {rows[0][1]}"]
    elif width <= WIDTH // 2:
        shown = [head, *(f"    {value:<{width}}   {condition}" for value, condition in rows)]
    else:
        shown = [head, *(f"    {condition}:\n      {value}" for value, condition in rows)]
    silence = silence_text(result)
    return "\n".join([*shown, *([f"  Here {silence}."] if silence else [])])


def _definition(implicit: Implicit) -> str:
    from theory.text import definition_text, text_of

    defined = definition_text(implicit)
    outright = implicit.formula is not None
    return f"  where {defined}" if outright else f"  where {text_of(implicit.symbol)} solves {defined}"


def derivations_plain(result: Result) -> str:
    """Every derivation, its steps numbered."""
    return "\n\n".join(_derivation(derivation) for derivation in result.derivations)


def _derivation(derivation: Derivation) -> str:
    steps = (_step(number, step) for number, step in enumerate(derivation.steps, 1))
    return "\n\n".join([f"Derivation: {derivation.title}", *steps])


def _step(number: int, step: Step) -> str:
    from theory.text import step_text

    conditions = "".join(f"; {condition}" for condition in step.conditions)
    source = f" [{line(step.reference)}]" if step.reference is not None else ""
    reason = fill(f"{step.because}{source}", WIDTH, initial_indent="     ", subsequent_indent="     ")
    return f"{number:3}. {step.rule} ({step.equality}{conditions})\n{reason}\n\n       {step_text(step)}"


def _folded(text: str) -> str:
    return fill(text, WIDTH)


def _item(text: str) -> str:
    return fill(text, WIDTH, initial_indent="  - ", subsequent_indent="    ")
