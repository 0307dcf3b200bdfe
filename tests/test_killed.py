"""kill -9 at random moments loses nothing; `benchmarks/killed.py` is the same with as many kills as one likes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("writers", ["1", "2"])
def test_a_sweep_that_is_killed_again_and_again_ends_with_the_same_bits(writers):
    line = ["benchmarks/killed.py", "--kills", "1", "--trials", "30000", "--writers", writers]
    done = subprocess.run([sys.executable, *line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 kill")
    assert "none was lost" in done.stdout
