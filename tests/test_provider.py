"""The instances of a seed are the same in every process."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import hashlib
{extra}
from verify.linear import instances
from verify.plan import examples
print(hashlib.sha256(repr([examples(instances.wide(), 100, seed) for seed in (0, 1)]).encode()).hexdigest())
"""


def instances(extra: str, folder: Path) -> str:
    """A digest of what hypothesis draws in a process of its own, from a folder of local modules."""
    command = [sys.executable, "-c", PROGRAM.format(extra=extra)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_the_instances_of_a_seed_do_not_depend_on_what_else_is_loaded(tmp_path: Path) -> None:
    """Hypothesis reads the constants of local modules, up to 1024 of a file."""
    (tmp_path / "many_constants.py").write_text(f"CONSTANTS = {[k / 250 for k in range(1, 1001)]}")
    assert instances("", tmp_path) == instances("import many_constants", tmp_path)
