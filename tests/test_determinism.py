"""Derivations are the same text in every process, whatever seed its hashes have."""

from tests.hashes import printed

SCRIPT = """
import sympy as sp
from theory.calculus.expressions import identity, inverse, matrix, pinv, trace
from theory.calculus.letters import Gaussian
from theory.calculus.open import matrix_expectation
from theory.calculus.sizes import at_sizes
from theory.calculus.pseudoinverse import column_gram_inverse, null_projection, row_gram_inverse
from theory.calculus.wishart import DoesNotClose

n, d = sp.symbols("n d", integer=True, positive=True)
S, R = matrix("S", d, d, symmetric=True), matrix("R", n, n, symmetric=True)
X, Y = matrix("X", n, d, law=Gaussian(identity(d))), matrix("X", n, d, law=Gaussian(S))
Z, U = matrix("X", n, d, law=Gaussian(S, R)), matrix("U", n, d, law=Gaussian(S))
A, B, G, v = matrix("A", d, d), matrix("B", d, d), matrix("G", n, n), matrix("v", d, 1)
P, Q, V, W = pinv(X) @ X, null_projection(X), column_gram_inverse(Y), row_gram_inverse(X)
plane = {n: 1, d: 2}
averages = [
    (trace(W), (X,)), (trace(W @ W) + trace(W) * trace(W), (X,)), (V @ A @ V, (Y,)), (W @ G @ W, (X,)),
    (P @ A @ P @ B @ P, (X,)), (Q @ A @ Q, (X,)), ((v.T @ P @ v) * (v.T @ P @ v), (X,)),
    (Z.T @ Z @ A @ Z.T @ Z, (Z,)), (Y.T @ Y @ A @ V @ B, (Y,)), (X.T @ U @ A @ U.T @ X, (X, U)),
    (at_sizes(P @ A @ P @ B @ P, plane), (at_sizes(X, plane),)),
    (trace(inverse(X @ X.T + identity(n))), (X,)), (column_gram_inverse(Z), (Z,)),
]
for target, letters in averages:
    try:
        found = matrix_expectation(target, *letters)
    except DoesNotClose as error:
        print(error)
        continue
    print(target, found.value, found.finite)
    for step in found.steps:
        print(step.rule, step.before, step.after, *step.conditions)
"""


def test_derivations_do_not_depend_on_the_seed_of_hashes():
    here, there = printed(SCRIPT)
    assert here == there
    assert here.count("\n") > 50
