"""How each result stands: the verdicts of the last recorded run, tied to the formulas they were about."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from theory.catalogue import keys, result
from theory.text import result_text, step_text
from verify.report import Report
from verify.step_suite import StepCount, count_steps

NAME = "record.json"


def digest(key: str) -> str:
    """A fingerprint of a result: its statement, formulas, assumptions, domains and every step of its derivations."""
    found = result(key)
    domains = [str(part) for part in (*(r.condition for r in found.regimes), *(d.domain for d in found.derivations))]
    text = "\n".join([result_text(found), *domains, *(f"{s.rule}: {step_text(s)}" for s in found.steps)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def recorded() -> dict[str, Any]:
    """The recorded run, as shipped; empty if there is none."""
    return dict(json.loads(place().read_text(encoding="utf-8"))) if place().is_file() else {}


def standing(key: str) -> str:
    """One phrase: the recorded verdict, resolution, exact relations and steps, or that none is of this formula."""
    entry = recorded().get("results", {}).get(key)
    if entry is None:
        return "not verified"
    if entry["digest"] != digest(key):
        return "changed since it was verified"
    return f"{entry['verdict']} ({entry['resolution']}), {entry['relations']} relations, {entry['steps']} steps"


def record_of(report: Report, steps: Mapping[str, StepCount]) -> dict[str, Any]:
    """A run as plain data, one entry a result."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "seed": report.seed,
        "versions": report.versions,
        "results": {
            row.key: {
                "verdict": str(row.verdict),
                "resolution": row.resolution,
                "relations": _holding(report, row.key),
                "steps": str(steps[row.key]),
                "digest": digest(row.key),
            }
            for row in report.rows
        },
    }


def _holding(report: Report, key: str) -> str:
    """How many exact relations of a result hold, of how many: `3/3`."""
    own = [found.verdict == "supported" for found in report.exact if found.relation.key == key]
    return f"{sum(own)}/{len(own)}"


def place() -> Path:
    """Where the record is kept: beside this module."""
    return Path(str(files("verify").joinpath(NAME)))


def record_text(report: Report) -> str:
    """The record with what a run found in it, every step of these results' derivations checked, as it is kept.

    What is recorded of other results stays, if it was found from the same seed by the same versions; else raises
    ValueError.
    """
    named = tuple(dict.fromkeys(row.key for row in report.rows))
    found = record_of(report, count_steps(report.seed, named))
    if set(named) != set(keys()):
        before = recorded()
        if (before.get("seed"), before.get("versions")) != (report.seed, report.versions):
            raise ValueError("what is recorded of other results is of another seed, or of other versions: verify all")
        found["results"] = {k: entry for k, entry in before["results"].items() if k in keys()} | found["results"]
    return json.dumps(found, indent=1, sort_keys=True) + "\n"
