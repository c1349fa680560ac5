"""Two backends, chosen in one place."""

import contextlib
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from conftest import HANGS
from without_numba import numba_or_skip

import scratchae
from scratchae import Autoencoder, VariationalAutoencoder
from scratchae.gradient_checks import run_checks
from scratchae.nn import backend as backends
from scratchae.nn import blas, plain
from scratchae.nn.backend import compile_seconds, ops
from scratchae.nn.blas import CHOICES

pytestmark = pytest.mark.lecture13


def run(code, **environment):
    """Output and errors of a new Python process."""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment},
        capture_output=True, text=True, timeout=HANGS,
    )
    return done.stdout.strip(), done.stderr


def test_context_manager_goes_back_to_the_backend_before():
    before = scratchae.get_backend()
    with scratchae.backend("numpy"):
        assert ops.layer_forward is plain.layer_forward
    assert scratchae.get_backend() == before


def test_backend_before_comes_back_after_an_error():
    before = scratchae.get_backend()
    with pytest.raises(KeyError), scratchae.backend("numpy"):
        raise KeyError
    assert scratchae.get_backend() == before


def test_blocks_inside_blocks_go_back_one_at_a_time(kernels):
    before, seen = scratchae.get_backend(), []
    with scratchae.backend("numpy"):
        with scratchae.backend("numba"):
            with scratchae.backend("numpy"):
                seen.append(ops.layer_forward)
            seen.append(ops.layer_forward)
        seen.append(ops.layer_forward)
    assert seen == [plain.layer_forward, kernels.layer_forward, plain.layer_forward]
    assert scratchae.get_backend() == before


@pytest.mark.parametrize("choose", [scratchae.set_backend, scratchae.backend])
@pytest.mark.parametrize("name", ["torch", None, "", 1, ["numpy"], {"numpy"},
                                  np.array(["numpy"]), "NUMPY"], ids=repr)
def test_unknown_backend_is_refused_and_changes_nothing(choose, name):
    before, said = ops.layer_forward, re.escape(f"Got {name!r}.")
    with pytest.raises(ValueError, match=r"one of \['numba', 'numpy'\]. " + said):
        with contextlib.ExitStack() as stack:
            stack.enter_context(choose(name))
    assert ops.layer_forward is before


def test_unknown_operation_is_named():
    for block in (contextlib.nullcontext(), scratchae.backend("numpy")):
        with block, pytest.raises(AttributeError, match="no operation 'convolve'"):
            ops.convolve  # noqa: B018


def test_an_operation_that_another_thread_has_filled_in_meanwhile_is_found():
    """Both threads saw nothing; the other one was first."""
    expected = ops.layer_forward
    assert type(ops).__getattr__(ops, "layer_forward") is expected


@pytest.mark.parametrize("name", ["numba", "numpy"])
def test_environment_variable_chooses(name):
    code = "import scratchae; print(scratchae.get_backend())"
    assert run(code, SCRATCHAE_BACKEND=name)[0] == name


def test_without_numba_numpy_serves_with_one_warning():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import numpy as np\n"
        "from scratchae import VariationalAutoencoder, get_backend\n"
        "x = np.random.default_rng(0).uniform(size=(50, 9))\n"
        "for _ in range(2):\n"
        "    VariationalAutoencoder(2, (5,), epochs=1, verbose=False).fit(x)\n"
        "print(get_backend())"
    )
    out, errors = run(code, SCRATCHAE_BACKEND="")
    assert out == "numpy"
    assert errors.count("NumPy serves instead") == 1


BLAS = """
import json, scratchae
from scratchae.nn import blas
try:
    get, _ = blas.functions()
except AttributeError:
    raise SystemExit("no OpenBLAS")
counts = [get()]
with scratchae.backend("numpy"):
    counts.append(get())
    with scratchae.backend("numpy"):
        counts.append(get())
    counts.append(get())
between = get()
scratchae.set_backend("numpy")
counts.append(get())
with scratchae.backend("numpy"):
    scratchae.set_backend("numba")
    counts.append(get())
print(json.dumps([*counts, between, get()]))
"""


@pytest.mark.parametrize("chosen", [False, True])
def test_openblas_has_one_thread_while_numpy_serves_unless_chosen(
    chosen, kernels, monkeypatch
):
    for name in CHOICES:
        monkeypatch.delenv(name, raising=False)
    choice = {"OPENBLAS_NUM_THREADS": "2"} if chosen else {}
    out, errors = run(BLAS, SCRATCHAE_BACKEND="numba", **choice)
    if "no OpenBLAS" in errors or (os.cpu_count() or 1) < 2:
        pytest.skip("NumPy has no threads here")
    before, *inside, between, after = json.loads(out)
    assert inside == [before if chosen else 1] * 5
    assert before == between == after > 1


def test_numpy_serves_with_another_library_than_openblas_too(monkeypatch):
    monkeypatch.setattr(blas, "SPELLINGS", ())
    for name in CHOICES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(AttributeError, match="no OpenBLAS"):
        blas.functions()
    with scratchae.backend("numpy"):
        assert scratchae.get_backend() == "numpy"


def test_as_many_threads_as_before_serve_once_nobody_asks_for_one(monkeypatch):
    threads = [5]
    monkeypatch.setattr(blas, "functions", lambda: (
        lambda: threads[-1], threads.append))
    for name in CHOICES:
        monkeypatch.delenv(name, raising=False)
    limit = blas._Threads().limit
    for who, asks in (("a", True), ("b", True), ("a", True), ("a", False),
                      ("c", False), ("b", False), ("b", False)):
        limit(who, asks)
    assert threads == [5, 1, 5]


def test_the_warning_that_numpy_serves_points_to_who_chose(monkeypatch):
    before = scratchae.get_backend()
    monkeypatch.setattr(backends, "_modules", {})
    monkeypatch.setitem(backends.BACKENDS, "numba", "scratchae.no_such_room")
    try:
        with pytest.warns(RuntimeWarning, match="no_such_room.* NumPy serves") as seen:
            scratchae.set_backend("numba")
        assert seen[0].filename == __file__
        assert scratchae.get_backend() == "numpy"
    finally:
        monkeypatch.undo()
        scratchae.set_backend(before)


def test_every_twin_has_a_kernel_and_every_kernel_a_twin(kernels):
    tools = {"check_process", "compile_seconds"}
    assert set(plain.__all__) == set(kernels.__all__) - tools


def test_seconds_of_compiling_are_those_of_the_kernels_and_none_for_numpy(
    kernels, monkeypatch
):
    monkeypatch.setattr(kernels, "compile_seconds", lambda: 7.5)
    for name, seconds in (("numba", 7.5), ("numpy", 0)):
        with scratchae.backend(name):
            assert compile_seconds() == seconds


def test_all_gradients_agree_on_the_numpy_backend_too():
    with scratchae.backend("numpy"):
        rows = run_checks().rows
    assert max(row.max_relative_error for row in rows) <= 1e-12


@pytest.mark.parametrize("model", [
    Autoencoder(3, (8,), tied_weights=True, activation="silu"),
    Autoencoder(3, (8,), loss="bernoulli", optimizer="momentum", learning_rate=1e-3),
    VariationalAutoencoder(3, (8, 7), activation="elu"),
])
def test_both_backends_learn_the_same_in_float64(model, rng):
    x = rng.uniform(size=(100, 12))
    model.set_params(dtype="float64", epochs=3, random_state=0, verbose=False)
    weights = []
    for name in ("numba", "numpy"):
        with scratchae.backend(name):
            weights.append(model.fit(x).parameters_.theta.copy())
    np.testing.assert_allclose(*weights, rtol=1e-9, atol=1e-11)


def test_planted_wrong_kernel_fails_the_gradient_check(kernels, monkeypatch):
    right = kernels.gaussian_head_backward
    monkeypatch.setattr(kernels, "gaussian_head_backward",
                        lambda dz, d_kl, cache: -right(dz, d_kl, cache))
    with scratchae.backend("numba"):
        report = run_checks(["dense", "gaussian_head", "autoencoder_tanh", "vae_tanh"])
    failing = {row.model for row in report.rows if not row.passed}
    assert failing == {"gaussian_head", "vae_tanh"}


def test_a_training_step_allocates_nothing_that_grows_with_the_model(rng, kernels):
    import tracemalloc

    from scratchae.networks.variational import VariationalNetwork
    from scratchae.nn.optimizers import Adam

    network = VariationalNetwork((784, 400, 20))
    x = (rng.uniform(size=(128, 784)) < 0.3).astype(np.float32)
    eps = rng.standard_normal((128, 20)).astype(np.float32)
    network.initialise(rng, x)
    adam = Adam(network.parameters)

    def step():
        network.loss(x, eps)
        network.backward()
        ops.squared_norm(network.parameters.grad)
        adam.step(1e-3)

    with scratchae.backend("numba"):
        step()
        tracemalloc.start()
        step()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 50_000  # bytes; the parameters take 2 600 000


def test_kernels_that_would_be_interpreted_leave_the_work_to_numpy_and_say_so(
    monkeypatch
):
    config = numba_or_skip().config
    monkeypatch.setattr(config, "DISABLE_JIT", 1)
    monkeypatch.setattr("scratchae.nn.backend._modules", {})
    with pytest.warns(RuntimeWarning, match="chooses NumPy is SCRATCHAE_BACKEND=numpy"):
        with scratchae.backend("numba"):
            assert scratchae.get_backend() == "numpy"
