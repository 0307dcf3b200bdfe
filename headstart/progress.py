"""How far a simulation is, on standard error, for people who look at a terminal."""

from __future__ import annotations

import math
import sys
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numerics.moments import Moments
    from numerics.stopping import Goal

NORMAL_95 = 1.96
MEMORY = 100  # batches over which the rate is taken
Watch = Callable[["Moments"], None]


@contextmanager
def meter(goal: Goal, *, quiet: bool) -> Generator[Callable[[str], Watch | None], None, None]:
    """A function from a label to what a simulation of that label calls after every batch; None if nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.fields[label]}"), BarColumn(bar_width=20), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", label="", total=None)

        def watch_for(label: str) -> Watch:
            start = time.monotonic()
            seen: deque[tuple[float, int]] = deque(maxlen=MEMORY)
            progress.reset(task, total=None, label=label, description="")

            def watch(moments: Moments) -> None:
                now = time.monotonic()
                seen.append((now, moments.count))
                rate, left = rate_of(seen), remaining(goal, moments, rate_of(seen), now - start)
                share = (now - start) / (now - start + left) if math.isfinite(left) else None
                text = standing(moments, rate, left)
                progress.update(task, total=1 if share is not None else None, completed=share or 0, description=text)

            return watch

        yield watch_for


@contextmanager
def counter(label: str) -> Generator[Callable[[int, int | None, str], None], None, None]:
    """A bar with a label; what is given takes how many are done, of how many if that is known, and a remark."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(label), BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, TextColumn("{task.description}"), console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total, remark: progress.update(task, completed=done, total=total, description=remark)


def rate_of(seen: deque[tuple[float, int]]) -> float:
    """Trials a second over the last batches: those that a store held pass at once and are soon forgotten."""
    (start, first), (end, last) = seen[0], seen[-1]
    return (last - first) / (end - start) if end > start else math.nan


def remaining(goal: Goal, moments: Moments, rate: float, elapsed: float) -> float:
    """The seconds left until the first end of the run, as far as can be told; NaN where nothing can."""
    by_trials = max(0.0, goal.needed(moments) - moments.count) / rate if rate > 0 else math.nan
    by_time = math.nan if goal.seconds is None else max(0.0, goal.seconds - elapsed)
    return min((left for left in (by_trials, by_time) if not math.isnan(left)), default=math.nan)


def standing(moments: Moments, rate: float, left: float) -> str:
    """`81,920 trials  0.40865 +- 0.00021 (95%)  1.2e+06/s  0:12 left`."""
    parts = [f"{moments.count:,} trials"]
    error = moments.standard_error
    parts.append(
        f"{moments.mean:.6g} +- {NORMAL_95 * error:.2g} (95%)" if math.isfinite(error) else f"{moments.mean:.6g}"
    )
    if math.isfinite(rate):
        parts.append(f"{rate:.3g}/s")
    if math.isfinite(left):
        minutes, seconds = divmod(math.ceil(left), 60)
        hours, minutes = divmod(minutes, 60)
        parts.append(f"{hours}:{minutes:02}:{seconds:02} left" if hours else f"{minutes}:{seconds:02} left")
    return "  ".join(parts)
