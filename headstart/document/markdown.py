"""The results as Markdown with mathematics between dollars, for notebooks and issue trackers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.document.contents import (
    INTRODUCTION,
    TITLE,
    displays,
    heading,
    introduced,
    notation,
    tellers,
    unsaid_domain,
)
from headstart.document.escape import markdown_escaped, without_tex
from headstart.document.prose import markdown_prose
from headstart.document.sources import line, used
from headstart.version import installed_version

if TYPE_CHECKING:
    from theory.result import Derivation, Result, Step


def document_markdown(results: Sequence[Result]) -> str:
    """Notation, a section for each result, references: what the article has, in its order."""
    told = tellers(results)
    symbols = "\n".join(f"- ${latex}$: {markdown_prose(meaning)}" for latex, meaning in notation(results))
    sources = "\n".join(f"- {markdown_escaped(line(reference))}" for reference in used(results))
    parts = [
        f"# {TITLE}",
        f"headstart {markdown_escaped(installed_version())}",
        INTRODUCTION,
        f"## Notation\n\n{symbols}",
        *(_section(result, told) for result in results),
    ]
    return "\n\n".join([*parts, *([f"## References\n\n{sources}"] if sources else [])]) + "\n"


def _section(result: Result, told: dict[Derivation, str]) -> str:
    from theory.text import silence_text

    parts = [f"## {markdown_prose(heading(result))}", f"`{result.key}`, {result.kind}"]
    for condition, latex in displays(result):
        parts += [f"{markdown_prose(condition)}:"] if condition else []
        parts.append(_display(latex))
    for words, equation in introduced(result):
        parts += [words, _display(equation)] if words else [_display(equation)]
    if silence := silence_text(result):
        parts.append(f"Here {markdown_prose(silence)}.")
    if result.given:
        parts.append("Given:\n\n" + "\n".join(f"- {markdown_prose(assumption.text)}" for assumption in result.given))
    derivations = [_derivation(derivation, told[derivation], result.key) for derivation in result.derivations]
    return "\n\n".join([*parts, *derivations])


def _derivation(derivation: Derivation, teller: str, key: str) -> str:
    title = f"### Derivation, {markdown_prose(derivation.title)}" if derivation.title else "### Derivation"
    domain = unsaid_domain(derivation)
    steps = [_step(number, step) for number, step in enumerate(derivation.steps, 1)]
    told = steps if teller == key else [f"As for `{teller}`."]
    return "\n\n".join([title + (f" (${domain}$)" if domain else ""), *told])


def _step(number: int, step: Step) -> str:
    from theory.latex import step_latex

    source = f" [{markdown_escaped(without_tex(str(step.reference)))}]" if step.reference is not None else ""
    conditions = "".join(f"; {markdown_prose(condition)}" for condition in step.conditions)
    name = markdown_prose(step.rule.capitalize())
    reason = f"{markdown_prose(step.because)}{source}"
    return f"**{number}. {name}** ({step.equality}{conditions}). {reason}\n\n{_display(step_latex(step))}"


def _display(latex: str) -> str:
    return f"$$\n{latex}\n$$"
