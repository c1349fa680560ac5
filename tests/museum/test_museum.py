"""Every check passes the library as it is, and no exhibit survives all checks."""

import contextlib
import re
import signal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scratchae import museum
from scratchae.cli import main
from scratchae.cli import museum as command
from scratchae.formulas import dense
from scratchae.museum import (
    CHECKS,
    FAULTS,
    KERNELS,
    as_markdown,
    as_text,
    conduct,
    footprint,
    in_kernels,
    is_caught,
    mathematics,
    matrix,
    surroundings,
)
from scratchae.museum.planting import edited
from scratchae.nn import plain

DEMAND = mathematics.demand
COLUMNS = (*CHECKS, KERNELS)
README = Path(museum.__file__).parent / "README.md"


@pytest.fixture(scope="module")
def rows():
    return matrix()


# How often a check demands something, where no catalogue decides that: a demand that is
# left out makes no table differ as long as another one finds the same mistakes.
DEMANDS = {
    "bound <= log p": 5, "closed form": 13, "all move": 25, "KL >= 0": 2, "sampler": 2,
    "guards": 3, "the checker": 18, "options": 15, "patience": 2, "uneven parts": 3,
    "draws": 13, "streams": 3, "ranges, units": 7, "far input": 10, "resume": 12,
    "memory": 1, "no trace": 3, "conventions": 3, "figures": 6,
}
BY_CATALOGUE = {"gradient check", "frozen noise", "backward twice"}


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_passes_the_library_as_it_is(check, monkeypatch):
    demanded = []
    for module in mathematics, conduct, surroundings:
        monkeypatch.setattr(module, "demand", lambda condition, message: (
            demanded.append(message), DEMAND(condition, message)))
    assert not is_caught(check)
    assert len(demanded) == DEMANDS.get(check, len(demanded)) > 0
    assert {*CHECKS} == {*DEMANDS} | BY_CATALOGUE


def test_no_fault_survives_every_check(rows):
    assert [fault for fault, row in rows.items() if not any(row.values())] == []


def test_more_faults_pass_a_gradient_check_than_fail_it(rows):
    """It proves that backward fits forward: these are wrong in both, or outside."""
    passing = {fault for fault, row in rows.items() if not row["gradient check"]}
    assert len(passing) > len(rows) / 2
    assert {"std_is_variance", "kl_without_half", "mean_of_logs", "grey_pixels",
            "adam_eps_inside", "logits_for_probabilities"} <= passing


def test_what_is_differentiated_is_found_by_the_gradient_check(rows):
    for fault in ("gaussian_path_missing", "gaussian_half_missing", "top_k_leaks",
                  "bias_gradient_averaged", "tanh_slope_without_the_square",
                  "square_tied_weights_not_transposed"):
        assert rows[fault]["gradient check"], fault


def test_every_kernel_mistake_is_noticed_by_its_twin(rows, kernels):
    planted = {name for name, exhibit in FAULTS.items() if exhibit.kernel}
    assert {name for name, row in rows.items() if row[KERNELS]} == planted


def test_what_has_a_kernel_is_planted_in_it_too():
    """What the plain backend runs is fused in a kernel: the edit has a twin there."""
    ran = footprint(lambda: in_kernels.results(plain))
    for name, exhibit in FAULTS.items():
        concerned = [f for f in exhibit.targets if f.__code__ in ran]
        assert bool(concerned) == bool(exhibit.kernel), name


def test_every_check_notices_something(rows, kernels):
    for column in COLUMNS:
        assert any(row[column] for row in rows.values()), column


def test_the_sampler_that_confuses_std_and_variance_breaks_the_bound(rows):
    row = rows["std_is_variance"]
    assert not row["gradient check"] and not row["frozen noise"]
    assert row["bound <= log p"] and row["sampler"]


def test_what_is_handed_on_wrongly_is_found(rows):
    for fault in ("slope_multiplied_twice", "slope_not_multiplied",
                  "bound_gradient_in_z_left_out", "own_gradient_forgotten"):
        assert rows[fault]["gradient check"], fault


def test_only_a_second_backward_finds_what_the_first_one_spoils(rows, kernels):
    row = rows["slope_in_place"]
    assert {name for name, seen in row.items() if seen} == {"backward twice", KERNELS}


def test_without_noise_all_samples_weigh_the_same(rows):
    row = rows["weights_of_samples_ignored"]
    assert row["frozen noise"] and not row["gradient check"]


def test_the_museums_readme_shows_the_matrix(rows, kernels):
    text = README.read_text()
    assert as_markdown(rows) in text
    table = re.findall(r"^\| .*$", text, re.M)
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {len(COLUMNS) + 3}
    assert f"plants {len(FAULTS)} mistakes" in text
    front = (README.parents[2] / "README.md").read_text()
    assert f"| {len(FAULTS)} real mistakes" in front
    silent = sum(not row["gradient check"] for row in rows.values())
    assert f"{silent} pass a gradient check" in text


def test_the_museum_has_at_least_90_exhibits_from_many_places():
    assert len(FAULTS) >= 90
    sources = {exhibit.seen_in for exhibit in FAULTS.values()}
    assert {"numpy-ml, DeZero", "VRbound", "pythae", "DeZero", "our own"} <= sources
    texts = [exhibit.text for exhibit in FAULTS.values()]
    assert len(set(texts)) == len(texts) and all(" " in text for text in texts)
    assert all(name.isidentifier() for name in FAULTS)


def test_a_check_is_shown_only_to_mistakes_in_the_code_that_it_runs():
    ran = footprint(lambda: dense.dense_forward(np.ones((1, 1)), np.ones((1, 1)), 0))
    assert dense.dense_forward.__code__ in ran
    assert dense.dense_backward.__code__ not in ran


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


def test_the_matrix_as_text_and_as_markdown_is_this(monkeypatch):
    faults = {"one": SimpleNamespace(text="KL(q | p)", seen_in="our own"),
              "two": SimpleNamespace(text="a sign", seen_in="several")}
    monkeypatch.setattr(museum, "FAULTS", faults)
    rows = {"one": {"zeta": True, "a": False, "twin": False},
            "two": {"zeta": False, "a": False, "twin": True}}
    assert as_text(rows).splitlines() == [
        "          zeta  a  twin", "KL(q | p)  x    .   .  ", "a sign     .    .   x  "]
    assert as_markdown(rows) == """\
| fault | seen in | zeta | a | twin |
| --- | --- | :-: | :-: | :-: |
| KL(q \\| p) | our own | x |  |  |
| a sign | several |  |  | x |"""


def test_any_exception_is_a_catch_but_for_a_name_that_an_exhibit_has_wrong():
    def fails(error):
        raise error

    assert museum._is_caught([lambda: fails(ValueError("noticed"))])
    assert not museum._is_caught([lambda: None])
    with pytest.raises(NameError, match="oops"):
        museum._is_caught([lambda: fails(NameError("oops"))])


def test_defaults_of_keywords_are_edited_and_put_back():
    def value(x, *, factor=2):
        return factor * x

    with edited(value, "factor=2", "factor=5"):
        assert value(1) == 5
    assert value(1) == 2


def test_an_edit_that_does_not_fit_the_code_is_refused():
    for old in ("no such text", "x"):
        with pytest.raises(LookupError, match="expected it once"):
            with edited(dense.dense_forward, old, "y"):
                pass


def test_the_command_prints_the_matrix_and_fails_for_a_survivor(
    rows, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(museum, "matrix", lambda progress: rows)
    figure = tmp_path / "museum.png"
    options = command_options(figure=figure)
    assert command.run(options) == 0
    out = capsys.readouterr().out
    assert f"{len(FAULTS)} faults; " in out and " 0 survive everything" in out
    assert figure.stat().st_size > 10_000
    survivor = {"std_is_variance": dict.fromkeys(COLUMNS, False)}
    monkeypatch.setattr(museum, "matrix", lambda progress: survivor)
    for markdown in False, True:
        capsys.readouterr()
        assert command.run(command_options(markdown=markdown)) == 1
        assert capsys.readouterr().out.startswith("| fault | seen in |") is markdown


def command_options(figure=None, markdown=False):
    return SimpleNamespace(figure=figure, markdown=markdown, overwrite=False)


def test_ctrl_c_ends_it_though_a_training_has_kept_its_last_epoch(monkeypatch, capsys):
    """`fit` returns then, and no exception is on its way any more."""
    def matrix(progress):
        progress("first")
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        progress("second")

    monkeypatch.setattr(museum, "matrix", matrix)
    assert main(["museum"]) == 130
    assert capsys.readouterr().err == "planting first\nscratchae: interrupted\n"


def test_the_kernels_that_are_compared_are_those_of_this_package(monkeypatch, tmp_path):
    """`python -c` looks in the working folder first, where a student may be at work."""
    asked = {}

    def run(command, **how):
        asked.update(how)
        return SimpleNamespace(returncode=0, stdout="null")

    monkeypatch.setattr(in_kernels.subprocess, "run", run)
    monkeypatch.chdir(tmp_path)
    assert in_kernels.noticed() is None
    assert asked["cwd"] == Path(museum.__file__).parents[2]
    assert asked["env"]["NUMBA_DISABLE_JIT"] == "1"
