"""The error budget of a run: reserved in advance, spent once per check, never exceeded.

By the union bound, a run whose checks spend alpha_1 + ... + alpha_k <= budget raises a false alarm with
probability <= budget, however the checks depend on each other.  Sums are exact (fractions), so that rounding
neither overspends nor refuses the last slot.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

Account = Literal["certified", "pilot"]


class BudgetError(Exception):
    """The run would spend more error probability than it declared; it must stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerReport:
    """What was declared and what was spent, in each account.

    `spent` is proved; `pilot_spent` rests on variances estimated by a pilot, so it is asymptotic only.
    """

    budget: float
    spent: float
    checks: int
    pilot_budget: float
    pilot_spent: float
    pilot_checks: int

    def as_json(self) -> dict[str, float | int]:
        """The fields in order, ready for `json.dumps`."""
        return asdict(self)


class Ledger:
    """The account book of one run: a budget for certified checks, another for those with a pilot variance.

    >>> ledger = Ledger(budget=1e-6)
    >>> alpha = ledger.share(checks=100)
    >>> ledger.spend("linear.risk n=10 d=30", alpha)
    >>> ledger.report().checks
    1
    """

    def __init__(self, budget: float = 1e-6, pilot_budget: float = 1e-6) -> None:
        if not (0 < budget < 1 and 0 < pilot_budget < 1):
            raise ValueError(f"budget={budget}, pilot_budget={pilot_budget}: must lie between 0 and 1")
        self._budgets: dict[Account, float] = {"certified": budget, "pilot": pilot_budget}
        self._spent: dict[Account, dict[str, float]] = {"certified": {}, "pilot": {}}
        self._total: dict[Account, Fraction] = {"certified": Fraction(0), "pilot": Fraction(0)}

    def share(self, checks: int, account: Account = "certified") -> float:
        """The alpha of each of `checks` equal slots; rounded down, so that all of them together fit."""
        if checks < 1:
            raise ValueError(f"checks={checks}: a budget is shared among at least one slot")
        return math.nextafter(self._budgets[account] / checks, 0.0)

    def spend(self, name: str, alpha: float, account: Account = "certified") -> None:
        """Enter a check before it runs.

        `name` must determine the seed (see `check_seed`).  The same check at the same alpha is then the same
        experiment, and free to repeat; at another alpha it would be a retry, which is refused.

        Raises BudgetError on a retry, and when the account would be overspent.
        """
        if not 0 <= alpha < 1:
            raise ValueError(f"{name}: alpha={alpha} is no probability below 1")
        spent = self._spent[account]
        if name in spent and spent[name] != alpha:
            raise BudgetError(f"{name} already spent {spent[name]:g} and now asks {alpha:g}: no retries")
        if name in spent:
            return
        total = self._total[account] + Fraction(alpha)
        if total > Fraction(self._budgets[account]):
            raise BudgetError(
                f"{name}: spending {alpha:g} makes {float(total):g} of the {account} budget "
                f"{self._budgets[account]:g}; reserve more slots, or declare a larger budget"
            )
        spent[name], self._total[account] = alpha, total

    def report(self) -> LedgerReport:
        """A frozen summary of both accounts."""
        return LedgerReport(
            budget=self._budgets["certified"],
            spent=float(self._total["certified"]),
            checks=len(self._spent["certified"]),
            pilot_budget=self._budgets["pilot"],
            pilot_spent=float(self._total["pilot"]),
            pilot_checks=len(self._spent["pilot"]),
        )


def check_seed(run_seed: int, check_name: str, parameters: Mapping[str, object]) -> int:
    """A seed in [0, 2^63) from the run's seed, the check and its parameters, and from nothing else.

    So the draws do not depend on which checks run or in what order, and a mutant of a formula sees the
    draws of the formula.  Parameters: numbers, strings, booleans, None, NumPy scalars and arrays, and
    sequences and mappings of those; their order does not matter.  Raises TypeError for anything else.

    >>> check_seed(1, "linear.risk", {"n": 10, "d": 30}) == check_seed(1, "linear.risk", {"d": 30, "n": 10})
    True
    """
    entry = json.dumps([run_seed, check_name, dict(parameters)], sort_keys=True, separators=(",", ":"), default=_plain)
    return int.from_bytes(hashlib.sha256(entry.encode()).digest()[:8], "big") >> 1


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"a seed parameter of type {type(value).__name__} has no canonical form; pass plain numbers")
