"""Arguments and options of the commands, each said once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Form(StrEnum):
    """How `show` prints."""

    TEXT = "text"
    LATEX = "latex"
    JSON = "json"


class Law(StrEnum):
    """Which simulator draws."""

    AUTO = "auto"
    FAST = "fast"
    LITERAL = "literal"
    CLOSED = "closed"
    REFERENCE = "reference"
    EXACT = "exact"


class Tier(StrEnum):
    """How sharp a verification is; `verify.tiers` says what each means."""

    CHANGE = "change"
    NIGHTLY = "nightly"
    RELEASE = "release"


Key = Annotated[str, typer.Argument(metavar="KEY", help="A result, such as linear.risk; `headstart list` names them.")]
Keys = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY]...", help="Results; a setting for all of its own; all if none is named."),
]
File = Annotated[str, typer.Argument(metavar="INSTANCE_FILE", help="An instance, .json or .toml.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of every random stream.")]
FreshSeed = Annotated[
    int | None, typer.Option("--seed", min=0, help="Seed of every random stream; by default that of the tier.")
]
TierName = Annotated[Tier, typer.Option("--tier", help="How sharp: errors of 1%, of 0.2% from a fresh seed, of 0.1%.")]
Assignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Set a field: a number or a JSON list of numbers. May be repeated.",
    ),
]
Sweeps = Annotated[
    list[str] | None,
    typer.Option(
        "--sweep",
        metavar="NAME=START:STOP:STEP",
        help="Let a field run; the stop is included where a step lands on it; or NAME=A,B,C. May be repeated: a grid.",
    ),
]
Trials = Annotated[int | None, typer.Option(help="Number of trials.")]
Precision = Annotated[float | None, typer.Option(metavar="REL", help="Relative standard error to reach.")]
Seconds = Annotated[float | None, typer.Option(metavar="S", help="Stop after so long, alone or beside the others.")]
Quantity = Annotated[str, typer.Option(help="What to average.")]
Quantiles = Annotated[
    list[float] | None,
    typer.Option("--quantile", metavar="P", help="A sample quantile too, at level P. May be repeated."),
]
Store = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Keep every finished batch in this file, and go on from those in it."),
]
EXECUTORS = "threads, threads:N, processes:N or dask:ADDRESS; the bits are the same."
Executor = Annotated[str, typer.Option(metavar="NAME", help=EXECUTORS)]
SomeExecutor = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=EXECUTORS,
        show_default="threads for results that are named, processes for all",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on the terminal.")]
