"""The results as Markdown with $$ mathematics, for notebooks and issue trackers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.document.sources import line, used
from headstart.document.tex import definitions_tex, formula_tex

if TYPE_CHECKING:
    from theory.result import Derivation, Result, Step


def document_markdown(results: Sequence[Result]) -> str:
    """Notation-free: a section for each result, then the sources."""
    sources = "\n".join(f"- {line(reference)}" for reference in used(results))
    parts = ["# Fine-tuning: statements and derivations", *(_section(result) for result in results)]
    return "\n\n".join([*parts, *([f"## Sources\n\n{sources}"] if sources else [])]) + "\n"


def _section(result: Result) -> str:
    words = result.statement.words.rstrip(".")
    given = "\n".join(f"- {_escaped(assumption.text)}" for assumption in result.given)
    parts = [
        f"## {_escaped(words[:1].upper() + words[1:])}",
        f"`{result.key}`, {result.kind}",
        _display(formula_tex(result)),
    ]
    parts += [f"where ${symbol}$ solves\n\n{_display(equation)}" for symbol, equation in definitions_tex(result)]
    parts += [f"Given:\n\n{given}"] if given else []
    return "\n\n".join([*parts, *(_derivation(derivation) for derivation in result.derivations)])


def _derivation(derivation: Derivation) -> str:
    steps = [_step(number, step) for number, step in enumerate(derivation.steps, 1)]
    return "\n\n".join([f"### {_escaped(derivation.title)}", *steps])


def _step(number: int, step: Step) -> str:
    from theory.latex import step_latex

    source = f" [{_escaped(str(step.reference))}]" if step.reference is not None else ""
    conditions = "".join(f"; {_escaped(condition)}" for condition in step.conditions)
    head = f"**{number}. {_escaped(step.rule)}** ({step.equality}{conditions}). {_escaped(step.because)}{source}"
    return f"{head}\n\n{_display(step_latex(step))}"


def _display(latex: str) -> str:
    return f"$$\n{latex.replace(chr(10) + chr(10), chr(10))}\n$$"


def _escaped(text: str) -> str:
    for character in "\\`*_<$":
        text = text.replace(character, f"\\{character}")
    return text
