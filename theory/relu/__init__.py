"""Shallow ReLU networks in the kernel regime: their results, one function each."""

from theory.relu.expansion import kernel_expansion
from theory.relu.harmonics import harmonics
from theory.relu.kernel import kernel
from theory.relu.solution import solution
from theory.relu.teacher_bound import linear_teacher_bound

__all__ = ["harmonics", "kernel", "kernel_expansion", "linear_teacher_bound", "solution"]
