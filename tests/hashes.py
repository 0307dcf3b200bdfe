"""What a program prints in this process, whose hashes have a seed of their own, and in one where it is given."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stdout


def printed(program: str, seed: str = "1") -> tuple[str, str]:
    """Here and there."""
    there = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    with redirect_stdout(io.StringIO()) as here:
        exec(compile(program, "PROGRAM", "exec"), {})
    return here.getvalue(), there
