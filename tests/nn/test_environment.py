"""What a user may set in the environment: how many threads there are."""

import re
from pathlib import Path

import pytest
from test_backend import run

import scratchae
from scratchae.cli import main
from scratchae.nn import blas
from scratchae.nn.blas import CHOICES

pytestmark = pytest.mark.lecture13

THREADS = "NUMBA_NUM_THREADS must be an int from 1 to 1024. Got {!r}."
FIT = """
import numpy as np, warnings
from scratchae import Autoencoder, set_backend
warnings.simplefilter("ignore")
for choose in (lambda: set_backend("numba")), (lambda: None):
    try:
        choose()
        Autoencoder(1, (), epochs=1, verbose=False).fit(np.ones((9, 3)))
    except ValueError as error:
        print(error)
"""


@pytest.mark.parametrize("value", ["0", "-1", "x", "2.5", "", "100000"])
def test_numbers_of_threads_that_numba_cannot_have_are_refused_by_their_name(
    value, monkeypatch, capsys
):
    monkeypatch.setenv("NUMBA_NUM_THREADS", value)
    monkeypatch.delenv("SCRATCHAE_BACKEND", raising=False)
    assert main(["gradcheck", "dense"]) == 2
    said = THREADS.format(value)
    assert capsys.readouterr().err == f"scratchae: {said}\n"
    assert run(FIT, NUMBA_NUM_THREADS=value) == (f"{said}\n{said}", "")
    monkeypatch.setenv("SCRATCHAE_BACKEND", "numpy")
    assert main(["gradcheck", "dense"]) == 0


WEIGHTS = """
import hashlib
import numpy as np
from scratchae import VariationalAutoencoder
x = np.random.default_rng(0).uniform(size=(320, 784)).astype("f4")
vae = VariationalAutoencoder(20, (150,), epochs=25, batch_size=40, random_state=0,
                             verbose=False).fit(x)
print(hashlib.sha256(vae.parameters_.theta.tobytes()).hexdigest(), vae.history_["loss"])
"""


@pytest.mark.parametrize("serving, threads", [
    ("numba", "NUMBA_NUM_THREADS"), ("numba", "OPENBLAS_NUM_THREADS"),
    ("numpy", "NUMBA_NUM_THREADS"),
])
def test_weights_after_200_steps_have_the_same_bits_for_one_and_two_threads(
    serving, threads
):
    one, two = (run(WEIGHTS, SCRATCHAE_BACKEND=serving, **{threads: n})[0]
                for n in "12")
    assert one and one == two


def test_the_promise_of_equal_bits_names_the_threads_it_does_not_hold_for():
    text = Path(scratchae.__file__).with_name("README.md").read_text(encoding="utf-8")
    promise = re.search(r"- The same seed gives the same bits.*?\n- ", text, re.S)[0]
    assert "OPENBLAS_NUM_THREADS" in promise and "PCA" in promise


@pytest.mark.parametrize("name", ["OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS",
                                  "OMP_NUM_THREADS"])
@pytest.mark.parametrize("no_choice", ["", "0", "-2", "x"])
def test_threads_that_a_user_has_chosen_by_any_name_are_left_alone(
    name, no_choice, monkeypatch
):
    """Without a choice: one as long as anybody asks for that, then as before."""
    put, threads = [], blas._Threads()
    monkeypatch.setattr(blas, "functions", lambda: (lambda: 7, put.append))
    for other in CHOICES:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "3")
    threads.limit("a", True)
    assert put == []
    monkeypatch.setenv(name, no_choice)
    for who, asks in (("a", True), ("b", True), ("a", False), ("b", False),
                      ("b", False)):
        threads.limit(who, asks)
    assert put == [1, 7]
