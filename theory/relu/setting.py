"""The setting `relu`: f(x) = m^(-1/2) sum_r a_r relu(w_r'x) on inputs of length one, signs a_r fixed, m -> infinity.

Rows of the design X are N(0, I), and the network sees their directions: inputs uniform on the unit sphere.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from theory.calculus.expressions import Expression, identity, matrix
from theory.calculus.letters import Gaussian, OfCosines, UnitRows
from theory.notation import d, n, symbol
from theory.references import ARORA_2019, SHACHAF_2021, Reference
from theory.result import Assumption, Result
from theory.single import stating

cosine, degree = symbol("cosine"), symbol("degree")
PLANE = sp.Ge(d, 2)
"""Inputs of length one have two features at least."""
WEIGHTS = Assumption("first-layer weights start as N(0, I), inputs have length one")
REGIME = Assumption(
    "kernel regime: inputs of length one, first layer trained from N(0, I) weights by gradient flow on "
    "|y - f(X)|^2/2, signs fixed, width m -> infinity"
)
START = Assumption(
    "fine-tuning starts at f_S(x) = u'x",
    dict.fromkeys(("n_source", "source_teacher"), "for a source that is itself learned use relu.pretrained_error"),
)
SPHERE = Assumption(
    "inputs independent and uniform on the unit sphere, at test time too; y = t'x + e, e independent N(0, sigma^2)"
)
HIGH = Assumption("n and d grow together, n/d fixed: relative error O(1/n)")
LEARNED = Assumption(
    "the source is learned as the target is, from f = 0 on n_source inputs like those and labels w'x + noise, "
    "independent N(0, sigma_source^2), independent of the target sample",
    {"source": "for a given source there is nothing to be learned: use relu.risk_equivalent"},
)
LINEAR = Assumption(
    "linear teachers without noise: y = t'x, f_S(x) = u'x",
    {"sigma": "with noise y~'H^-1 y~ grows with n: use relu.risk_equivalent"}
    | dict.fromkeys(("n_source", "source_teacher"), "for a source that is itself learned use relu.pretrained_error"),
)
SOURCES = (ARORA_2019, SHACHAF_2021.at("section 6"))
stated = stating("relu", SOURCES, ())


def citing(found: Result, *sources: Reference) -> Result:
    """The result with more sources."""
    return replace(found, references=(*found.references, *sources))


def design(name: str = "X") -> Expression:
    """A standard normal design, n x d."""
    return matrix(name, n, d, law=Gaussian(identity(d)))


def directions(rows: Expression, name: str = "XB") -> Expression:
    """The letter for its rows over their lengths: the inputs."""
    return matrix(name, rows.rows, rows.cols, law=UnitRows(rows))


def kernel_matrix(rows: Expression, formula: sp.Expr) -> Expression:
    """The letter for the kernel of a sample with itself."""
    return matrix("H", rows.rows, rows.rows, symmetric=True, law=OfCosines(rows, rows, formula, cosine))
