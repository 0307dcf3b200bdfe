"""Parts of a result in LaTeX: statement, assumptions, derivations.

A formula that is wider than the line is broken by TeX itself where mathematics may be broken: see `FIT` in
`headstart.document.article`.  For reading outside the article the same parts use plain displays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from headstart.document.prose import tex_prose

if TYPE_CHECKING:
    from theory.references import Reference
    from theory.result import Derivation, Result, Step

RELATIONS = {"law": "\\sim", "asymptotic": "\\simeq"}

Display = Callable[[str], str]


def bracketed(latex: str) -> str:
    """A plain display."""
    return f"\\[\n{latex}\n\\]"


def fitted(latex: str) -> str:
    """A display that breaks when it is too wide; the macro is part of the article."""
    return f"\\fit{{{latex}}}"


def statement_tex(result: Result, display: Display = bracketed) -> str:
    """The formula, where each case of it holds, and what it assumes."""
    wide = display if len(result.regimes) == 1 or display is bracketed else _shrunk
    parts = [("\\leavevmode" if display is fitted else "") + wide(formula_tex(result))]
    parts += [
        f"\\noindent where ${symbol}$ solves\n{display(equation)}" for symbol, equation in definitions_tex(result)
    ]
    if result.given:
        items = "\n".join(f"  \\item {_sentence(tex_prose(assumption.text))}" for assumption in result.given)
        parts.append(f"\\noindent Given:\n\\begin{{itemize}}\\itemsep=0pt\n{items}\n\\end{{itemize}}")
    return "\n".join(parts)


def _shrunk(latex: str) -> str:
    return f"\\fitcases{{{latex}}}"


def formula_tex(result: Result) -> str:
    """left-hand side = formula, or = cases, each with where it holds."""
    from theory.latex import latex_of, regime_condition_latex

    relation = RELATIONS.get(str(result.kind), "=")
    if len(result.regimes) == 1:
        return f"{result.statement.latex} {relation} {latex_of(result.regimes[0].value)}"
    rows = (f"\\displaystyle {latex_of(regime.value)}, & {regime_condition_latex(regime)}" for regime in result.regimes)
    body = " \\\\[2.4ex]\n".join(rows)
    return f"{result.statement.latex} {relation}\n\\begin{{cases}}\n{body}\n\\end{{cases}}"


def definitions_tex(result: Result) -> list[tuple[str, str]]:
    """Numbers that the formula uses and an equation defines: symbol and equation."""
    from theory.latex import latex_of

    return [(latex_of(implicit.symbol), latex_of(implicit.equation)) for implicit in result.where]


def derivation_tex(derivation: Derivation, display: Display = bracketed, *, cited: bool = False) -> str:
    """Title, where it holds, numbered steps."""
    if not derivation.steps:
        return f"\\paragraph{{{title_tex(derivation)}}} Nothing is left to derive."
    steps = "\n".join(_step(step, display, cited) for step in derivation.steps)
    return f"\\subsubsection*{{{title_tex(derivation)}}}\n\\begin{{enumerate}}\n{steps}\n\\end{{enumerate}}"


def title_tex(derivation: Derivation) -> str:
    """`Derivation, n < d.`, and the domain where the title does not say it."""
    from theory.latex import latex_of
    from theory.text import text_of

    shown = f", {tex_prose(derivation.title)}" if derivation.title else ""
    if derivation.domain != True and text_of(derivation.domain) not in derivation.title:  # noqa: E712 (SymPy's true)
        shown += f" (${latex_of(derivation.domain)}$)"
    return f"Derivation{shown}."


def _step(step: Step, display: Display, cited: bool) -> str:
    from theory.latex import step_latex

    reasons = [tex_prose(step.because)] if step.because else []
    if step.reference is not None:
        reasons.append(_source(step.reference, cited))
    conditions = "; ".join(tex_prose(condition) for condition in step.conditions)
    head = f"\\emph{{{tex_prose(step.rule.capitalize())}}} ({step.equality}"
    head += f"; {conditions})." if conditions else ")."
    return f"  \\item {head} {' '.join(_sentence(reason) for reason in reasons)}\n{display(step_latex(step))}"


def _source(reference: Reference, cited: bool) -> str:
    where = tex_prose(reference.where)
    if cited:
        return f"\\cite[{{{where}}}]{{{reference.key}}}" if where else f"\\cite{{{reference.key}}}"
    return tex_prose(f"{reference}")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."
