"""Fine-tuning on one task after the other: w_k = w_{k-1} + X_k+ (y_k - X_k w_{k-1}), isotropic features, from w_0."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import identity, matrix
from theory.calculus.letters import Defined
from theory.calculus.pseudoinverse import change_of_variable, insert_definition
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason
from theory.derive import derive
from theory.linear.risk import name_the_scalars
from theory.linear.setting import DETERMINED, OVERPARAMETERIZED, REGIME_NAMES, task
from theory.notation import d, n, sigma, symbol, vector
from theory.references import LIN_2023
from theory.result import Assumption, Derivation, Equality, Kind, Result
from theory.single import stating
from theory.tasks import APART, FIRST, NOISES, NUMBER, OTHER, PLACE, SAMPLES, ByFalling

place, count, thresholds = symbol("task"), NUMBER, symbol("task_thresholds")
before, between = symbol("squared_distance"), symbol("squared_between")
SOLVED = Reason("task after task", "The recursion put into itself, from the first task to the last.", Equality.PATHWISE)
GEOMETRIC = Reason("equal sample sizes", "A recursion with constant coefficients, solved.", Equality.PATHWISE)
NEIGHBOURS = Reason(
    "exchange of neighbours",
    "The risk after task 1, then 2, less that after 2, then 1: later tasks multiply it by what they keep. An order in "
    "which no neighbours are better exchanged is one by falling cost c/(1 - q), whatever the tasks keep.",
    Equality.PATHWISE,
)
COST = Reason(
    "cost of a task", "What it adds, over the share of the distance that it does not keep.", Equality.PATHWISE
)
GIVEN = Assumption("Gaussian features N(0, I) and label noise; samples of different tasks independent; w_0 given")
EQUAL = Assumption("all tasks have as many samples and as much label noise")
DOMAIN = sp.And(sp.Le(place, count), sp.Eq(thresholds, 0))
_stated = stating("sequence", (LIN_2023,), (GIVEN,))


@cache
def one_task(regime: sp.Basic) -> tuple[sp.Expr, Derivation]:
    """E|w - t|^2 after a task with weights w_k, from |u - t|^2 and |w_k - t|^2, for any fixed t."""
    t, u, w = vector("t"), vector("u"), vector("w")
    sample = task(identity(d), teacher=w, start=u)
    gap, other = matrix("D", d, 1, law=Defined(t - u)), matrix("B", d, 1, law=Defined(w - t))
    chain = Chain(REGIME_NAMES[regime], regime, sample.estimator - t).apply(insert_definition, sample.y)
    chain.apply(change_of_variable, w, t + other).apply(change_of_variable, u, t - gap)
    found = derive(chain.expression.T @ chain.expression, "exact", regime)
    chain.turn_to(found.value, found.steps).apply(name_the_scalars, regime)
    return chain.number, chain.derivation()


def recursion(k: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """What task k keeps of the squared distance from t, and what it adds."""
    wide, tall = (one_task(regime)[0] for regime in (OVERPARAMETERIZED, DETERMINED))
    here = {n: SAMPLES[k], sigma: NOISES[k], between: APART[k]}
    kept, added = ([v.coeff(before) for v in (wide, tall)], [v.subs(before, 0) for v in (wide, tall)])
    few = sp.Lt(SAMPLES[k], d)
    return tuple(sp.Piecewise((a.subs(here), few), (b.subs(here), True)) for a, b in (kept, added))


def after(last: sp.Expr) -> sp.Expr:
    """E|w_last - t|^2, the recursion put into itself."""
    (kept, _), (_, added) = recursion(OTHER), recursion(PLACE)
    rest = sp.Product(kept, (OTHER, PLACE + 1, last))
    return FIRST * sp.Product(kept, (OTHER, 1, last)) + sp.Sum(rest * added, (PLACE, 1, last))


@cache
def _steps() -> tuple[Derivation, ...]:
    """One task in either regime, and the recursion solved, seen at three tasks."""
    kept, added, first = sp.symbols("q_1:4"), sp.symbols("c_1:4"), sp.Symbol("r_0")
    nested, spread = first, first * sp.prod(kept)
    for k in range(3):
        nested = kept[k] * nested + added[k]
        spread += sp.prod(kept[k + 1 :]) * added[k]
    solved = Derivation("three tasks", sp.true, (SOLVED.step(nested, spread),))
    return (*(one_task(regime)[1] for regime in (OVERPARAMETERIZED, DETERMINED)), solved)


@cache
def risk() -> Result:
    """E|w_K - t_i|^2, the excess risk on task i after all K tasks, for any sample sizes but n_k = d - 1, d, d + 1.

    Exact: each task keeps 1 - n_k/d of the squared distance (nothing for n_k >= d) and adds n_k/d of that of its own
    weights, and noise.  Fields tasks, d, start, task.  Source: Lin, Ju, Liang & Shroff 2023.
    """
    shown, near = ("E R_i(w_K)", r"\mathbb{E}\,R_{i}(w_{K})"), ["sequence.forgetting", "sequence.equal", "linear.risk"]
    regime = ("1 <= i <= K, no task at its threshold", DOMAIN, after(count))
    words = "expected excess risk on a task after all tasks"
    return _stated("risk", words, shown, Kind.EXACT, [regime], [], _steps(), near)


@cache
def forgetting() -> Result:
    """E R_i(w_K) - E R_i(w_i): what the tasks after it cost task i, or give it where negative.  Exact."""
    shown, near = ("E R_i(w_K) - E R_i(w_i)", r"\mathbb{E}\,R_{i}(w_{K})-\mathbb{E}\,R_{i}(w_{i})"), ["sequence.risk"]
    regime = ("1 <= i <= K, no task at its threshold", DOMAIN, after(count) - after(place))
    words = "forgetting of a task: its risk in the end less that when it was learned"
    return _stated("forgetting", words, shown, Kind.EXACT, [regime], [], _steps(), near)


@cache
def last_task() -> Result:
    """E R_i(w_{K-1}) - E R_i(w_K): the last task helps task i < K iff > 0.  Exact."""
    shown = ("E R_i(w_{K-1}) - E R_i(w_K)", r"\mathbb{E}\,R_{i}(w_{K-1})-\mathbb{E}\,R_{i}(w_{K})")
    regime = ("i < K, no task at its threshold", sp.And(DOMAIN, sp.Lt(place, count)), after(count - 1) - after(count))
    words, near = "gain of a task by the last one (which helps it iff > 0)", ["sequence.forgetting"]
    return _stated("last_task", words, shown, Kind.EXACT, [regime], [], _steps(), near)


@cache
def equal() -> Result:
    """sequence.risk for tasks of one size n <= d - 2 and one noise, closed in n, d and K.  Exact."""
    each, noise = symbol("samples_each"), symbol("noise_each")
    total = one_task(OVERPARAMETERIZED)[0].subs({n: each, sigma: noise})
    keep, learn, loud = total.coeff(before), total.coeff(between), total.subs({before: 0, between: 0})
    k, r = sp.Symbol("k", integer=True), sp.Function("r")
    solved = factor(sp.rsolve(r(k + 1) - keep * r(k) - loud, r(k), {r(0): 0}).subs(k, count))
    step = GEOMETRIC.step(solved.subs(count, count + 1), keep * solved + loud)
    far = sp.Sum(keep ** (count - PLACE) * learn * APART[PLACE], (PLACE, 1, count))
    regime = ("1 <= i <= K, n <= d - 2", sp.And(DOMAIN, sp.Ge(d, each + 2)), FIRST * keep**count + far + solved)
    shown, near = ("E R_i(w_K)", r"\mathbb{E}\,R_{i}(w_{K})"), ["sequence.risk"]
    words, steps = (
        "expected excess risk on a task after K of equal size",
        Derivation("noise", OVERPARAMETERIZED, (step,)),
    )
    return _stated("equal", words, shown, Kind.EXACT, [regime], [EQUAL], (*_steps(), steps), near)


@cache
def best_order() -> Result:
    """The order of the tasks, by their numbers, that leaves the least expected excess risk on the weights of task i.

    That of falling cost |t_k - t_i|^2 + sigma_k^2 d/(|d - n_k| - 1): sample sizes do not matter but for the noise, and
    the task of the least cost comes last.  Of equal costs the first stays first.  Exact; two tasks with n >= d samples
    hide what came before, so that other orders may be as good.  The derivation is our own.
    """
    kept, added, first = sp.symbols("q_1:3"), sp.symbols("c_1:3"), sp.Symbol("r_0")

    def after_both(one: int, other: int) -> sp.Expr:
        return kept[other] * (kept[one] * first + added[one]) + added[other]

    costs = [added[k] / (1 - kept[k]) for k in range(2)]
    swapped = (1 - kept[0]) * (1 - kept[1]) * (costs[1] - costs[0])
    exchanged = NEIGHBOURS.step(after_both(0, 1) - after_both(1, 0), swapped)
    totals = (one_task(regime)[0] for regime in (OVERPARAMETERIZED, DETERMINED))
    few, many = (total.subs(before, 0) / (1 - total.coeff(before)) for total in totals)
    plain = factor(sp.diff(few, between)) * between + factor(few.subs(between, 0))
    steps = (
        *_steps()[:2],
        Derivation("two tasks", sp.true, (exchanged,)),
        Derivation("cost", OVERPARAMETERIZED, (COST.step(few, plain),)),
    )
    here = {n: SAMPLES[PLACE], sigma: NOISES[PLACE], between: APART[PLACE]}
    pieces = (plain.subs(here), sp.Lt(SAMPLES[PLACE], d)), (many.subs(here), True)
    value = ByFalling(sp.Piecewise(*pieces), PLACE, count)
    shown = ("argmin over orders of E R_i(w_K)", r"\operatorname*{arg\,min}_{\mathrm{orders}}\mathbb{E}\,R_{i}(w_{K})")
    regime = ("1 <= i <= K, no task at its threshold", DOMAIN, value)
    words, near = "order of the tasks with the least excess risk on one of them", ["sequence.risk"]
    return _stated("best_order", words, shown, Kind.EXACT, [regime], [], steps, near)
