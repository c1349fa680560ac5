"""`scratchae gradcheck`: all gradients pass, and a wrong one is named."""

import json

import numpy as np
import pytest

from scratchae.cli import main
from scratchae.formulas import (
    activations,
    dense,
    divergences,
    importance,
    losses,
    penalties,
    reparameterization,
)
from scratchae.gradient_checks import CHECKS, SIZES, run_checks
from scratchae.museum.planting import edited

pytestmark = pytest.mark.filterwarnings("ignore:no kernel for Bell")


@pytest.mark.parametrize("name", CHECKS)
def test_every_gradient_agrees_with_the_complex_step(name):
    report = run_checks([name], "complex")
    assert report.passed, report
    for row in report.rows:
        assert row.max_relative_error <= 1e-12 and abs(row.analytic) > 0, row


@pytest.mark.parametrize("name", CHECKS)
def test_every_gradient_agrees_with_richardson_at_another_random_point(name):
    report = run_checks([name], "richardson", sizes="equal", seed=1)
    assert report.passed, report
    assert max(row.max_relative_error for row in report.rows) <= 1e-9, report


@pytest.mark.parametrize("sizes", [name for name in SIZES if name != "different"])
@pytest.mark.parametrize("name", CHECKS)
def test_every_gradient_agrees_at_square_repeated_and_narrow_sizes(name, sizes):
    report = run_checks([name], "complex", sizes=sizes)
    errors = [row.max_relative_error for row in report.rows]
    assert report.passed and max(errors, default=0) <= 1e-12, report


def test_sizes_cover_square_repeated_and_width_1():
    different, equal, repeated, narrow, one = SIZES.values()
    assert len(set(different[:5])) == 5 and len(set(equal)) == 1
    assert repeated.n == repeated.h and repeated.d == repeated.k
    assert narrow.d == narrow.h == narrow.k == 1 < narrow.n and one.n == 1


N_H, N_K, N_D, D_H = (5, 6), (5, 4), (5, 7), (7, 6)
FACTOR = (5, 4, 4)
POINTS = {  # what is differentiated, and in which shape: names of n d h k = 5 7 6 4
    **{name: {"a": N_H} for name in activations.ACTIVATIONS},
    "dense": {"x": N_D, "W": D_H, "b": (6,)},
    "squared_error": {"x_hat": N_D},
    "weighted_squared_error": {"x_hat": N_D},
    "bernoulli_nll": {"logits": N_D},
    "gaussian_nll": {"x_hat": N_D, "log_var": N_D},
    "gaussian_nll_one_variance": {"x_hat": N_D, "log_var": ()},
    "kl_diag_gaussian": {"mu": N_K, "log_var": N_K},
    "free_bits": {"mu": N_K, "log_var": N_K},
    "reparameterize_diag": {"mu": N_K, "log_var": N_K},
    "reparameterize_cholesky": {"mu": N_K, "L": FACTOR},
    "cholesky_factor": {"log_var": N_K, "lower": (5, 4 * 3 // 2)},
    "log_mean_exp": {"log_w": (6, 5)},
    "softmax_nll": {"logits": (5, 3 + 1)},
    "l1": {"h": N_H},
    "kl_sparsity": {"h": N_H},
    "top_k": {"h": N_H},
    "contractive_sigmoid": {"h": N_H, "W": D_H},
    "contractive_tanh": {"h": N_H, "W": D_H},
    "kl_gaussian": {"mu0": N_K, "L0": FACTOR, "mu1": N_K, "L1": FACTOR},
    "kl_standard_gaussian": {"mu": N_K, "L": FACTOR},
    "gaussian_fit": {"m": (), "log_v": ()},
    "forward_kl_fit": {"m": (), "log_s": ()},
    "reverse_kl_fit": {"m": (), "log_s": ()},
    "belief_net": {"W": (7, 7), "b": (7,)},
}


def check_at(name, seed=0):
    return CHECKS[name](np.random.default_rng(seed), SIZES["different"])


@pytest.mark.parametrize("name", POINTS)
def test_the_points_of_the_formulas_have_these_shapes_and_are_random(name):
    check, other = check_at(name), check_at(name, 1)
    shapes = {tensor: value.shape for tensor, value in check.point.items()}
    assert shapes == POINTS[name] and [*shapes] == [*check.gradients]
    for tensor, value in check.point.items():
        assert not np.array_equal(value, other.point[tensor])


SATURATED = ("bernoulli_nll", "softmax_nll", *activations.ACTIVATIONS)


@pytest.mark.parametrize("name", SATURATED)
def test_points_that_can_saturate_do(name):
    (value,) = check_at(name).point.values()
    assert value.ravel()[:4].tolist() == [-1000, -30, 30, 1000]
    assert np.abs(value.ravel()[4:]).max() < 10


def test_points_of_factors_and_floors_lie_on_both_sides():
    for L in (check_at("kl_gaussian").point["L0"], check_at("kl_gaussian").point["L1"],
              check_at("kl_standard_gaussian").point["L"]):
        diagonal = np.diagonal(L, axis1=1, axis2=2)
        assert ((diagonal > 0.5) & (diagonal < 2)).all() and not np.triu(L, 1).any()
        assert (np.tril(L, -1) != 0).sum() == 5 * 6
    free = check_at("free_bits").gradients["mu"]
    assert not free[:, 0].any() and (free[:, 1:] != 0).all()
    for name in ("l1", "relu"):
        (value,) = check_at(name).point.values()
        assert np.abs(value).min() >= 0.1 and (value > 0).any() and (value < 0).any()
    kept = check_at("top_k").gradients["h"] != 0
    assert (kept.sum(axis=1) == 3).all()


def test_all_formulas_with_a_backward_are_checked():
    names = {
        name.removesuffix("_backward")
        for room in (
            activations,
            dense,
            divergences,
            importance,
            losses,
            penalties,
            reparameterization,
        )
        for name in vars(room)
        if name.endswith("_backward")
        and getattr(room, name).__module__ == room.__name__
    }
    checked = " ".join(CHECKS)
    assert all(name in checked for name in names)


def negated(function, which=None):
    """The function with the sign of one (or the only) returned gradient flipped."""

    def wrong(*args, **options):
        out = function(*args, **options)
        if which is None:
            return -out
        return tuple(-g if i == which else g for i, g in enumerate(out))

    return wrong


FLIPS = [
    *[
        (activations, f"{name}_backward", None, name)
        for name in activations.ACTIVATIONS
    ],
    (dense, "dense_weight_gradient", 0, "dense"),
    (dense, "dense_weight_gradient", 1, "dense"),
    (dense, "dense_input_gradient", None, "dense"),
    (losses, "squared_error_backward", None, "squared_error"),
    (losses, "weighted_squared_error_backward", None, "weighted_squared_error"),
    (losses, "bernoulli_nll_backward", None, "bernoulli_nll"),
    (losses, "gaussian_nll_backward", 0, "gaussian_nll"),
    (losses, "gaussian_nll_backward", 1, "gaussian_nll"),
    (divergences, "kl_diag_gaussian_backward", 0, "kl_diag_gaussian"),
    (divergences, "kl_diag_gaussian_backward", 1, "kl_diag_gaussian"),
    (reparameterization, "reparameterize_diag_backward", 0, "reparameterize_diag"),
    (reparameterization, "reparameterize_diag_backward", 1, "reparameterize_diag"),
    (
        reparameterization,
        "reparameterize_cholesky_backward",
        1,
        "reparameterize_cholesky",
    ),
    (divergences, "free_bits_backward", 1, "free_bits"),
    (importance, "log_mean_exp_backward", None, "log_mean_exp"),
    (penalties, "kl_sparsity_backward", None, "kl_sparsity"),
    (penalties, "contractive_backward", 0, "contractive_sigmoid"),
    (penalties, "contractive_backward", 1, "contractive_sigmoid"),
]


@pytest.mark.parametrize("room, name, which, culprit", FLIPS)
def test_planted_sign_exits_1_and_the_first_failing_row_names_the_culprit(
    room, name, which, culprit, monkeypatch, capsys
):
    wrong = negated(getattr(room, name), which)
    monkeypatch.setattr(room, name, wrong)
    if room is activations:
        phi = activations.ACTIVATIONS[culprit]._replace(backward=wrong)
        monkeypatch.setitem(activations.ACTIVATIONS, culprit, phi)
    names = [*CHECKS][: [*CHECKS].index(culprit) + 1]  # later rows cannot come first
    assert main(["gradcheck", *names, "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["model"] for row in rows if not row["passed"]} == {culprit}


CLIPPED = [  # the gradient of a log-variance beyond 10 or -10
    (losses.gaussian_nll_backward, "0.5 * (1 - scaled)",
     "0.5 * (1 - scaled) * (precision > np.exp(-10))", "gaussian_nll", "wide"),
    (losses.gaussian_nll_backward, "0.5 * (1 - scaled)",
     "0.5 * (1 - scaled) * (precision < np.exp(10))", "gaussian_nll", "narrow"),
    (divergences.kl_diag_gaussian_backward, "0.5 * excess",
     "0.5 * np.minimum(excess, np.exp(10))", "kl_diag_gaussian", "wide"),
    (divergences.kl_diag_gaussian_backward, "0.5 * excess",
     "0.5 * excess * (excess > np.expm1(-10))", "kl_diag_gaussian", "narrow"),
    (reparameterization.reparameterize_diag_backward, "0.5 * noise",
     "0.5 * np.clip(noise, -1e3, 1e3)", "reparameterize_diag", "wide"),
    (reparameterization.reparameterize_diag_backward, "0.5 * noise",
     "0.5 * noise * (np.abs(noise) > 1e-3)", "reparameterize_diag", "narrow"),
]


@pytest.mark.parametrize("function, right, wrong, name, side", CLIPPED)
def test_a_clipped_gradient_is_caught_where_log_variances_are_far(
    function, right, wrong, name, side
):
    with edited(function, right, wrong):
        assert run_checks([name]).passed
        assert not run_checks([f"{name}_{side}"]).passed


def test_far_log_variances_are_near_20_on_either_side():
    for name in ("gaussian_nll", "kl_diag_gaussian", "reparameterize_diag"):
        for side, sign in (("wide", 1), ("narrow", -1)):
            (value,) = check_at(f"{name}_{side}").point.values()
            assert (np.abs(sign * value - 20) < 5).all() and np.ptp(value) > 1


def test_rows_run_from_the_loss_backwards():
    names = [row.name for row in run_checks(["vae_tanh"]).rows]
    assert names[0] == "decoder.1.b" and names[-1] == "encoder.0.W"


@pytest.mark.parametrize("sizes", SIZES)
def test_the_option_sizes_reaches_the_checks(sizes, capsys):
    assert main(["gradcheck", "dense", "--sizes", sizes, "--json"]) == 0
    W = json.loads(capsys.readouterr().out)["rows"][1]
    assert W["shape"] == [SIZES[sizes].d, SIZES[sizes].h]


def test_the_options_step_and_tolerance_reach_the_checks(capsys):
    central = ["gradcheck", "tanh", "--method", "central", "--step", "0.1"]
    assert main([*central, "--tolerance", "1e-9"]) == 1
    assert main([*central, "--tolerance", "0.1"]) == 0


def test_two_seeds_check_two_points(capsys):
    documents = []
    for seed in ("1", "1", "2"):
        main(["gradcheck", "dense", "--seed", seed, "--json"])
        documents.append(capsys.readouterr().out)
    assert documents[0] == documents[1] != documents[2]


def test_command_prints_the_table_and_exits_0(capsys):
    assert main(["gradcheck", "dense", "vae_tanh"]) == 0
    text = capsys.readouterr().out
    assert "encoder.0.W" in text and "dense" in text


@pytest.mark.parametrize("method", ["complex", "richardson", "central"])
def test_json_has_the_promised_keys(method, capsys):
    assert main(["gradcheck", "dense", "--json", "--method", method]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"method", "passed", "rows"}
    assert document["method"] == method and document["passed"] is True
    assert set(document["rows"][0]) == {"model", "name", "shape", "passed", "verdict",
        "max_relative_error", "worst_index", "analytic", "numeric", "method",
        "suspects", "note", "slip"}


def test_unknown_name_lists_the_known_ones(capsys):
    assert main(["gradcheck", "dens"]) == 2
    assert "expected some of" in capsys.readouterr().err
