"""One claim: what is said, what it was compared with, what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from headstart.evidence import curves, decays, pairs, values
from headstart.evidence.formulas import definitions, formula, prose
from headstart.evidence.instances import differing
from headstart.evidence.markup import Markup, joined, tag
from headstart.evidence.numbers import counted, lasting, plural, shown
from headstart.evidence.tables import facts, table
from verify.evidence import Curve, Decay, Pairs
from verify.means import ROUNDING
from verify.report import deviation

if TYPE_CHECKING:
    from theory.result import Result
    from verify.report import Row
    from verify.verdict import Outcome

FIGURES: tuple[tuple[type | None, Callable[[Sequence[Outcome], str], Markup], str], ...] = (
    (None, values.figure, values.CAPTION),
    (Pairs, pairs.figure, pairs.CAPTION),
    (Curve, curves.figure, curves.CAPTION),
    (Decay, decays.figure, decays.CAPTION),
)
SIGNS = {"supported": "✓", "refuted": "✕", "undecided": "?", "vacuous": "∅"}


def badge(verdict: str) -> Markup:
    """The verdict, by sign, word and colour."""
    return tag("span", f"{SIGNS[verdict]} {verdict}", class_=f"badge {verdict}")


def anchor(key: str) -> str:
    """The place of a claim on the page."""
    return key.replace(".", "-")


def section(row: Row, result: Result, seed: int, failure: Markup | None = None) -> Markup:
    """Heading, formula, verdict in numbers, figures, and every single comparison."""
    words = result.statement.words.rstrip(".")
    heading = tag("h3", prose(words[:1].upper() + words[1:]), " ", badge(row.verdict), id=f"h-{anchor(row.key)}")
    given = [tag("li", prose(assumption.text)) for assumption in result.given]
    return tag(
        "section",
        heading,
        tag("p", tag("code", row.key), f", {result.kind}", class_="key"),
        formula(result),
        *(tag("p", sentence, class_="definition") for sentence in definitions(result)),
        tag("ul", *given, class_="given", aria_label="assumptions") if given else None,
        tag("p", "Compared: ", prose(row.check), ".", class_="compared"),
        failure,
        facts(_facts(row, seed)),
        _regimes(row) if len(row.regimes) > 1 else None,
        *_figures(row),
        tag("p", f"Remark: {row.note}.", class_="remark") if row.note else None,
        _instances(row.outcomes) if row.outcomes else None,
        id=anchor(row.key),
        aria_labelledby=f"h-{anchor(row.key)}",
    )


def _facts(row: Row, seed: int) -> list[tuple[str, str]]:
    spent = {
        account: sum(o.alpha for o in row.outcomes if o.place is not None and o.place.account == account)
        for account in ("certified", "pilot")
    }
    wrong = max((o.alpha_pass for o in row.outcomes), default=0.0)
    return [
        ("tests, and the error that each detects", _tests(row)),
        ("farthest off", farthest(row)),
        ("draws", f"{counted(row.draws)} at {plural(row.instances, 'instance')}"),
        ("variance certificate", row.certificate or "none"),
        ("alpha spent", ", ".join(f"{shown(a, 2)} ({account})" for account, a in spent.items() if a) or "0: no chance"),
        ("an error that large passes", f"with probability ≤ {shown(wrong, 2)}"),
        ("seed", str(seed)),
        ("time", lasting(row.seconds)),
    ]


def _tests(row: Row) -> str:
    """Each test with its resolutions and how often it was made."""
    said = []
    for test, count in Counter(outcome.test for outcome in row.outcomes).items():
        mine = sorted((o for o in row.outcomes if o.test == test), key=lambda o: o.relative_resolution or o.resolution)
        ends = dict.fromkeys(map(detectable, (mine[0], mine[-1])))
        said.append(f"{test}: {' to '.join(ends)}" + (f" ({count} times)" if count > 1 else ""))
    return "; ".join(said) or "none"


def detectable(outcome: Outcome) -> str:
    """The smallest error that a test detects: relative where the claim has a scale, and above rounding."""
    relative = outcome.relative_resolution
    if relative is None:
        return shown(outcome.resolution, 2)
    return f"{shown(100 * relative, 2)}%" if relative > ROUNDING else f"rounding, {shown(relative, 2)}"


def farthest(row: Row) -> str:
    """The number that fitted least well."""
    worst = max(row.outcomes, key=deviation, default=None)
    if worst is None:
        return "nothing was observed"
    return f"{shown(worst.observed, 5)} where {shown(worst.claimed, 5)} is claimed"


def _regimes(row: Row) -> Markup:
    counts = Counter(o.place.regime for o in row.outcomes if o.place is not None)
    rows = [[prose(name), badge(verdict), str(counts[name])] for name, verdict in row.regimes]
    return table("Verdict on each regime of the formula", ("regime", "verdict", ">instances"), rows, "regimes")


def _figures(row: Row) -> list[Markup]:
    kinds = tuple(kind for kind, _, _ in FIGURES if kind is not None)
    made = []
    for kind, figure, caption in FIGURES:
        mine = [
            o for o in row.outcomes if (isinstance(o.evidence, kind) if kind else not isinstance(o.evidence, kinds))
        ]
        if mine:
            drawn = tag("div", figure(mine, f"{row.key}: {row.check}"), class_="drawing", tabindex="0")
            made.append(tag("figure", drawn, tag("figcaption", caption)))
    return made


def _instances(outcomes: Sequence[Outcome]) -> Markup:
    """Every comparison, one a line."""
    named = differing(outcomes)
    head = (*(f">{sign}" for sign, _ in named), "part of the domain", ">claimed", ">observed", ">detectable error")
    rows = [
        [
            *(column[k] for _, column in named),
            prose(o.place.stratum) if o.place is not None else "",
            *(shown(number, 5) for number in (o.claimed, o.observed)),
            shown(o.resolution, 3),
            counted(o.draws),
            o.test,
            badge(o.verdict),
        ]
        for k, o in enumerate(outcomes)
    ]
    made = table("Every comparison", (*head, ">draws", "test", "verdict"), rows, "instances")
    return tag("details", tag("summary", f"Every comparison ({len(outcomes)})"), joined((made,)))
