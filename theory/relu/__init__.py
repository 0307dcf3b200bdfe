"""Shallow ReLU networks in the kernel regime: their results, one function each."""

from theory.relu.bound import bound
from theory.relu.complexity import sample_complexity
from theory.relu.equivalent import risk_equivalent
from theory.relu.expansion import kernel_expansion
from theory.relu.harmonics import harmonics
from theory.relu.kernel import kernel
from theory.relu.pretrained import pretrained_error
from theory.relu.solution import solution
from theory.relu.teacher_bound import linear_teacher_bound

__all__ = [
    "bound",
    "harmonics",
    "kernel",
    "kernel_expansion",
    "linear_teacher_bound",
    "pretrained_error",
    "risk_equivalent",
    "sample_complexity",
    "solution",
]
