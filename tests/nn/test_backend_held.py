"""Whoever trains keeps the backend that the training began with."""

import inspect
import sys
import threading

import numpy as np
import pytest
from readings import bits

import scratchae
from scratchae import Autoencoder, StackedClassifier, VariationalAutoencoder
from scratchae.formulas import activations
from scratchae.models import check_model
from scratchae.nn import backend, blas, plain
from scratchae.nn.backend import ops

pytestmark = pytest.mark.lecture13

OTHER = {"numba": "numpy", "numpy": "numba"}


class Unrest:
    """tanh, while which another thread sets the other backend and this one again."""

    def __init__(self):
        self.calls = 0

    def forward(self, a):
        self.calls += 1
        name = sorted(OTHER)[self.calls // 3 % 2]
        thread = threading.Thread(target=scratchae.set_backend, args=[name])
        thread.start()
        thread.join()
        h = np.tanh(a)
        return h, h

    def backward(self, dh, cache):
        return activations.tanh_backward(dh, cache)


class Calm(Unrest):
    """The same, where nobody does anything of that."""

    def forward(self, a):
        h = np.tanh(a)
        return h, h


@pytest.fixture(params=sorted(OTHER))
def began(request):
    """The backend of the process at the beginning."""
    before = scratchae.get_backend()
    scratchae.set_backend(request.param)
    yield request.param
    scratchae.set_backend(before)


@pytest.mark.parametrize("model", [
    lambda own: Autoencoder(3, (8,), activation=own, batch_size=8),
    lambda own: VariationalAutoencoder(3, (8, 7), activation=own, batch_size=8),
    lambda own: StackedClassifier((8, 7), activation=own, batch_size=8),
])
def test_a_training_keeps_its_backend_while_another_thread_sets_one(began, model, rng):
    x, labels = rng.uniform(size=(60, 12)), np.arange(60) % 3
    weights = []
    for own in (Calm(), Unrest()):
        scratchae.set_backend(began)
        fit = model(own).set_params(epochs=3, random_state=0, verbose=False)
        fit.fit(x, labels) if hasattr(fit, "predict") else fit.fit(x)
        weights.append(bits(fit.parameters_.theta))
    assert weights[0] == weights[1]


def test_a_gradient_check_keeps_its_backend_from_forward_to_backward(began, rng):
    model = Autoencoder(3, (8,), activation=Unrest(), dtype="float64", verbose=False)
    assert check_model(model, rng.uniform(size=(9, 7))).passed


def test_what_is_set_meanwhile_serves_afterwards_and_elsewhere_at_once(
    began, kernels
):
    seen = []
    with ops.held():
        scratchae.set_backend(OTHER[began])
        thread = threading.Thread(target=lambda: seen.append(scratchae.get_backend()))
        thread.start()
        thread.join()
        assert scratchae.get_backend() == began
        assert ops.layer_forward is {"numba": kernels, "numpy": plain}[
            began].layer_forward
    assert seen == [OTHER[began]] == [scratchae.get_backend()]


def test_a_held_numpy_keeps_its_one_thread_of_blas(
    began, kernels, monkeypatch
):
    put = []
    threads = blas._Threads()
    for name in blas.CHOICES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(blas, "functions", lambda: (lambda: 7, put.append))
    monkeypatch.setattr(blas, "limit", threads.limit)
    scratchae.set_backend("numpy")
    with ops.held():
        scratchae.set_backend("numba")
        assert put == [1]
    assert put == [1, 7]


def test_numpy_in_place_of_kernels_has_one_thread_of_blas_in_its_block_only(
    monkeypatch
):
    asked = []
    monkeypatch.setattr(blas, "limit", lambda who, asks: asked.append((who, asks)))
    monkeypatch.setattr(backend, "_modules", {})
    monkeypatch.setitem(backend.BACKENDS, "numba", "scratchae.no_such_room")
    with pytest.warns(RuntimeWarning, match="NumPy serves"), backend.backend("numba"):
        assert ops.serving == "numpy"
    (block, on), (same, off) = asked
    assert block is same and block != "process" and on and not off


class Lock:
    """Notes the process's backend where it is taken and where it is given back."""

    def __init__(self):
        self.noted = []

    def __enter__(self):
        self.noted.append(scratchae.get_backend())

    def __exit__(self, *error):
        self.noted.append(scratchae.get_backend())


def test_nobody_takes_half_of_two_backends(began, kernels, monkeypatch):
    """Who changes the process's functions, and who takes them all, has the lock."""
    lock = Lock()
    monkeypatch.setattr(backend, "_changing", lock)
    with ops.held():
        assert lock.noted == [began, began]
    scratchae.set_backend(OTHER[began])
    assert lock.noted[2:] == [began, OTHER[began]]


def test_ctrl_c_at_any_line_of_a_block_leaves_the_block_around_it_its_backend(kernels):
    """That of a training, say; the lines are those of `held` itself."""
    lines, at = [0], [None]
    code = inspect.unwrap(type(ops).held).__code__

    def trace(frame, event, _):
        if frame.f_code is not code:
            return None
        if event == "line":
            lines[0] += 1
            if lines[0] == at[0]:
                raise KeyboardInterrupt
        return trace

    def pressed(line):
        lines[0], at[0], before = 0, line, sys.gettrace()
        sys.settrace(trace)
        try:
            with ops.held():
                pass
        finally:
            sys.settrace(before)

    with backend.backend("numpy"):
        pressed(None)
        for line in range(1, lines[0] + 1):
            with pytest.raises(KeyboardInterrupt):
                pressed(line)
            assert ops.serving == "numpy", line
            assert ops.layer_forward is plain.layer_forward
