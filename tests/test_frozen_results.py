"""What is derived about tasks partly trained, partly transferred: every step, every regime, and wrong formulas."""

from itertools import count, product

import numpy as np
import pytest
import sympy as sp

from numerics.frozen import Frozen
from numerics.streams import stream
from theory.evaluation import EvaluationError, regime_at
from theory.frozen import (
    best_split,
    less_related_wins,
    peaks,
    probe,
    probe_quantile,
    risk,
    source_error,
    task_similarity,
    when_freezing_helps,
)
from theory.frozen.best_split import TALL, WIDE, least_residual, over_none, transferred_error
from theory.linear import risk as linear_risk
from theory.notation import symbol
from verify import means
from verify.claim import Case, twin_in
from verify.frozen import splits
from verify.frozen.claims import CLAIMS
from verify.ledger import Ledger
from verify.plan import plan
from verify.verdict import Verdict

SEED, FALSE_ALARM = 20261126, 1e-9
GAINS = when_freezing_helps(), best_split(), task_similarity(), less_related_wins()
RESULTS = {found.key: found for found in (source_error(), risk(), peaks(), probe(), probe_quantile(), *GAINS)}


CHECKS = plan(CLAIMS, 0, Ledger(budget=1e-6, pilot_budget=1e-6))


@pytest.mark.parametrize("check", CHECKS, ids=[f"{c.claim.key}, {c.stratum}, {k}" for k, c in enumerate(CHECKS)])
def test_a_mean_is_the_simulated_one_and_a_wrong_formula_is_refuted(check) -> None:
    """Where the mean is infinite on account of the source, no factor changes the risk: then the twin is a number."""
    true = RESULTS[check.claim.key]
    regime = regime_at(true, check.case.fields)
    assert check.claim.check(true, check.case, check.level).verdict is Verdict.SUPPORTED
    wrong = twin_in(regime, true, check.claim.twin)
    if check.stratum == "n_source at its threshold":
        wrong = twin_in(regime, true, lambda _: sp.Integer(1))
    assert check.claim.check(wrong, check.case, check.level).verdict is Verdict.REFUTED


def test_every_regime_of_a_mean_is_simulated() -> None:
    found = {(check.claim.key, regime_at(RESULTS[check.claim.key], check.case.fields).name) for check in CHECKS}
    keys = {claim.key for claim in CLAIMS}
    assert found == {(key, regime.name) for key in keys for regime in RESULTS[key].regimes}


def test_a_less_related_source_can_leave_less_risk() -> None:
    """Fewer source samples than parameters: what is large elsewhere spills over, less so from a source task at half."""
    lists = {"free": [0], "source_coordinates": [1, 2, 3, 4, 5, 6], "transferred": [1]}
    fields = {"n": 9, "n_source": 2, "d": 7, "sigma": 0.1, "sigma_source": 0.1, "task_noise": 0, **lists}
    same, half = (risk().evaluate(**fields, target=[0, 1, 3, 3, 3, 3, 3], task_map=[h] * 7) for h in (1.0, 0.5))
    assert half < same
    same, half = (risk().evaluate(**fields, target=[0, 3, 1, 1, 1, 1, 1], task_map=[h] * 7) for h in (1.0, 0.5))
    assert same < half


LISTS = {"free": [0], "source_coordinates": [1, 2], "transferred": [1, 2], "sigma": 0.5, "sigma_source": 0.5}


def test_freezing_a_coordinate_helps_where_its_error_is_less_than_that_of_training_it() -> None:
    """n >= p + 3: iff M_j < v/(n - p - 1), the two sides as the other results have them."""
    signs = []
    for n, n_source in ((5, 5), (5, 40), (30, 5), (30, 40), (9, 12)):
        fields = {"n": n, "n_source": n_source, "d": 3, "target": [1, 2, 3], **LISTS}
        alone = source_error().evaluate(**{**fields, "transferred": [2]})
        v = 0.25 + source_error().evaluate(**fields)
        gain = when_freezing_helps().evaluate(**fields, coordinate=2)
        assert (gain > 0) == (alone < v / (n - 1 - 1))
        signs.append(gain > 0)
    assert {True, False} == set(signs)


def test_a_coordinate_that_is_not_transferred_is_refused_in_one_line() -> None:
    fields = {"n": 9, "n_source": 9, "d": 3, "target": [1, 2, 3], **LISTS}
    for coordinate, said in ((0, "not transferred"), (1.5, "integer"), ("x", "integer")):
        with pytest.raises(EvaluationError, match=said) as caught:
            when_freezing_helps().evaluate(**fields, coordinate=coordinate)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("samples", [1, 2, 3, 4, 5, 6, 7, 9, 14])
@pytest.mark.parametrize(("rho", "sigma"), [(1.0, 0.5), (-1.0, 0.5), (-1.0, 0.0), (0.0, 0.1)])
def test_the_best_split_is_all_or_none_and_no_other_has_less_risk(samples: int, rho: float, sigma: float) -> None:
    """Weights that are all alike: which of them are trained makes no difference."""
    m = 6
    fields = {"n": samples, "n_source": 9, "d": m, "sigma": sigma, "sigma_source": 0.3, "target": [1.0] * m}
    fields |= {"source_coordinates": list(range(m)), "task_map": [rho] * m, "task_noise": 0.2}
    splits = [{"free": list(range(p)), "transferred": list(range(p, m))} for p in range(m + 1)]
    risks = [risk().evaluate(**fields, **split) for split in splits]
    frozen = best_split().evaluate(**fields, **splits[0])
    assert frozen in (0, m)
    assert risks[m - frozen] == pytest.approx(min(risks), rel=1e-12)
    assert isinstance(frozen, int)


TIED = {"free": [], "source_coordinates": [0, 1], "transferred": [0, 1], "target": [1, 2], "d": 2, "task_noise": 0}


def test_a_tie_counts_as_frozen_and_draws_do_not_decide_it() -> None:
    """As many samples and as much noise of the source as of the target."""
    fields = {"n": 20, "n_source": 20, "sigma": 1, "sigma_source": 1, **TIED}
    assert best_split().evaluate(**fields) == 2
    case, check = Case(Frozen.from_fields(fields)), next(c for c in CHECKS if c.claim.key == "frozen.best_split")
    assert check.claim.check(best_split(), case, check.level).verdict is Verdict.UNDECIDED


def test_where_freezing_any_is_infinite_training_all_without_residual_is_best() -> None:
    for samples in (1, 2, 3):
        assert best_split().evaluate(n=samples, n_source=2, sigma=0, sigma_source=1, **TIED) == 0


def test_those_that_are_trained_are_drawn_and_not_the_best_ones() -> None:
    """Half of them, the large ones, would be better trained than none or all."""
    lists = {"free": [], "source_coordinates": [0, 1, 2, 3], "transferred": [0, 1, 2, 3], "d": 4, "task_noise": 0}
    fields = {"n": 20, "n_source": 60, "target": [1, 1, 0.01, 0.01], "task_map": [-1.0] * 4, **lists}
    case = Case(Frozen.from_fields({**fields, "sigma": 6.5, "sigma_source": 0.1}))
    check = next(c for c in CHECKS if c.claim.key == "frozen.best_split")
    assert best_split().evaluate(**case.fields) == 4
    half = {**case.fields, "free": [0, 1], "transferred": [2, 3]}
    assert risk().evaluate(**half) < risk().evaluate(**case.fields)
    assert check.claim.check(best_split(), case, check.level).verdict is Verdict.SUPPORTED


def test_an_end_that_is_infinite_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    check = next(c for c in CHECKS if c.stratum == "n_source = parameters" and c.claim.key == "frozen.best_split")
    honest = splits.infinite_risk
    monkeypatch.setattr(splits, "infinite_risk", lambda one, _, at: honest(one, 1.0, at))
    assert check.claim.check(best_split(), check.case, check.level).verdict is Verdict.REFUTED


def test_the_derivations_of_the_best_split_hold_everywhere_and_say_that_no_split_between_is_best() -> None:
    """Every size where some are trained and the risk is finite lies in the domain of one of the three; its last line,
    in fractions: if some are better than none, all are better still."""
    three = [d for d in best_split().derivations if d.title.endswith(" trained") and "some" in d.title]
    three += [d for d in best_split().derivations if d.title == "few samples, many or all trained"]
    assert len(three) == 3
    sizes = [symbol(name) for name in ("n", "free_parameters", "transferred_parameters")]
    for n, m in product(range(1, 10), range(2, 13)):
        for p in (p for p in range(1, m) if abs(n - p) >= 2):
            at = dict(zip(sizes, map(sp.Integer, (n, p, m)), strict=True))
            holding = [d for d in three if d.domain.xreplace(at) == sp.true]
            assert len(holding) == 1, (n, p, m)
            after = holding[0].steps[0].after.xreplace(at)
            some = over_none(TALL if p <= n else WIDE)[0].xreplace(at)
            for numbers in product(map(sp.Integer, (0, 1, 7)), repeat=3):
                letters = dict(
                    zip((least_residual, transferred_error, symbol("squared_transferred")), numbers, strict=True)
                )
                gain = some.xreplace(letters)
                if "few samples, some" in holding[0].title:
                    assert gain >= 0
                elif gain <= 0:
                    assert after.xreplace(letters) <= 0


def test_a_split_of_which_something_is_trained_already_is_refused() -> None:
    fields = {"n": 9, "n_source": 9, "d": 3, "target": [1, 2, 3], **LISTS, "task_noise": 0}
    for lists in ({}, {"free": [], "transferred": []}, {"free": [], "n": 2, "n_source": 2}):
        with pytest.raises(EvaluationError, match="outside its domain"):
            best_split().evaluate(**{**fields, **lists})


@pytest.mark.parametrize("off", [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_a_peak_one_parameter_off_is_refuted(off: tuple[int, int]) -> None:
    check = next(check for check in CHECKS if check.claim.key == "frozen.peaks")
    wrong = twin_in(peaks().regimes[0], peaks(), lambda place: sp.Tuple(place[0] + off[0], place[1] + off[1]))
    assert check.claim.check(wrong, check.case, check.level).verdict is Verdict.REFUTED


def test_there_is_no_peak_where_the_labels_do_not_vary() -> None:
    fields = {"n": 9, "n_source": 7, "d": 3, "target": [1, 2, 3], **LISTS, "task_noise": 0}
    assert peaks().evaluate(**fields).tolist() == [9, 7]
    for lists in ({"transferred": []}, {"sigma_source": 0, "source_coordinates": [0, 1, 2]}):
        with pytest.raises(EvaluationError, match="outside its domain"):
            peaks().evaluate(**{**fields, **lists})


def test_the_best_similarity_is_below_one_if_and_only_if_the_source_does_not_see_everything() -> None:
    for hidden, wins in ((0, False), (2, True)):
        lists = {"free": [], "source_coordinates": [0, 1], "transferred": [0]}
        fields = {"n": 1, "n_source": 9, "d": 3, "sigma": 1, "sigma_source": 1, "target": [1, 1, hidden], **lists}
        assert (less_related_wins().evaluate(**fields, similarity=0.99) > 0) is wins
        assert less_related_wins().evaluate(**fields, similarity=1.01) < 0


def test_a_relation_that_is_no_multiple_is_refused() -> None:
    fields = {"n": 9, "n_source": 9, "d": 3, "target": [1, 2, 3], **LISTS, "task_noise": 0}
    assert task_similarity().evaluate(**fields) == source_error().evaluate(**fields)
    for relation in ([1.0, 2.0, 1.0], [[1.0, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]):
        with pytest.raises(EvaluationError, match="no multiple of the identity"):
            task_similarity().evaluate(**fields, task_map=relation)


def test_transferring_everything_right_leaves_what_is_not_transferred() -> None:
    lists = {"source_coordinates": [0, 1, 2], "transferred": [0, 1], "free": []}
    given = Frozen(n=9, n_source=9, d=3, sigma=0, target=[3, 4, 12], **lists)
    assert risk().evaluate(**given.fields()) == 144


def test_a_probe_on_features_that_span_the_target_pays_for_noise_alone() -> None:
    features = [[1, 0], [0, 1], [0, 0]]
    found = probe().evaluate(n=7, d=3, sigma=1, target=[1, 2, 0], features=features)
    assert found == pytest.approx(2 / (7 - 2 - 1), rel=1e-15)


def test_a_probe_is_what_least_squares_on_its_features_does() -> None:
    """Any covariance, features of rank 3 of 4: no error of 3%, and 3% too much is refuted."""
    rng = np.random.default_rng(1)
    features, target, spectrum = rng.standard_normal((6, 4)), rng.standard_normal(6), np.linspace(0.2, 2, 6)
    features[:, 3] = features[:, 0] - features[:, 1]

    def risks(seed: int) -> np.ndarray:
        draws = stream(SEED, seed)
        x = draws.standard_normal((4096, 11, 6)) * np.sqrt(spectrum)
        y = x @ target + 0.5 * draws.standard_normal((4096, 11))
        h = np.einsum("jk,tkn,tn->tj", features, np.linalg.pinv(x @ features), y)
        return np.asarray((h - target) ** 2 @ spectrum)

    fields = {"d": 6, "sigma": 0.5, "target": target, "features": features, "spectrum": spectrum}
    claimed, variance = probe().evaluate(n=11, **fields), means.pilot_variance(risks(0))
    for value, verdict in ((claimed, Verdict.SUPPORTED), (1.03 * claimed, Verdict.REFUTED)):
        draws = (risks(number) for number in count(1))
        found = means.test_mean(
            draws, value, variance, "pilot x2", delta=0.03, alpha=FALSE_ALARM, alpha_pass=FALSE_ALARM
        )
        assert found.verdict is verdict, found
    assert all(probe().evaluate(n=n, **fields) == np.inf for n in (3, 4))
    with pytest.raises(EvaluationError, match="outside its domain"):
        probe().evaluate(n=2, **fields)


EYE = np.eye(4)
NETWORK = {"d": 4, "sigma": 1, "layers": [EYE[:3], EYE[:2, :3], [[1.0, 1.0]]], "target": [1.0, 2.0, 1.0, 3.0]}


def test_a_probe_of_a_network_keeps_fewer_features_and_misses_more_with_every_layer() -> None:
    """Full fine-tuning first; then 3 features, and 2; least squares on them by hand."""
    swept = probe().sweep(n=10, frozen_layers=range(3), **NETWORK)["frozen.probe"]
    missed = [0, 9, 9 + 1]
    assert swept == pytest.approx([u + (u + 1) * m / (10 - m - 1) for u, m in zip(missed, (4, 3, 2), strict=True)])
    everything = linear_risk().evaluate(n=10, d=4, sigma=1, squared_distance=7)
    assert swept[0] == everything


def test_several_outputs_are_learned_one_by_one() -> None:
    rng = np.random.default_rng(2)
    features, targets = rng.standard_normal((5, 2)), rng.standard_normal((5, 3))
    given = {"n": 9, "d": 5, "sigma": 0.5, "features": features, "spectrum": np.linspace(0.5, 2, 5)}
    alone = [probe().evaluate(**given, target=targets[:, k]) for k in range(3)]
    assert probe().evaluate(**given, targets=targets) == pytest.approx(sum(alone), rel=1e-12)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"frozen_layers": 3}, "3 layers"),
        ({"depth": 3}, "a probe has none"),
        ({"free": [0]}, "a probe has none"),
        ({"layers": [[[1, 0, 0, True]], [[1]], [[1]]]}, r"layers\[0\]"),
        ({"layers": [[[1e60, 0, 0, 0]], *[[[1e60]]] * 6], "frozen_layers": 6}, "overflows"),
        ({"features": EYE[:, :2]}, "features and layers"),
        ({"layers": None, "frozen_layers": 1}, "no layers"),
        ({"layers": [EYE[:3], EYE[:2]]}, r"layers\[1\] has 4 columns"),
        ({"layers": [EYE[:3], [[1.0, 2.0], [1.0]]]}, r"layers\[1\]"),
        ({"layers": []}, "list of matrices"),
        ({"layers": [EYE[:3]]}, "3 outputs"),
        ({"targets": EYE[:, :1]}, "target and targets"),
        ({"target": None, "targets": EYE[:2]}, "one row per feature"),
        ({"target": None, "targets": EYE[:, :2], "layers": [EYE[:1], [[1.0], [1.0]]]}, "width 1 is retrained"),
    ],
)
def test_a_network_that_makes_no_probe_is_refused_in_one_line(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(EvaluationError, match=said) as caught:
        probe().evaluate(**(NETWORK | {"n": 9, "frozen_layers": 0} | wrong))
    assert "\n" not in str(caught.value)


def test_without_a_number_of_frozen_layers_all_are_retrained() -> None:
    assert probe().evaluate(n=9, **NETWORK) == probe().evaluate(n=9, frozen_layers=0, **NETWORK)
    with pytest.raises(EvaluationError, match="needs d"):
        probe().evaluate(**{name: value for name, value in NETWORK.items() if name != "d"}, n=9)


def test_a_layer_as_narrow_as_what_is_kept_may_be_retrained() -> None:
    layers = [EYE[:1], [[1.0]], [[1.0], [2.0]]]
    given = {"n": 9, "d": 4, "sigma": 1, "layers": layers, "targets": EYE[:, :2]}
    assert probe().evaluate(**given, frozen_layers=1) == pytest.approx(1 + (1 + 2) / (9 - 1 - 1))


def test_layers_are_for_probes_alone() -> None:
    with pytest.raises(EvaluationError, match="only a probe"):
        linear_risk().evaluate(n=9, sigma=1, d=4, squared_distance=1, layers=[EYE])


def test_a_direction_that_does_not_vary_is_no_part_of_a_probe() -> None:
    features, target = [[1.0, 0.0], [0.5, 1.0], [1.0, 1.0], [0.0, 2.0]], [1.0, 0.5, -1.0, 0.3]
    whole = probe().evaluate(n=9, d=4, sigma=1, target=target, features=features, spectrum=[1, 2, 0.5, 0])
    without = probe().evaluate(n=9, d=3, sigma=1, target=target[:3], features=features[:3], spectrum=[1, 2, 0.5])
    assert whole == without


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"free": [3]}, "both free and transferred"),
        ({"transferred": [5], "free": []}, "not in source_coordinates"),
        ({"free": [9]}, "free"),
        ({"free": [0, 0]}, "twice"),
        ({"task_map": [1.0, 2.0]}, "task_map"),
        ({"task_map": [[1.0] * 6] * 5}, "task_map"),
    ],
)
def test_coordinates_that_make_no_split_are_refused_in_one_line(wrong: dict[str, object], said: str) -> None:
    fields: dict[str, object] = {"n": 4, "n_source": 9, "d": 6, "sigma": 1, "sigma_source": 1, "target": [1.0] * 6}
    fields |= {"free": [0, 1], "transferred": [3], "source_coordinates": [3, 4], **wrong}
    with pytest.raises(EvaluationError, match=said) as caught:
        risk().evaluate(**fields)
    assert "\n" not in str(caught.value)
