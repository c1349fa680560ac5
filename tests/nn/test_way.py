"""How long the way is from `fit` to the first layer's gradient: calls and files."""

import os
import sys

import numpy as np
import pytest

import scratchae

ROOT = os.path.dirname(scratchae.__file__)


@pytest.fixture(scope="module")
def way():
    """(file, function) of every call of the package in a small fit, by what it is for.

    "before" the first draw of `fit`, with the constructor; "step": the second one's,
    from the network's draw to the optimizer's step (the first step allocates).
    """
    x = np.random.default_rng(0).random((64, 12)).astype("float32")

    def fit():
        scratchae.VariationalAutoencoder(
            3, (8,), epochs=1, batch_size=32, random_state=0, verbose=False
        ).fit(x)

    calls, draws = {"before": [], "first": [], "step": [], "after": []}, []

    def watch(frame, event, _):
        name, file = frame.f_code.co_name, frame.f_code.co_filename
        if event != "call" or not file.startswith(ROOT) or name.startswith("<"):
            return
        draws.extend(["draw"] * (name == "draw"))
        if calls["after"] or (len(draws) == 2 and "optim" in file and name == "step"):
            calls["after"].append((file, name))
        else:
            calls[("before", "first", "step")[len(draws)]].append((file, name))

    with scratchae.backend("numpy"):
        fit()  # imports, and what is made once
        before = sys.getprofile()
        sys.setprofile(watch)
        try:
            fit()
        finally:
            sys.setprofile(before)
    return calls


def test_at_most_60_calls_before_the_first_draw(way):
    names = [name for _, name in way["before"]]
    assert {"fit", "check_data", "build_network", "he_normal", "train"} <= set(names)
    assert len(names) <= 60


def test_a_step_makes_at_most_80_calls_and_55_changes_of_file(way):
    files = [file for file, _ in way["step"]]
    assert {"dense_forward", "dense_backward"} <= {name for _, name in way["step"]}
    assert len(files) <= 80
    assert 1 + sum(a != b for a, b in zip(files, files[1:], strict=False)) <= 55
