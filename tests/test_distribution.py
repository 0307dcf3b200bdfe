"""Distribution functions and quantiles, against SciPy, mpmath and exact cases."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import special, stats

from theory.calculus.laws import Beta, BetaPrime
from theory.distribution import Atom, Distribution, distribution_of
from theory.quadrature import tanh_sinh

CDF_ERROR = 1e-10  # what the docstring of Distribution.cdf promises

PAIRS = [  # scale, a, b of the Beta, then of the BetaPrime: (d-n)/2, n/2 and n/2, (d-n+1)/2
    (1.0, 0.5, 0.5, 1.0, 0.5, 1.0),
    (1.0, 1.5, 0.5, 1e-4, 0.5, 2.0),
    (1.0, 15.0, 5.0, 0.25, 5.0, 15.5),
    (1.0, 0.5, 500.0, 1e-6, 500.0, 1.0),
    (1.0, 0.5, 500.0, 1.0, 500.0, 1.0),
    (1e-6, 3.0, 4.0, 1.0, 4.0, 3.5),
    (1.0, 50.0, 2.0, 1e-6, 2.0, 50.5),
    (1.0, 500.0, 500.0, 1e-3, 500.0, 500.5),
    (1.0, 5000.0, 5000.0, 0.1, 5000.0, 5000.5),
]


def pair(s, a, b, c, p, q) -> Distribution:
    return Distribution((Atom(s, a, b, ratio=False), Atom(c, p, q, ratio=True)))


def convolution(s, a, b, c, p, q, x) -> float:
    """P(A + B <= x) by t = top sin^2, analytic for half-integers, and a composite Gauss rule."""
    grid = np.geomspace(1e-12, 0.5, 1500)
    edges = np.concatenate([[0], grid, 1 - grid[::-1][1:], [1]]) * np.pi / 2
    nodes, weights = np.polynomial.legendre.leggauss(24)
    angle = edges[:-1, None] + np.diff(edges)[:, None] * (nodes + 1) / 2
    top = min(1.0, x / s)
    sine, cosine = np.sin(angle), np.cos(angle)
    t, rest = top * sine**2, cosine**2 * top + (1 - top)
    density = np.exp((a - 1) * np.log(t) + (b - 1) * np.log(rest) - special.betaln(a, b))
    z = ((x - s * top) + s * top * cosine**2) / c
    values = density * special.betainc(p, q, z / (1 + z)) * 2 * top * sine * cosine
    return float((values * weights * np.diff(edges)[:, None] / 2).sum())


@pytest.mark.parametrize("shape", PAIRS, ids=str)
def test_two_atoms_agree_with_an_independent_quadrature_to_the_promised_error(shape):
    s, a, b, c, p, q = shape
    middle = s * a / (a + b) + c * p / q
    points = [middle * f for f in (0.01, 0.3, 0.95, 1.0, 1.3, 20.0)] + [s * 0.999, s * 1.0001]
    exact = [convolution(*shape, x) for x in points]
    assert np.abs(pair(*shape).cdf(np.array(points)) - exact).max() < CDF_ERROR


def test_two_atoms_agree_with_mpmath():
    """Thirty digits, singularities at both ends left to mpmath."""
    a, b, p, q = 1, 1, 1, sp.Rational(3, 2)  # n = 2, d = 4: both densities elementary
    law = pair(1.0, float(a), float(b), 0.5, float(p), float(q))
    mpmath.mp.dps = 30
    for x in (0.1, 0.9, 1.7):
        exact = mpmath.quad(lambda t, x=x: 1 - (1 + 2 * (x - t)) ** mpmath.mpf(-1.5), [0, min(1, x)])
        assert float(law.cdf(x)) == pytest.approx(float(exact), abs=1e-14)


def test_a_single_atom_is_the_scipy_law():
    points = np.array([0.0, 1e-8, 0.3, 1.0, 2.5, 40.0])
    for a, b in ((0.5, 0.5), (2.0, 7.5), (300.0, 20.0)):
        beta, ratio = Atom(3.0, a, b, ratio=False), Atom(3.0, a, b, ratio=True)
        np.testing.assert_allclose(beta.cdf(points), stats.beta.cdf(points / 3, a, b), rtol=1e-11)
        np.testing.assert_allclose(ratio.cdf(points), stats.betaprime.cdf(points / 3, a, b), rtol=1e-11)


@pytest.mark.parametrize("p", [1e-9, 0.05, 0.5, 0.95, 1 - 1e-9])
def test_the_quantile_inverts_the_distribution_function(p):
    for shape in PAIRS[:7]:
        law = pair(*shape)
        for found in (law, Distribution(law.atoms[:1]), Distribution(law.atoms[1:])):
            below, above = found.cdf(found.quantile(p) * np.array([1 - 1e-12, 1 + 1e-12]))
            assert below - CDF_ERROR * p <= p <= above + CDF_ERROR * p


def test_the_quantile_of_a_beta_prime_is_accurate_far_out():
    """BetaPrime(1, 1/2) has survival (1+x)^(-1/2): the quantile at 1 - q is q^-2 - 1."""
    atom = Atom(1.0, 1.0, 0.5, ratio=True)
    assert atom.upper_quantile(1e-12) == pytest.approx(1e24, rel=1e-9)
    assert atom.quantile(0.75) == pytest.approx(15.0, rel=1e-12)


def test_the_distribution_function_rises_from_zero_to_one():
    for shape in PAIRS:
        law = pair(*shape)
        values = law.cdf(np.concatenate([[-1.0, 0.0], np.geomspace(1e-9, 1e12, 400)]))
        assert values[0] == values[1] == 0
        assert values.min() >= 0
        assert values.max() <= 1
        assert np.diff(values).min() > -CDF_ERROR
        assert values[-1] > 1 - 1e-5


def test_a_constant_is_a_law_without_atoms():
    zero = distribution_of(sp.Integer(0))
    assert zero.atoms == ()
    assert (zero.mean, zero.quantile(0.3), str(zero)) == (0.0, 0.0, "0")
    assert zero.cdf(np.array([-1.0, 0.0, 1.0])).tolist() == [0.0, 1.0, 1.0]


def test_means_are_finite_exactly_where_b_exceeds_one():
    assert Atom(2.0, 3.0, 1.0, ratio=True).mean == np.inf
    assert Atom(2.0, 3.0, 1.5, ratio=True).mean == pytest.approx(12.0)
    assert Atom(2.0, 3.0, 1.0, ratio=False).mean == pytest.approx(1.5)
    assert pair(1.0, 0.5, 0.5, 1.0, 0.5, 1.0).mean == np.inf


def test_the_mean_is_the_integral_of_the_survival_function():
    law = pair(2.0, 3.0, 4.0, 0.5, 4.0, 3.5)
    left, right, weights = tanh_sinh()
    z = left / right  # (0, oo)
    assert float(((1 - law.cdf(z)) * weights / right**2).sum()) == pytest.approx(law.mean, rel=1e-9)


def test_a_law_is_read_from_its_formula():
    law = distribution_of(2 * Beta(sp.Rational(1, 2), 3) + BetaPrime(2, 5) / 4)
    assert law == Distribution((Atom(2.0, 0.5, 3.0, ratio=False), Atom(0.25, 2.0, 5.0, ratio=True)))
    assert str(law) == "2*Beta(0.5, 3) + 0.25*BetaPrime(2, 5)"


@pytest.mark.parametrize(
    "formula",
    [Beta(1, 2) ** 2, Beta(1, 2) + 1, Beta(1, 2) * BetaPrime(1, 2), Beta(1, 2) + Beta(1, 3) + Beta(1, 4)],
    ids=str,
)
def test_what_is_no_sum_of_two_atoms_is_refused(formula):
    with pytest.raises(ValueError, match="atom"):
        distribution_of(formula)


def test_the_quadrature_integrates_powers_at_both_ends():
    left, right, weights = tanh_sinh()
    assert float((weights / np.sqrt(left * right)).sum()) == pytest.approx(np.pi, rel=1e-13)
    assert weights.sum() == pytest.approx(1.0, rel=1e-14)
    assert float((weights * left).sum()) == pytest.approx(0.5, rel=1e-14)


@pytest.mark.parametrize(("a", "b"), [(0.5, 2.5), (1.5, 1.0), (4.0, 7.0)])
def test_the_variance_of_an_atom_is_that_of_scipy(a, b):
    assert Atom(3.0, a, b, ratio=False).variance == pytest.approx(9 * stats.beta(a, b).var())
    assert Atom(3.0, a, b, ratio=True).variance == pytest.approx(9 * stats.betaprime(a, b).var())
