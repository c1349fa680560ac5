"""Images that excite a unit most: their norm, type, gradient and climb."""

import numpy as np
import pytest

from scratchae import (
    Autoencoder,
    backend,
    check_gradient,
)
from scratchae.analysis.features import maximising_images


@pytest.mark.lecture03
def test_eq_3_9_no_image_excites_a_unit_of_one_layer_more_than_its_weights(rng):
    x = rng.uniform(size=(40, 6))
    model = Autoencoder(3, (), code_activation="tanh", epochs=2, verbose=False,
                        random_state=0, dtype="float64").fit(x)
    best, W = maximising_images(model, norm=2.0), model.parameters_.values
    np.testing.assert_allclose(np.linalg.norm(best, axis=1), 2)
    reached = np.diag(best @ W["encoder.0.W"])  # what a unit sees: x . W_j
    np.testing.assert_allclose(reached, 2 * np.linalg.norm(W["encoder.0.W"], axis=0))
    others = rng.normal(size=(1000, 6))
    others *= 2 / np.linalg.norm(others, axis=1)[:, None]
    assert (model.transform(others) < np.diag(model.transform(best))).all()


@pytest.mark.lecture03
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("hidden", [(), (5,)])
def test_maximising_images_have_their_models_type_and_their_norm(dtype, hidden, rng):
    model = Autoencoder(3, hidden, epochs=1, random_state=0, verbose=False,
                        dtype=dtype).fit(rng.uniform(size=(40, 6)))
    asked, gradient = [], model.encoder_.input_gradient
    model.encoder_.input_gradient = lambda x, dh: (
        asked.append((x.dtype, dh.dtype)) or gradient(x, dh))
    first, again, other = (
        maximising_images(model, norm=2.0, steps=3, random_state=s) for s in (0, 0, 1))
    assert first.dtype == dtype
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 2, rtol=1e-5)
    np.testing.assert_array_equal(first, again)
    assert np.array_equal(first, other) == (hidden == ())
    assert asked == [(dtype, dtype)] * 9 * len(hidden)


@pytest.mark.lecture03
def test_the_climb_takes_steps_of_a_share_of_the_norm(rng, monkeypatch):
    model = Autoencoder(3, (5,), epochs=1, random_state=0, verbose=False,
                        dtype="float64").fit(rng.uniform(size=(40, 6)))
    uphill = rng.normal(size=(3, 6))
    monkeypatch.setattr(model.encoder_, "input_gradient", lambda x, dh: uphill)
    start = maximising_images(model, steps=0)
    path = start + 0.3 * uphill / np.linalg.norm(uphill, axis=1)[:, None]
    expected = path / np.linalg.norm(path, axis=1)[:, None]
    for norm in (1.0, 7.0):
        np.testing.assert_allclose(
            maximising_images(model, norm, steps=1, rate=0.3), norm * expected)


@pytest.mark.lecture03
def test_the_gradient_that_maximising_images_climbs_is_that_of_the_code(rng):
    x = rng.uniform(size=(40, 6))
    model = Autoencoder(3, (5,), activation="tanh", epochs=2, random_state=0,
                        verbose=False, dtype="float64").fit(x)
    with backend("numpy"):
        for j in range(3):
            model.encoder_.forward(x[:1])
            dx = model.encoder_.backward(np.eye(3)[j : j + 1])
            check = check_gradient(
                lambda v, j=j: model.encoder_.predict(v)[0, j], x[:1], dx, "richardson"
            )
            assert check.max_relative_error < 1e-7, check


@pytest.mark.lecture03
def test_climbing_downhill_is_noticed(rng, monkeypatch):
    x = rng.uniform(size=(40, 6))
    model = Autoencoder(3, (5,), activation="tanh", epochs=2, random_state=0,
                        verbose=False, dtype="float64").fit(x)
    best = np.diag(model.encoder_.predict(maximising_images(model)))
    gradient = model.encoder_.input_gradient
    monkeypatch.setattr(
        model.encoder_, "input_gradient", lambda x, dh: -gradient(x, dh)
    )
    worst = np.diag(model.encoder_.predict(maximising_images(model)))
    assert (best > worst).all()


@pytest.mark.lecture03
def test_where_no_image_changes_a_unit_the_climb_stays_where_it_began(rng):
    """All hidden units are off, so that the gradient is 0 and has no direction."""
    with backend("numpy"), np.errstate(all="raise"):
        model = Autoencoder(3, (5,), activation="relu", epochs=1, random_state=0,
                            verbose=False).fit(rng.uniform(size=(40, 6)))
        model.encoder_.layers[0].b[:] = -1e3
        start, end = (maximising_images(model, steps=steps) for steps in (0, 5))
    np.testing.assert_allclose(end, start, rtol=1e-6)
    assert (start > 0).all() and len(np.unique(start)) == 18


@pytest.mark.lecture03
@pytest.mark.parametrize("hidden", [(), (5,)])
@pytest.mark.parametrize("size", [1e-25, 1e25])
def test_weights_whose_squares_leave_the_range_have_a_direction_too(size, hidden, rng):
    model = Autoencoder(3, hidden, epochs=1, random_state=0, verbose=False,
                        activation="identity").fit(rng.uniform(size=(40, 6)))
    usual = maximising_images(model, norm=3.0, steps=2)
    model.encoder_.layers[0].W[...] *= np.float32(size)
    np.testing.assert_allclose(maximising_images(model, norm=3.0, steps=2), usual,
                               rtol=1e-4, atol=1e-4)
