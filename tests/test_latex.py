"""LaTeX and text: every symbol through the notation table, every brace closed."""

import re

import pytest
import sympy as sp

from theory import linear
from theory.calculus.expressions import inverse, matrix, pinv, trace
from theory.calculus.laws import Beta, BetaPrime
from theory.cases import cases
from theory.catalogue import keys, result
from theory.latex import case_condition_latex, is_random, latex_of, result_latex, step_latex
from theory.linear.setting import ISOTROPIC, S, task
from theory.notation import KAPPA, LETTERS, OTHERS, QUANTITIES, TABLE, d, n, sigma, symbol
from theory.text import result_text, step_text, text_of

RAW = [q.name for q in QUANTITIES if len(q.name) > 1] + ["eigenvalue", "gap", "Quantile", "BetaPrime", "ridge"]
COMMAND = re.compile(r"\\[A-Za-z]+")


def check(tex: str) -> None:
    """Braces, \\left and \\right, and environments balance; nothing of Python or of the symbol names is left."""
    depth = 0
    for character in tex.replace(r"\{", "").replace(r"\}", ""):
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0, tex
    assert depth == 0, tex
    assert len(re.findall(r"\\left(?![a-z])", tex)) == len(re.findall(r"\\right(?![a-z])", tex)), tex
    assert tex.count(r"\begin{") == tex.count(r"\end{"), tex
    assert "**" not in tex
    assert "_" not in re.sub(r"_(\{|\w|\\)", "", tex), tex
    plain = COMMAND.sub(" ", re.sub(r"\\(text|operatorname\*?|mathrm)\{[^}]*\}", " ", tex))
    words = set(re.findall(r"[A-Za-z_]{3,}", plain)) - {"q_p"}
    assert not words & set(RAW), (words & set(RAW), tex)
    assert not words - {"cases"}, (words, tex)


@pytest.mark.parametrize("key", keys())
def test_every_result_and_every_step_is_clean_latex(key):
    found = result(key)
    assert found.latex() == result_latex(found)
    check(result_latex(found))
    for step in found.steps:
        check(step_latex(step))
        if step.reference is not None:
            assert str(step.reference)
    for case in cases(found):
        check(case_condition_latex(case))


@pytest.mark.parametrize("key", keys())
def test_every_result_and_every_step_has_a_text(key):
    found = result(key)
    text = result_text(found)
    assert text.startswith(f"{key}: {found.statement.words} ({found.kind})")
    assert all(assumption.text in text for assumption in found.given)
    assert str(found) == text
    for step in found.steps:
        assert "\n" not in step_text(step)
        assert re.search(r" (=|=\(law\)|~|<=) ", step_text(step))


def test_the_risk_reads_as_a_person_would_write_it():
    assert latex_of(linear.risk().regimes[0].value) == (
        r"\frac{\lambda\,\lVert\Delta\rVert^2\,\left(d - n\right)}{d} + \frac{n\,\sigma^{2}}{d - n - 1}"
    )
    assert text_of(linear.risk().regimes[0].value) == "level*squared_distance*(d - n)/d + n*sigma**2/(d - n - 1)"
    assert latex_of(symbol("squared_distance") ** 2) == r"\lVert\Delta\rVert^{4}"


def test_matrices_are_printed_through_the_table():
    sample = task(S)
    q, x, u = sample.q, sample.x, sample.start
    assert latex_of(u.T @ q @ S @ u) == r"\theta_S^{\top} Q \Sigma \theta_S"
    assert latex_of(pinv(x).T @ S @ x.T) == r"X^{+\top} \Sigma X^{\top}"
    assert latex_of(trace(S @ inverse(x.T @ x))) in (
        r"\operatorname{tr}\left((X^{\top} X)^{-1} \Sigma\right)",
        r"\operatorname{tr}\left(\Sigma (X^{\top} X)^{-1}\right)",
    )
    assert latex_of(inverse(S) * 2) == r"2\,\Sigma^{-1}"
    assert latex_of(x - x) == "0"


def test_laws_are_printed_with_degrees_of_freedom():
    assert latex_of(BetaPrime(n / 2, d / 2)) == r"\frac{\chi^2_{n}}{\chi^2_{d}}"
    assert latex_of(Beta(n / 2, d / 2)) == r"\operatorname{Beta}\left(\frac{n}{2},\frac{d}{2}\right)"


def test_what_is_subtracted_and_what_is_noise_come_last():
    assert text_of(n - d - 1) in ("n - d - 1", "-d + n - 1")
    assert text_of(sigma**2 + symbol("squared_distance")) == "squared_distance + sigma**2"


def test_an_average_is_marked_while_something_in_it_is_random():
    sample = task(ISOTROPIC)
    assert is_random(sample.q)
    assert is_random(pinv(sample.x))
    assert is_random(inverse(sample.x.T @ sample.x))
    assert not is_random(S)
    assert not is_random(sp.Integer(1))
    noise = next(s for s in linear.risk().steps if s.rule == "noise moments")
    assert step_latex(noise).startswith(r"\mathbb{E}\left[")
    assert step_text(noise).startswith("E[")


def test_relations_say_in_which_sense_sides_are_equal():
    law = next(s for s in linear.risk_law().steps if s.rule == "share of a fixed vector")
    assert r"\overset{d}{=}" in step_latex(law)
    assert "=(law)" in step_text(law)
    lemma = next(s for s in linear.risk_equivalent().steps if "factorisation" in s.rule)
    assert r"\simeq" in step_latex(lemma)
    assert " ~ " in step_text(lemma)
    assert r" \sim" in result_latex(linear.risk_law())
    assert r" \simeq " in result_latex(linear.risk_equivalent())
    assert latex_of(KAPPA) in result_latex(linear.risk_equivalent())


def test_no_two_letters_share_a_name_and_every_entry_has_latex_and_a_meaning():
    names = [entry.name for entry in TABLE]
    assert len(set(names)) == len(names)
    assert all(entry.latex and entry.meaning for entry in (*QUANTITIES, *LETTERS, *OTHERS))


def test_a_letter_of_ones_own_is_printed_by_its_name():
    assert latex_of(matrix("K_1", 2, 2)) == "K_{1}"
    assert latex_of(matrix("Z", 2, 2)) == "Z"
