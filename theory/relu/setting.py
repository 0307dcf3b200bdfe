"""The setting `relu`: f(x) = m^(-1/2) sum_r a_r relu(w_r'x) on inputs of length one, signs a_r fixed, m -> infinity.

Rows of the design X are N(0, I), and the network sees their directions: inputs uniform on the unit sphere.
"""

from __future__ import annotations

from theory.calculus.expressions import Expression, identity, matrix
from theory.calculus.letters import Gaussian, UnitRows
from theory.notation import d, n, symbol
from theory.references import ARORA_2019, SHACHAF_2021
from theory.result import Assumption
from theory.single import stating

cosine, degree = symbol("cosine"), symbol("degree")
WEIGHTS = Assumption("first-layer weights start as N(0, I), inputs have length one")
SOURCES = (ARORA_2019, SHACHAF_2021.at("section 6"))
stated = stating("relu", SOURCES, (WEIGHTS,))


def design(name: str = "X") -> Expression:
    """A standard normal design, n x d."""
    return matrix(name, n, d, law=Gaussian(identity(d)))


def directions(rows: Expression, name: str) -> Expression:
    """The letter for its rows over their lengths."""
    return matrix(name, rows.rows, rows.cols, law=UnitRows(rows))
