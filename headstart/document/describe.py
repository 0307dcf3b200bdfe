"""A result as data, complete: what `headstart show --format json` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headstart.document.escape import without_tex

if TYPE_CHECKING:
    from theory.references import Reference
    from theory.result import Derivation, Result, Step


def described(result: Result) -> dict[str, Any]:
    """Statement, regimes, assumptions, every step and every source; formulas both as text and as LaTeX."""
    statement = result.statement
    return {
        "key": result.key,
        "statement": {"words": statement.words, "text": statement.text, "latex": statement.latex},
        "kind": str(result.kind),
        "latex": result.latex(),
        "regimes": [
            {"name": regime.name, "condition": _formula(regime.condition), "value": _formula(regime.value)}
            for regime in result.regimes
        ],
        "where": [
            {"symbol": _formula(implicit.symbol), "equation": _formula(implicit.equation)} for implicit in result.where
        ],
        "given": [assumption.text for assumption in result.given],
        "derivations": [_derivation(derivation) for derivation in result.derivations],
        "references": [_reference(reference) for reference in result.references],
        "see_also": list(result.see_also),
    }


def _formula(value: Any) -> dict[str, str]:
    from theory.latex import latex_of
    from theory.text import text_of

    return {"text": text_of(value), "latex": latex_of(value)}


def _derivation(derivation: Derivation) -> dict[str, Any]:
    return {
        "title": derivation.title,
        "domain": _formula(derivation.domain),
        "steps": [_step(step) for step in derivation.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule,
        "because": step.because,
        "before": _formula(step.before),
        "after": _formula(step.after),
        "equality": str(step.equality),
        "conditions": list(step.conditions),
        "reference": _reference(step.reference) if step.reference is not None else None,
    }


def _reference(reference: Reference) -> dict[str, Any]:
    return {
        "key": reference.key,
        "authors": without_tex(reference.authors),
        "title": without_tex(reference.title),
        "venue": reference.venue,
        "year": reference.year,
        "where": reference.where,
        "bibtex": reference.bibtex,
    }
