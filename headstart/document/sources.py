"""The bibliography: every source that a set of results rests on, once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from headstart.document.escape import without_tex

if TYPE_CHECKING:
    from theory.references import Reference
    from theory.result import Result


def used(results: Iterable[Result]) -> list[Reference]:
    """Sources of the results and of their steps, whole, by year and name."""
    found: dict[str, Reference] = {}
    for result in results:
        for reference in (*result.references, *(step.reference for step in result.steps)):
            if reference is not None:
                found.setdefault(reference.key, reference.at(""))
    return sorted(found.values(), key=lambda r: (r.year, r.key))


def names(reference: Reference) -> str:
    """`Gal Shachaf, Alon Brutzkus and Amir Globerson`, accents still in LaTeX."""
    people = [" ".join(reversed(person.split(", ", 1))) for person in reference.authors.split(" and ")]
    return " and ".join([", ".join(people[:-1]), people[-1]]) if len(people) > 1 else people[0]


def bibitem(reference: Reference) -> str:
    """An entry of `thebibliography`."""
    venue = reference.venue.replace("arXiv:", "arXiv:\\allowbreak{}")
    return (
        f"\\bibitem{{{reference.key}}}\n{names(reference)}.\n\\newblock \\emph{{{reference.title}}}.\n"
        f"\\newblock {venue}, {reference.year}."
    )


def line(reference: Reference) -> str:
    """An entry as plain text."""
    where = f", {reference.where}" if reference.where else ""
    return without_tex(f"{names(reference)}. {reference.title}. {reference.venue}, {reference.year}{where}.")
