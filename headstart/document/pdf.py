"""From LaTeX to PDF with the pdflatex of the machine."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from headstart.errors import InputError

PACKAGES = "texlive-latex-base texlive-latex-recommended texlive-fonts-recommended lmodern"
OPTIONS = ("-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error")
RUNS = 2  # the second run resolves citations
PATIENCE = 120  # seconds a run may take


def compiled(source: str) -> bytes:
    """The PDF of a LaTeX source, which may neither run commands nor leave anything behind."""
    return compiled_with_log(source)[0]


def compiled_with_log(source: str) -> tuple[bytes, str]:
    """The PDF, and what TeX wrote about it."""
    program = which("pdflatex")
    if program is None:
        raise InputError(
            f"no pdflatex here: install {PACKAGES} (Debian's names), or export to .tex and compile elsewhere"
        )
    with TemporaryDirectory(prefix="headstart-") as folder:
        place = Path(folder)
        (place / "paper.tex").write_text(source, encoding="utf-8")
        for _ in range(RUNS):
            _run(program, place)
        log = (place / "paper.log").read_text(encoding="utf-8", errors="replace")
        return (place / "paper.pdf").read_bytes(), log


def _run(program: str, place: Path) -> None:
    try:
        done = subprocess.run(
            [program, *OPTIONS, "paper.tex"],
            cwd=place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"pdflatex took more than {PATIENCE} s: export to .tex and compile it yourself") from error
    if done.returncode != 0:
        lines = done.stdout.decode("utf-8", "replace").splitlines()
        reason = next((line[2:] for line in lines if line.startswith("! ")), "no reason given")
        raise InputError(
            f"pdflatex failed ({reason}): install {PACKAGES} if a package is missing, "
            "or export to .tex and compile it there"
        )
