"""Every check passes the library as it is, and no exhibit survives all checks."""

from pathlib import Path

import numpy as np
import pytest

from scratchae.cli import museum as command
from scratchae.formulas import dense, twins
from scratchae.museum import CHECKS, FAULTS, as_markdown, is_caught, matrix
from scratchae.museum.planting import edited, replaced

README = Path(__file__).parents[1] / "README.md"
# A gradient check proves that backward fits forward. These are wrong in both, or
# outside of what is differentiated.
PASS_A_GRADIENT_CHECK = {
    "std_is_variance", "noise_drawn_twice", "biases_never_move", "absolute_tolerance",
    "tiny_kl_weight", "kl_sign_flipped", "kl_without_half", "grey_pixels",
    "likelihood_sign_flipped", "evaluation_without_noise", "probabilities_clipped",
    "adam_correction_off_by_one", "adam_eps_inside", "adam_betas_swapped",
    "noisy_target", "noise_at_prediction", "rho_swapped", "rho_hat_over_units",
    "mean_of_logs", "active_units_of_samples",
}  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    return matrix()


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_passes_the_library_as_it_is(check):
    assert not is_caught(check)


def test_no_fault_survives_every_check(rows):
    assert [fault for fault, row in rows.items() if not any(row.values())] == []


def test_which_faults_pass_a_gradient_check(rows):
    passing = {fault for fault, row in rows.items() if not row["gradient check"]}
    assert passing == PASS_A_GRADIENT_CHECK


def test_the_sampler_that_confuses_std_and_variance_breaks_the_bound(rows):
    row = rows["std_is_variance"]
    assert not row["gradient check"] and not row["frozen noise"]
    assert row["bound <= log p"] and row["sampler"]


def test_the_readme_shows_the_matrix(rows):
    assert as_markdown(rows) in README.read_text()


def test_every_row_of_the_catalogue_is_there():
    assert len(FAULTS) == 26
    sources = {seen_in for _, _, seen_in in FAULTS.values()}
    assert {"numpy-ml, DeZero", "VRbound", "pythae", "DeZero", "our own"} <= sources


def test_planting_reaches_every_name_and_is_undone():
    def planted(x, W, b):
        return np.zeros((len(x), W.shape[1])), None

    original = dense.dense_forward
    with replaced(original, planted):
        assert dense.dense_forward is planted
    assert dense.dense_forward is original
    binarize = twins.binarize
    with replaced(binarize, planted):
        assert twins.binarize is planted
    assert twins.binarize is binarize


def test_an_edited_line_runs_and_is_undone():
    x, W, b = np.ones((2, 3)), np.ones((3, 1)), np.ones(1)
    elsewhere = dense.dense_forward  # as `from dense import dense_forward` gives it
    with edited(dense.dense_forward, "x @ W + b", "x @ W - b"):
        assert elsewhere(x, W, b)[0][0, 0] == 2
    assert elsewhere(x, W, b)[0][0, 0] == 4


def test_methods_with_super_and_closures_and_defaults_can_be_edited():
    scale = 3

    class Base:
        def value(self):
            return 1

    class Child(Base):
        def value(self, factor=2):
            return factor * scale * super().value()

    assert Child().value() == 6
    with edited(Child.value, "factor *", "factor +"):
        assert Child().value() == 5
    with edited(Child.value, "factor=2", "factor=5"):
        assert Child().value() == 15
    assert Child().value() == 6


def test_an_edit_that_does_not_fit_the_code_is_refused():
    for old in ("no such text", "x"):
        with pytest.raises(LookupError, match="expected it once"):
            with edited(dense.dense_forward, old, "y"):
                pass


def test_the_command_prints_the_matrix_and_fails_for_a_survivor(
    rows, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(command, "matrix", lambda progress: rows)
    figure = tmp_path / "museum.png"
    options = command_options(figure=figure)
    assert command.run(options) == 0
    out = capsys.readouterr().out
    assert "26 faults; 20 pass the plain gradient check; 0 survive" in out
    assert figure.stat().st_size > 10_000
    survivor = {"std_is_variance": dict.fromkeys(CHECKS, False)}
    monkeypatch.setattr(command, "matrix", lambda progress: survivor)
    assert command.run(command_options()) == 1


def command_options(figure=None, markdown=False):
    class Options:
        pass

    options = Options()
    options.figure, options.markdown = figure, markdown
    return options
