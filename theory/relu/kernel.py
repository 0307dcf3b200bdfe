"""relu.kernel: the infinite-width kernel of the first layer, from its Gaussian expectation."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.events import event
from theory.calculus.expressions import expression, matrix
from theory.calculus.laws import standard_normal_vector
from theory.calculus.rule import Chain, Reason
from theory.notation import d
from theory.references import CHO_2009
from theory.relu.setting import WEIGHTS, citing, cosine, stated
from theory.result import Equality, Kind, Result

POLAR = Reason(
    "polar coordinates in the plane of the two inputs",
    "Only the part of w in the plane of x and x' matters, a standard normal vector of length r and angle phi to x. "
    "w'x >= 0 where |phi| <= pi/2, and w'x' >= 0 where |phi - arccos x'x'| <= pi/2.",
    Equality.IN_EXPECTATION,
    CHO_2009.at("section 2"),
)
LENGTH = Reason("the length", "The length is of no matter: its density integrates to one.", Equality.PATHWISE)
ANGLE = Reason("the angle", "The angle is uniform, on an interval of length pi - arccos x'x'.", Equality.PATHWISE)


@cache
def chain() -> Chain:
    """E x'x' 1{w'x >= 0} 1{w'x' >= 0}, to a formula in x'x'."""
    w, zero = standard_normal_vector("wr", d), expression(sp.Integer(0))
    inputs = [matrix(name, d, 1) for name in ("x1", "x2")]
    first, second = (event(f"I{x}", w.T @ x, zero) for x in inputs)
    r, phi = sp.symbols("r phi", real=True)
    length = sp.Integral(r * sp.exp(-(r**2) / 2), (r, 0, sp.oo))
    angle = sp.Integral(1 / (2 * sp.pi), (phi, sp.acos(cosine) - sp.pi / 2, sp.pi / 2))
    found = Chain("two inputs", sp.true, (inputs[0].T @ inputs[1]) * first * second)
    found.record(POLAR, cosine * length * angle).record(LENGTH, cosine * length.doit() * angle)
    return found.record(ANGLE, cosine * sp.together(sp.expand(angle.doit())))


def formula() -> sp.Expr:
    """h(c) at the cosine c of the angle between two inputs."""
    return chain().number


@cache
def kernel() -> Result:
    """h(x, x') = E[x'x' 1{w'x >= 0} 1{w'x' >= 0}], w ~ N(0, I_d), |x| = |x'| = 1: how an output of an infinitely wide
    network moves with another where the first layer is trained.

    Exact, for every d >= 2.  Symbol `cosine` = x'x', between -1 and 1.  Source: Arora et al. 2019, equation (9);
    Cho & Saul 2009.

    >>> round(kernel().evaluate(cosine=0.5), 6)
    0.166667
    """
    words = "kernel of the first layer at two inputs, width infinite"
    shown = ("E[x'x' 1{w'x >= 0} 1{w'x' >= 0}]", r"h(x,x')")
    near = ("relu.kernel_expansion", "relu.harmonics", "relu.solution")
    regime = ("-1 <= x'x' <= 1", sp.Le(sp.Abs(cosine), 1), formula())
    found = stated("kernel", words, shown, Kind.EXACT, [regime], [WEIGHTS], [chain().derivation()], near)
    return citing(found, CHO_2009)
