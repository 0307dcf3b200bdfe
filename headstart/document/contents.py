"""What a document says, in an order and in parts that LaTeX and Markdown share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from headstart.document.prose import markdown_prose

if TYPE_CHECKING:
    from theory.result import Derivation, Result

TITLE = "Fine-tuning: statements and derivations"
INTRODUCTION = (
    "Every formula below was derived by computer algebra from the definitions and the rules named in the "
    "steps; a step says in which sense its two sides are equal."
)
LONGEST_IN_A_BRACE, LONGEST_ROW = 24, 23  # letters and digits of a formula, and with its condition beside it


def heading(result: Result) -> str:
    """The statement in words, as a heading."""
    words = result.statement.words.rstrip(".")
    return words[:1].upper() + words[1:]


def displays(result: Result) -> list[tuple[str, str]]:
    """The formula as one display; cases too long for a brace as one display each, after their condition in words."""
    from theory.cases import cases
    from theory.latex import case_condition_latex, equation_latex, formula_latex, latex_of
    from theory.text import case_condition_text

    found = cases(result)
    values, conditions = (
        [_signs(f(case)) for case in found] for f in (lambda c: latex_of(c.value), case_condition_latex)
    )
    short = max(values) <= LONGEST_IN_A_BRACE and max(map(sum, zip(values, conditions, strict=True))) <= LONGEST_ROW
    if len(found) == 1 or short:
        return [("", formula_latex(result))]
    return [(case_condition_text(case), equation_latex(result, case)) for case in found]


def _signs(latex: str) -> int:
    return len(re.findall("[A-Za-z0-9]", re.sub(r"\\[A-Za-z]+", "", latex)))


def definitions(result: Result) -> list[tuple[str, str]]:
    """Numbers that an equation defines: their symbol, if it has to be solved for, and the equation."""
    from theory.latex import definition_latex, latex_of

    return [(latex_of(w.symbol) if w.formula is None else "", definition_latex(w)) for w in result.where]


def introduced(result: Result) -> Iterator[tuple[str, str]]:
    """The definitions, each after the words that lead to it: `where` is said once."""
    for number, (symbol, equation) in enumerate(definitions(result)):
        word = "where" if number == 0 else "and" if symbol else ""
        yield f"{word} ${symbol}$ solves" if symbol else word, equation


def unsaid_domain(derivation: Derivation) -> str:
    """The LaTeX of where a derivation holds, if its title does not say it."""
    from theory.latex import latex_of
    from theory.text import text_of

    said = derivation.domain == True or text_of(derivation.domain) in derivation.title  # noqa: E712 (SymPy's true)
    return "" if said else latex_of(derivation.domain)


def tellers(results: Sequence[Result]) -> dict[Derivation, str]:
    """The key of the first result that has a derivation: it tells the steps, the others refer to it."""
    told: dict[Derivation, str] = {}
    for result in results:
        for derivation in result.derivations:
            told.setdefault(derivation, result.key)
    return told


def notation(results: Sequence[Result]) -> list[tuple[str, str]]:
    """LaTeX and meaning of the symbols of the table of notation that occur."""
    from theory.notation import TABLE

    body = "\n".join(part for result in results for part in _mathematics(result))
    return [(entry.latex, entry.meaning) for entry in TABLE if _occurs(entry.latex, body)]


def _mathematics(result: Result) -> Iterator[str]:
    from theory.latex import formula_latex, step_latex

    yield formula_latex(result)
    yield from (part for definition in definitions(result) for part in definition if part)
    yield from map(step_latex, result.steps)
    prose = [assumption.text for assumption in result.given]
    prose += [text for step in result.steps for text in (step.because, *step.conditions)]
    for text in prose:
        yield from re.findall(r"\$([^$]+)\$", markdown_prose(text))


def _occurs(latex: str, body: str) -> bool:
    before = r"(?<![A-Za-z\\{])" if latex[0].isalpha() else ""
    return re.search(before + re.escape(latex) + r"(?![A-Za-z_])", body) is not None
