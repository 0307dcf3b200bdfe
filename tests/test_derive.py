"""The open door: exact and asymptotic risks of estimators written in letters."""

import numpy as np
import pytest
import sympy as sp

from theory import linear
from theory.calculus.elimination import Traces
from theory.calculus.expressions import Expression, expression, identity
from theory.calculus.letters import Defined, Gaussian
from theory.calculus.monomials import text_of_trace
from theory.calculus.outside import DoesNotClose
from theory.calculus.pencils import DoesNotLinearise
from theory.calculus.rational import factor
from theory.derive import Derived, Risk, derive, inverse, matrix, pinv, risk_of, task, trace
from theory.notation import covariance, d, n, sigma, symbol, vector
from verify.derived import check_mean, check_rate
from verify.verdict import Verdict

S, A = covariance("S"), covariance("A")
level, m = symbol("level"), symbol("n_source")
ISOTROPIC = identity(d) * level
a, ridge = sp.Symbol("a", real=True), sp.Symbol("ridge", positive=True)
WIDE, TALL = sp.Lt(n, d), sp.Ge(n, d)

flat, any_covariance = task(ISOTROPIC), task(S)
again = task(ISOTROPIC, suffix="2", samples=m, teacher=flat.teacher, start=flat.estimator)
beside = task(ISOTROPIC, suffix="2", teacher=flat.teacher, start=flat.start)
between = flat.start * (1 - a) + flat.estimator * a
x = any_covariance.x
shrunk = any_covariance.start + inverse(x.T @ x + identity(d) * ridge) @ x.T @ (
    any_covariance.y - x @ any_covariance.start
)

zero = flat.start * 0
source = task(ISOTROPIC, samples=m, noise=symbol("sigma_source"), suffix="s", teacher=vector("w"), start=zero)
P = matrix("P", d, d, projection=True)
projected = task(ISOTROPIC, start=P @ flat.start)
learned = task(ISOTROPIC, start=source.estimator)

TARGETS: dict[str, tuple[Risk, sp.Basic]] = {
    "fine-tuning, n < d": (risk_of(flat.estimator, flat), WIDE),
    "fine-tuning, n >= d": (risk_of(any_covariance.estimator, any_covariance), TALL),
    "another covariance at test time, n < d": (risk_of(flat.estimator, flat, A), WIDE),
    "another covariance at test time, n >= d": (risk_of(any_covariance.estimator, any_covariance, A), TALL),
    "a part of the way": (risk_of(between, flat), WIDE),
    "a part of the way, n >= d": (risk_of(between, flat), TALL),
    "the average of two": (risk_of((flat.estimator + beside.estimator) * sp.Rational(1, 2), flat), WIDE),
    "a learned source, n_source < d": (risk_of(learned.estimator, learned), sp.And(WIDE, sp.Lt(m, d))),
    "a learned source, n_source >= d": (risk_of(learned.estimator, learned), sp.And(WIDE, sp.Ge(m, d))),
    "along given directions": (risk_of(flat.start + P @ (flat.estimator - flat.start), flat), WIDE),
    "from a projected source": (risk_of(projected.estimator, projected), WIDE),
    "two samples in turn": (risk_of(again.estimator, flat), sp.And(WIDE, sp.Lt(m, d))),
    "two samples in turn, n >= d first": (risk_of(again.estimator, flat), sp.And(TALL, sp.Lt(m, d))),
}


def in_one_notation(found: Derived) -> sp.Expr:
    """The value, with one symbol for every trace, whichever closure it comes from; a trace of a matrix grows like d."""
    traces = found.equivalent.traces if found.equivalent is not None else {}
    value = found.value
    if isinstance(value, Expression):
        registry = Traces()
        value, traces = registry.number(value), registry.words
    names = {
        s: sp.Symbol(text_of_trace(w), positive=True) * (d if text_of_trace(w).startswith("tr") else 1)
        for s, w in traces.items()
    }
    return value.subs(names)


@pytest.mark.parametrize("name", TARGETS)
def test_the_exact_risk_of_a_large_problem_is_the_asymptotic_one(name: str):
    target, domain = TARGETS[name]
    exact, equivalent = (in_one_notation(derive(target, closure, domain)) for closure in ("exact", "asymptotic"))
    size, first, second = sp.symbols("size first second", positive=True)
    large = {d: size, n: first * size, m: second * size}
    ratio = factor((exact / equivalent).subs(large, simultaneous=True))
    top, bottom = (sp.Poly(z, size) for z in sp.fraction(ratio))
    assert top.degree() == bottom.degree()
    assert factor(top.LC() / bottom.LC()) == 1
    assert exact != equivalent or "n >= d" in name


def test_the_door_leads_to_the_results_of_the_catalogue():
    letters = {"t": np.ones((9, 1)), "u": np.arange(9.0)[:, None] / 9}
    found = derive(risk_of(flat.estimator, flat), "exact", WIDE)
    here = found.evaluate(letters, {n: 4, d: 9, sigma: 0.7, level: 1.3})
    there = linear.risk().evaluate(
        n=4, d=9, sigma=0.7, target=np.ones(9), source=np.arange(9.0) / 9, spectrum=[1.3] * 9
    )
    assert here == pytest.approx(there, rel=1e-13)


def test_the_asymptotic_door_leads_to_the_equivalent_of_the_catalogue():
    spectrum = 1 / np.arange(1.0, 41)
    letters = {"S": np.diag(spectrum), "t": np.ones((40, 1)), "u": np.zeros((40, 1))}
    found = derive(risk_of(any_covariance.estimator, any_covariance), "asymptotic", WIDE)
    here = found.evaluate(letters, {n: 12, d: 40, sigma: 0.7})
    there = linear.risk_equivalent().evaluate(
        n=12, d=40, sigma=0.7, target=np.ones(40), source=np.zeros(40), spectrum=spectrum
    )
    assert here == pytest.approx(there, rel=1e-9)


def test_the_ridgeless_limit_of_ridge_towards_the_source_is_fine_tuning():
    spectrum = 4.0 ** -np.linspace(0, 1, 40)
    letters = {"S": np.diag(spectrum), "t": np.ones((40, 1)) / 7, "u": np.zeros((40, 1))}
    numbers = {n: 12, d: 40, sigma: 0.7}
    limit = derive(risk_of(any_covariance.estimator, any_covariance), "asymptotic", WIDE).evaluate(letters, numbers)
    near = derive(risk_of(shrunk, any_covariance), "asymptotic").evaluate(letters, {**numbers, ridge: 1e-7})
    assert near == pytest.approx(limit, rel=1e-6)


def test_a_formula_is_refused_outside_of_its_domain_and_where_the_mean_is_infinite():
    found = derive(risk_of(flat.estimator, flat), "exact", WIDE)
    letters = {"t": np.ones((9, 1)), "u": np.zeros((9, 1))}
    for rows, reason in ((9, "domain"), (8, "mean is finite where")):
        with pytest.raises(ValueError, match=reason):
            found.evaluate(letters, {n: rows, d: 9, sigma: 0.7, level: 1.3})


def test_what_would_not_close_is_named():
    with pytest.raises(DoesNotClose, match=r"E D' P S D"):
        derive(risk_of(any_covariance.estimator, any_covariance), "exact", WIDE)
    with pytest.raises(DoesNotClose, match=r"ridge I \+ X' X"):
        derive(risk_of(shrunk, any_covariance), "exact")
    with pytest.raises(DoesNotLinearise, match="say in the domain whether n < d"):
        derive(risk_of(flat.estimator, flat), "exact")
    with pytest.raises(ValueError, match="is a matrix"):
        derive(S)


def test_what_a_user_may_get_wrong_is_said_in_one_line():
    twice = matrix("X", n, d, law=Gaussian(S))
    with pytest.raises(ValueError, match="two different letters are called X"):
        derive(trace(twice.T @ twice) + trace(flat.x.T @ flat.x))
    plain = sp.Symbol("n")
    with pytest.raises(ValueError, match="two different symbols are called n"):
        derive(risk_of(flat.estimator, flat), "exact", plain < d)
    with pytest.raises(ValueError, match="there are 'exact' and 'asymptotic'"):
        derive(trace(S), "asymptotical")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="its covariance is random"):
        derive(trace((lambda z: z @ z.T)(matrix("Z", n, d, law=Gaussian(flat.x.T @ flat.x)))))
    with pytest.raises(sp.SympifyError):
        derive(risk_of(flat.estimator, flat), "exact", "n < d")  # type: ignore[arg-type]


GIVEN = {"t": np.ones((9, 1)), "u": np.zeros((9, 1))}
NUMBERS = {n: 4, d: 9, sigma: 0.7}
WRONG_INPUT: list[tuple[dict[str, np.ndarray], dict[sp.Symbol, float], str]] = [
    (GIVEN, NUMBERS, "no array for S, d x d"),
    (GIVEN | {"S": np.eye(6)}, NUMBERS, r"S has shape \(6, 6\), but is d x d = \(9, 9\)"),
    (GIVEN | {"S": np.triu(np.ones((9, 9)))}, NUMBERS, "S is symmetric, but its array is not"),
    (GIVEN | {"S": np.eye(9), "t": np.ones(9)}, NUMBERS, r"t has shape \(9,\)"),
    (GIVEN | {"S": np.eye(9), "D": np.ones((9, 1))}, NUMBERS, "D follows from other letters"),
    (GIVEN | {"S": np.eye(9)}, {n: 4, d: 9}, "no number for sigma"),
    (GIVEN | {"S": np.eye(9)}, {"n": 4, "d": 9, "sigma": 1}, "no number for d, n, sigma"),  # type: ignore[dict-item]
]


@pytest.mark.parametrize(("letters", "numbers", "why"), WRONG_INPUT, ids=[w for _, _, w in WRONG_INPUT])
def test_wrong_arrays_and_numbers_are_refused(letters: dict, numbers: dict, why: str):
    found = derive(risk_of(any_covariance.estimator, any_covariance), "asymptotic", WIDE)
    with pytest.raises(ValueError, match=why):
        found.evaluate(letters, numbers)


def test_letters_called_as_the_gap_get_out_of_its_way():
    named = task(ISOTROPIC, start=vector("D"))
    found = derive(risk_of(named.estimator, named), "exact", WIDE)
    numbers = {**NUMBERS, level: 1.0}
    there = derive(risk_of(flat.estimator, flat), "exact", WIDE).evaluate(GIVEN, numbers)
    assert found.evaluate({"t": GIVEN["t"], "D": GIVEN["u"]}, numbers) == there


def test_the_checks_refuse_what_they_cannot_judge():
    found = derive(risk_of(any_covariance.estimator, any_covariance), "asymptotic", WIDE)
    with pytest.raises(ValueError, match="use check_rate"):
        check_mean(found, GIVEN | {"S": np.eye(9)}, NUMBERS, seed=1)
    with pytest.raises(ValueError, match="nothing random"):
        check_mean(derive(trace(S)), {"S": np.eye(9)}, NUMBERS, seed=1)
    with pytest.raises(ValueError, match="is no covariance"):
        check_mean(derive(trace(x @ x.T)), {"S": np.diag([1.0] * 8 + [-1.0])}, NUMBERS, seed=1)


def test_a_mean_of_zero_and_a_singular_covariance_can_be_checked():
    odd = derive(trace(matrix("L", d, n) @ x))
    singular = {"S": np.diag([1.0] * 4 + [0.0] * 5)}
    given = singular | {"L": np.ones((9, 4))}
    assert check_mean(odd, given, NUMBERS, seed=1, scale=4.0, delta=0.1).verdict is Verdict.SUPPORTED
    assert check_mean(derive(trace(x @ x.T)), singular, NUMBERS, seed=1).verdict is Verdict.SUPPORTED


def test_noise_inside_an_inverse_is_no_label_noise():
    e = matrix("e", n, 1, law=Gaussian(expression(sigma**2)))
    assert str(derive(inverse(e.T @ e)).value) == "1/(sigma**2*(n - 2))"
    with pytest.raises(DoesNotClose):
        derive(e.T @ inverse(e @ e.T + identity(n)) @ e)


def test_a_product_must_be_said_to_have_full_rank():
    k = sp.Symbol("k", integer=True, positive=True)
    sketch = matrix("K", d, k, law=Gaussian(identity(k)))
    product = matrix("Z", n, k, law=Defined(x @ sketch))
    with pytest.raises(DoesNotLinearise, match="full rank needs n < d too"):
        derive(trace(pinv(product) @ pinv(product).T), "asymptotic", sp.Lt(n, k))


def test_a_wrong_formula_is_refused_by_both_checks():
    found = derive(risk_of(between, flat), "exact", WIDE)
    letters = {"t": np.ones((14, 1)) / 3, "u": np.zeros((14, 1))}
    numbers = {n: 5, d: 14, sigma: 0.5, level: 1.0, a: 0.6}
    assert check_mean(found, letters, numbers, seed=3).verdict is Verdict.SUPPORTED
    wrong = Derived(**{**vars(found), "value": found.value * sp.Rational(51, 50)})
    assert check_mean(wrong, letters, numbers, seed=3).verdict is Verdict.REFUTED
    right = derive(risk_of(any_covariance.estimator, any_covariance), "asymptotic", WIDE)
    off = Derived(
        **{
            **vars(right),
            "equivalent": derive(trace(any_covariance.x @ any_covariance.x.T), "asymptotic", WIDE).equivalent,
        }
    )

    def point(rows: int) -> tuple[dict[str, np.ndarray], dict[sp.Symbol, float]]:
        at = (np.arange(3 * rows) + 0.5) / (3 * rows)
        vectors = {"t": np.cos(at)[:, None] / rows, "u": np.sin(at)[:, None] / rows}
        return {"S": np.diag(4.0**-at), **vectors}, {n: rows, d: 3 * rows, sigma: 0.5}

    verdict = check_rate(off, point, (4, 8, 16, 32), seed=3, draws_at_largest=500, delta=0.1).verdict
    assert verdict is Verdict.REFUTED


def test_a_derived_formula_prints_as_text_and_as_latex():
    found = derive(risk_of(shrunk, any_covariance), "asymptotic")
    assert "omega_1 = n/(trace_3 + 1)" in str(found)
    assert r"\simeq" in found.latex()
    assert "trace" not in found.latex()
    assert found._repr_mimebundle_()["text/latex"].startswith("$")
