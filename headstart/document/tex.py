"""Parts of a result in LaTeX: statement, assumptions, derivations.

A formula that is wider than the line is broken by TeX itself where mathematics may be broken: see `FIT` in
`headstart.document.article`.  For reading outside the article the same parts use plain displays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from headstart.document.contents import displays, introduced, unsaid_domain
from headstart.document.escape import without_tex
from headstart.document.prose import tex_prose

if TYPE_CHECKING:
    from theory.references import Reference
    from theory.result import Derivation, Result, Step

Display = Callable[[str], str]


def bracketed(latex: str) -> str:
    """A plain display."""
    return f"\\[\n{latex}\n\\]"


def fitted(latex: str) -> str:
    """A display that breaks when it is too wide; the macro is part of the article."""
    return f"\\fit{{{latex}}}"


def statement_tex(result: Result, display: Display = bracketed) -> str:
    """The formula, where each case of it holds, and what it assumes."""
    from theory.text import silence_text

    parts = [_formula(displays(result), display)]
    for words, equation in introduced(result):
        parts.append(f"\\noindent {words}\n{display(equation)}" if words else display(equation))
    if silence := silence_text(result):
        parts.append(f"\\noindent Here {tex_prose(silence)}.\n")
    if result.given:
        items = [_sentence(tex_prose(assumption.text)) for assumption in result.given]
        parts.append(f"\\noindent Given:\n{_itemized(items)}")
    return "\n".join(parts)


def _formula(shown: list[tuple[str, str]], display: Display) -> str:
    """One display, or a list of them, each after its condition."""
    start = "\\leavevmode" if display is fitted else ""
    if len(shown) == 1:
        return start + display(shown[0][1])
    return start + _itemized([f"{tex_prose(condition)}:\n{display(latex)}" for condition, latex in shown])


def _itemized(items: list[str]) -> str:
    listed = "\n".join(f"  \\item {item}" for item in items)
    return f"\\begin{{itemize}}\\itemsep=0pt\n{listed}\n\\end{{itemize}}"


def derivation_tex(derivation: Derivation, display: Display = bracketed, *, cited: bool = False) -> str:
    """Title, where it holds, numbered steps."""
    if not derivation.steps:
        return f"\\paragraph{{{title_tex(derivation)}}} Nothing is left to derive."
    steps = "\n".join(_step(step, display, cited) for step in derivation.steps)
    return f"\\subsubsection*{{{title_tex(derivation)}}}\n\\begin{{enumerate}}\n{steps}\n\\end{{enumerate}}"


def title_tex(derivation: Derivation) -> str:
    """`Derivation, n < d.`, and the domain where the title does not say it."""
    shown = f", {tex_prose(derivation.title)}" if derivation.title else ""
    domain = unsaid_domain(derivation)
    return f"Derivation{shown}{f' (${domain}$)' if domain else ''}."


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
    return tex_prose(without_tex(str(reference)))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."
