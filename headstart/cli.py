"""The command line: how commands are called, and how they end.

Exit codes: 0 fine, 1 a claim is not supported or a derivation stops, 2 bad input (a line on standard error), 130
interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from headstart.errors import InputError, OutputClosed, is_bad_input, is_broken, one_line
from headstart.options import (
    Assignments,
    Executor,
    File,
    Form,
    FreshSeed,
    Json,
    Key,
    Keys,
    Law,
    Precision,
    Quantiles,
    Quantity,
    Quiet,
    Seconds,
    Seed,
    SomeExecutor,
    Store,
    Sweeps,
    Tier,
    TierName,
    Trials,
)
from headstart.output import emit, note

FINE, UNSUPPORTED, BAD_INPUT, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141

app = typer.Typer(
    name="headstart",
    help="The exact theory of fine-tuning: derived, simulated and verified.",
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def headstart(
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version.")] = False,
) -> int:
    """The exact theory of fine-tuning: derived, simulated and verified."""
    if version:
        from headstart.version import installed_version

        emit(f"headstart {installed_version()}")
        raise typer.Exit
    return FINE


@app.command("list")
def list_(as_json: Json = False) -> int:
    """Every result, one line each, and how it stands."""
    from headstart.commands import listing

    return listing.run(as_json=as_json)


@app.command()
def show(
    key: Key,
    steps: Annotated[bool, typer.Option("--steps", help="With the derivation, step by step.")] = False,
    cite: Annotated[bool, typer.Option("--cite", help="With BibTeX entries of the sources.")] = False,
    form: Annotated[Form, typer.Option("--format", help="text, latex, or json (which holds everything).")] = Form.TEXT,
) -> int:
    """A formula, its assumptions, derivation and sources."""
    from headstart.commands import showing

    return showing.run(key, steps=steps, cite=cite, form=form)


@app.command()
def evaluate(
    key: Key,
    file: Annotated[str | None, typer.Argument(metavar="[INSTANCE_FILE]", help="An instance, .json or .toml.")] = None,
    assignments: Assignments = None,
    confidence: Annotated[float | None, typer.Option(help="Confidence of a quantile or bound.")] = None,
    risk: Annotated[float | None, typer.Option(help="Risk to reach, for samples needed.")] = None,
    sweeps: Sweeps = None,
    csv_file: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Write the table of a sweep here.")
    ] = None,
    as_json: Json = False,
) -> int:
    """The number of a formula; a table with --sweep."""
    from headstart.commands import evaluating
    from headstart.commands.gathering import gather

    gathered = gather(file, assignments or (), sweeps or (), confidence=confidence, risk=risk)
    return evaluating.run(key, gathered, csv_file=csv_file, as_json=as_json)


@app.command()
def bound(
    file: File,
    confidence: Annotated[float, typer.Option(help="Probability with which the bound holds.")] = 0.95,
    side: Annotated[str, typer.Option(help="upper: how large the risk can be; lower: how small.")] = "upper",
    measure: Annotated[
        int | None, typer.Option(metavar="TRIALS", min=2, help="Simulate so many risks: how tight are the bounds?")
    ] = None,
    seed: Seed = 0,
    assignments: Assignments = None,
    as_json: Json = False,
) -> int:
    """How large, or how small, the excess risk can be, with a stated probability: every bound, best first."""
    from headstart.commands import bounding
    from headstart.commands.gathering import gather

    gathered = gather(file, assignments or ())
    return bounding.run(gathered, confidence=confidence, side=side, trials=measure, seed=seed, as_json=as_json)


@app.command()
def constant(
    file: File,
    confidence: Annotated[float, typer.Option(help="Probability with which the bound holds.")] = 0.95,
    trials: Annotated[int, typer.Option(min=2, help="Simulated risks.")] = 20_000,
    seed: Seed = 0,
    assignments: Assignments = None,
    as_json: Json = False,
) -> int:
    """The smallest constant with which the papers' bound, linear.quoted_bound, holds in simulation."""
    from headstart.commands import bounding
    from headstart.commands.gathering import gather

    gathered = gather(file, assignments or ())
    return bounding.run_constant(gathered, confidence=confidence, trials=trials, seed=seed, as_json=as_json)


@app.command()
def samples(
    file: File,
    risk: Annotated[float, typer.Option(help="The excess risk that is tolerated.")],
    confidence: Annotated[float, typer.Option(help="Probability with which it is not exceeded.")] = 0.95,
    assignments: Assignments = None,
    as_json: Json = False,
) -> int:
    """How many target samples keep the excess risk small, from the source and from zero."""
    from headstart.commands import bounding
    from headstart.commands.gathering import gather

    gathered = gather(file, assignments or ())
    return bounding.run_samples(gathered, risk=risk, confidence=confidence, as_json=as_json)


@app.command()
def noise(
    file: File,
    risk: Annotated[float, typer.Option(help="The excess risk that is tolerated.")],
    confidence: Annotated[float, typer.Option(help="Probability with which it is not exceeded.")] = 0.95,
    assignments: Assignments = None,
    as_json: Json = False,
) -> int:
    """How loud the label noise may be for the excess risk to stay small."""
    from headstart.commands import bounding
    from headstart.commands.gathering import gather

    gathered = gather(file, assignments or ())
    return bounding.run_noise(gathered, risk=risk, confidence=confidence, as_json=as_json)


@app.command()
def sources(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Instances that differ in their source.")],
    confidence: Annotated[float, typer.Option(help="Probability with which all bounds hold.")] = 0.95,
    as_json: Json = False,
) -> int:
    """Which of several sources is the best, between bounds on the risk of each."""
    from headstart.commands import bounding
    from headstart.commands.gathering import gather

    named = {file: gather(file, ()).fixed for file in files}
    return bounding.run_sources(named, confidence=confidence, as_json=as_json)


@app.command()
def simulate(
    file: File,
    seed: Seed,
    trials: Trials = None,
    precision: Precision = None,
    seconds: Seconds = None,
    quantity: Quantity = "risk",
    law: Law = Law.AUTO,
    quantiles: Quantiles = None,
    assignments: Assignments = None,
    store: Store = None,
    executor: Executor = "threads",
    quiet: Quiet = False,
    as_json: Json = False,
) -> int:
    """The mean over independent trials, with its standard error."""
    from headstart.commands import simulating
    from headstart.commands.gathering import gather

    how = simulating.How(
        trials, precision, seconds, seed, quantity, law.value, tuple(quantiles or ()), store, executor, quiet
    )
    return simulating.run(gather(file, assignments or ()), how, as_json=as_json)


@app.command()
def sweep(
    file: File,
    seed: Seed,
    sweeps: Sweeps = None,
    trials: Trials = None,
    precision: Precision = None,
    seconds: Seconds = None,
    quantity: Quantity = "risk",
    law: Law = Law.AUTO,
    quantiles: Quantiles = None,
    assignments: Assignments = None,
    store: Store = None,
    executor: Executor = "threads",
    quiet: Quiet = False,
    as_json: Json = False,
) -> int:
    """The same over a grid of instances, all from one seed."""
    from headstart.commands import simulating, sweeping
    from headstart.commands.gathering import gather

    how = simulating.How(
        trials, precision, seconds, seed, quantity, law.value, tuple(quantiles or ()), store, executor, quiet
    )
    return sweeping.run(gather(file, assignments or (), sweeps or ()), how, as_json=as_json)


@app.command()
def runs(
    store: Annotated[str, typer.Argument(metavar="STORE", help="A file that --store wrote.")],
    to: Annotated[str | None, typer.Option("--to", metavar="FILE", help="Write here: .csv or .parquet.")] = None,
    quantiles: Quantiles = None,
    as_json: Json = False,
) -> int:
    """What a store holds: an estimate for each run."""
    from headstart.commands import keeping

    return keeping.run(store, to=to, levels=tuple(quantiles or ()), as_json=as_json)


@app.command()
def verify(
    keys: Keys = None,
    tier: TierName = Tier.CHANGE,
    seed: FreshSeed = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the verdicts, with every step checked.")] = False,
    store: Annotated[
        str | None, typer.Option(metavar="FILE", help="Keep every finished check in this file, and go on from those.")
    ] = None,
    executor: SomeExecutor = None,
    quiet: Quiet = False,
    report: Annotated[
        str | None, typer.Option("--report", metavar="DIR", help="Write the evidence here: HTML, JSON, JUnit XML.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Theory against simulation; 1 unless all is supported."""
    from headstart.commands import verifying

    how = verifying.How(tier.value, seed, executor, store, quiet)
    return verifying.run(keys or (), how, as_json=as_json, record=record, to=report)


@app.command()
def mutants(
    keys: Keys = None,
    tier: TierName = Tier.NIGHTLY,
    seed: FreshSeed = None,
    every: Annotated[int, typer.Option(min=1, help="Try one mutant in so many: which, the seed says.")] = 1,
    store: Annotated[
        str | None, typer.Option(metavar="FILE", help="Keep every finished batch in this file, and go on from those.")
    ] = None,
    executor: Executor = "processes",
    quiet: Quiet = False,
    as_json: Json = False,
) -> int:
    """Formulas made wrong on purpose: 1 unless each is refuted, or proved to say the same, or too close to tell."""
    from headstart.commands import mutating

    how = mutating.How(tier.value, seed, every, executor, store, quiet)
    return mutating.run(keys or (), how, as_json=as_json)


@app.command()
def assumptions(
    keys: Keys = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> int:
    """What results assume, dropped one thing at a time: needed, with a counterexample, or not."""
    from headstart.commands import assuming

    return assuming.run(keys or (), seed=seed, as_json=as_json)


@app.command()
def coverage(
    instances: Annotated[int, typer.Option(min=0, help="Random instances, beside the grid.")] = 1000,
    largest: Annotated[int, typer.Option(min=0, help="No grid beyond so many features.")] = 1000,
    seed: Seed = 0,
    executor: Executor = "threads",
    as_json: Json = False,
) -> int:
    """Whether bounds hold as often as they say, on a grid of covariances and sizes and on random instances."""
    from headstart.commands import covering

    return covering.run(instances=instances, largest=largest, seed=seed, executor=executor, as_json=as_json)


@app.command()
def export(
    to: Annotated[str, typer.Option("--to", metavar="FILE", help="Where to write: .tex, .pdf or .md.")],
    keys: Keys = None,
) -> int:
    """Statements, assumptions and derivations as a document."""
    from headstart import api

    emit(f"wrote {api.export(*(keys or ()), to=to)}")
    return FINE


@app.command()
def plot(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A result, or an experiment such as frozen.freezing.")],
    to: Annotated[str, typer.Option("--to", metavar="FILE", help="Where to draw: .png or .pdf.")],
    file: Annotated[str | None, typer.Argument(metavar="[INSTANCE_FILE]", help="An instance, .json or .toml.")] = None,
    sweeps: Sweeps = None,
    assignments: Assignments = None,
    seed: Seed = 0,
    trials: Annotated[int, typer.Option(min=2, help="Trials behind each point.")] = 400,
) -> int:
    """A formula as a line through simulated points."""
    from headstart.commands import drawing
    from headstart.commands.gathering import gather

    return drawing.run(key, gather(file, assignments or (), sweeps or ()), to=to, seed=seed, trials=trials)


@app.command()
def reproduce(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An experiment, or `list`.")],
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Where to write.")] = ".",
    scale: Annotated[str, typer.Option("--scale", metavar="quick|full", help="How many trials.")] = "quick",
    seed: Seed = 0,
    store: Store = None,
    executor: Executor = "threads",
    quiet: Quiet = False,
) -> int:
    """A paper's experiment, by theory and simulation: PNG, PDF, CSV and a finding."""
    from headstart.commands import reproducing

    return reproducing.run(name, reproducing.How(scale, seed, executor, store, quiet), out=out)


@app.command()
def predict(
    data: Annotated[str, typer.Option("--data", metavar="FILE", help="A target sample: CSV, its first line names.")],
    target: Annotated[str, typer.Option("--target", metavar="COLUMN", help="The column that is the label.")],
    weights: Annotated[
        list[str],
        typer.Option(
            "--source-weights",
            metavar="FILE",
            help="Weights of a source: a JSON list, or object by column, or numbers in a text file. May be repeated.",
        ),
    ],
    samples: Annotated[
        int | None, typer.Option(metavar="N", help="Target samples to fine-tune on; as many as there are.")
    ] = None,
    risk: Annotated[float | None, typer.Option(help="An excess risk that is wanted: how many samples?")] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of every interval.")] = 0.95,
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> int:
    """Your own table before fine-tuning: which source to start from, how many samples, whether to freeze."""
    from headstart.commands import predicting

    how = predicting.How(data, target, weights, samples, risk, confidence, seed, quiet)
    return predicting.run(how, as_json=as_json)


@app.command()
def demo() -> int:
    """Derive every result, simulate, compare: the verdicts."""
    from headstart.commands import demonstrating

    return demonstrating.run()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; the console script calls this."""
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except OutputClosed:
        _silence_stdout()
        return PIPE_CLOSED
    except Exception as error:
        complaint = _complaint(error)
        if complaint is None:
            raise
        note(complaint)
        if isinstance(error.__cause__, OSError):
            _silence_stdout()
        return UNSUPPORTED if is_broken(error) else BAD_INPUT


def _run(arguments: list[str]) -> int:
    from headstart import layers

    layers.require()
    code = app(arguments or ["--help"], prog_name="headstart", standalone_mode=False)
    return _interrupted() if code == INTERRUPTED else int(code or FINE)


def _complaint(error: Exception) -> str | None:
    """The line to print about an error that is the user's to mend, or a derivation that stops; None for another."""
    usage = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
    if isinstance(error, usage):
        said: str = getattr(error, "format_message", error.__str__)()
        return one_line(InputError(said.rstrip("."))) + "; see headstart --help"
    return one_line(error) if is_bad_input(error) or is_broken(error) else None


def _interrupted() -> int:
    note("interrupted")
    return INTERRUPTED


def _silence_stdout() -> None:
    """Nobody reads: let Python's last flush go nowhere instead of failing."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
