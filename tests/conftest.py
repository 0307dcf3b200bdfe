"""The tests run in as many processes as there are cores: one thread of linear algebra in each."""

import os

import pytest

LONG = ("test_your_own_estimator", "test_killed", "numbers concentrate", "inverse chi-square")
"""Parts of the names of single tests that take many seconds: begun first, so that no process waits for one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, the others in their order."""
    items.sort(key=lambda item: not any(part in item.nodeid for part in LONG))


for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")
