"""A call that fails leaves no trace: in the model, its Generator and its files."""

import errno
import os
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, make
from readings import bits, each_epoch
from traces import LABELS, Everything, X, Y

from scratchae import CheckpointError, DivergedError, backend
from scratchae.conventions import Conventions
from scratchae.nn.optimizers import Adam
from scratchae.training import loop
from scratchae.transaction import copy_of_random_state

pytestmark = pytest.mark.filterwarnings("ignore")

NEURAL = [n for n, c in CLASSES.items() if "resume" in signature(c.fit).parameters]
TRAINED = [name for name, cls in CLASSES.items() if hasattr(cls, "_train")]
EVERY = pytest.mark.parametrize("name", CLASSES)
EVERY_NEURAL = pytest.mark.parametrize("name", NEURAL)
EVERY_TRAINED = pytest.mark.parametrize("name", TRAINED)


@pytest.fixture(autouse=True)
def plain():
    """What is tried here lies above the kernels; a busy machine slows those down."""
    with backend("numpy"):
        yield


def states(name):
    """An unfitted and a fitted model, with a Generator of their own where there is
    chance; the fitted one has already drawn from it."""
    for model in (make(name), fitted(name)):
        if "random_state" in model.get_params():
            model.set_params(random_state=np.random.default_rng(5))
            if hasattr(model, "n_features_in_"):
                model.fit(X, *LABELS[name])
        yield model


def refuse(name, folder, *arguments, error=Exception, **options):
    """Assert that `fit` refuses the arguments before the first epoch, without trace."""
    for model in states(name):
        before = Everything(model, folder)
        with pytest.MonkeyPatch.context() as patch, pytest.raises(error) as caught:
            patch.setattr(loop, "_run_epochs", too_late)
            model.fit(*arguments, **options)
        assert caught.type is not AssertionError
        before.assert_unchanged((arguments, options))


def too_late(*arguments):
    raise AssertionError("an epoch was begun")


def spoiled(value):
    """X with one bad number, in its last row."""
    bad = X.copy()
    bad[-1, -1] = value
    return bad


BAD_X = {
    "None": None, "text": "rows", "a number": 3.0, "1-D": X[0], "3-D": X[None],
    "no rows": X[:0], "no columns": X[:, :0], "NaN": spoiled(np.nan),
    "infinity": spoiled(np.inf), "complex": X + 1j, "words": X.astype(str)[:, :0],
    "ragged": [[1.0], [1.0, 2.0]],
}
BAD_Y = {
    "None": None, "too few": Y[:-1], "2-D": np.stack([Y, Y], axis=1),
    "NaN": np.where(Y == 0, np.nan, Y), "continuous": np.linspace(0, 1, len(Y)),
}


@pytest.mark.parametrize("kind", BAD_X)
@EVERY
def test_bad_rows_leave_no_trace(name, kind, tmp_path):
    refuse(name, tmp_path, BAD_X[kind], *LABELS[name])


@pytest.mark.parametrize("kind", BAD_Y)
@EVERY
def test_bad_labels_leave_no_trace(name, kind, tmp_path):
    if LABELS[name]:
        refuse(name, tmp_path, X, BAD_Y[kind])


@EVERY
def test_each_parameter_of_a_wrong_kind_is_refused_and_leaves_no_trace(name, tmp_path):
    for parameter in make(name).get_params():
        for model in states(name):
            model.set_params(**{parameter: object()})
            before = Everything(model, tmp_path)
            with pytest.raises(ValueError):
                model.fit(X, *LABELS[name])
            before.assert_unchanged(parameter)


@EVERY_NEURAL
def test_bad_validation_data_leave_no_trace(name, tmp_path):
    for bad in (*BAD_X.values(), X[:, 1:]):
        if bad is not None:
            refuse(name, tmp_path, X, *LABELS[name], validation_data=(
                (bad, Y) if LABELS[name] else bad))
    if LABELS[name]:
        for bad in BAD_Y.values():
            refuse(name, tmp_path, X, Y, validation_data=(X, bad))
        refuse(name, tmp_path, X, Y, validation_data=X)
        refuse(name, tmp_path, X, Y, validation_data=(X, np.full(len(X), 7)))


@EVERY_NEURAL
def test_a_checkpoint_that_cannot_be_written_is_noticed_before_the_first_epoch(
    name, tmp_path
):
    (tmp_path / "file").write_bytes(b"no folder")
    (tmp_path / "folder").mkdir()
    labels = LABELS[name]
    for path in (tmp_path / "none" / "m.npz", tmp_path / "folder", tmp_path / "file/m"):
        refuse(name, tmp_path, X, *labels, checkpoint=path, error=OSError)
        refuse(name, tmp_path, X, *labels, checkpoint=str(path), error=OSError)
    assert not list((tmp_path / "folder").iterdir())


@EVERY_NEURAL
def test_a_file_that_does_not_fit_is_refused_and_leaves_no_trace(name, tmp_path):
    other = next(o for o in NEURAL if o != name)
    (tmp_path / "damaged.npz").write_bytes(b"PK nonsense")
    fitted(other).save(tmp_path / "other.npz")
    fitted(name).save(tmp_path / "no data.npz")
    labels = LABELS[name]
    for file in ("none", "damaged", "other", "no data"):
        path = tmp_path / f"{file}.npz"
        refuse(name, tmp_path, X, *labels, resume=path, error=CheckpointError)
        refuse(name, tmp_path, X, *labels, resume=path, checkpoint=tmp_path / "new.npz",
               error=CheckpointError)
    refuse(name, tmp_path, X, *labels, resume=tmp_path, error=CheckpointError)


def diverge(monkeypatch, step):
    """Let the gradient of the step-th batch be NaN."""
    calls, move = [], Adam.step
    monkeypatch.setattr(Adam, "step", lambda *given: (
        calls.append(1), np.nan if len(calls) == step else move(*given))[1])


@pytest.mark.parametrize("step", [1, 5])  # of the first epoch and of the second
@EVERY_TRAINED
def test_a_diverged_training_leaves_no_trace(name, step, tmp_path, monkeypatch):
    (tmp_path / "old.npz").write_bytes(b"of another evening")
    files = ("old", "new") if name in NEURAL else (None,)
    for model in states(name):
        before = Everything(model, tmp_path)
        for file in files:
            path = {} if file is None else {"checkpoint": tmp_path / f"{file}.npz"}
            with monkeypatch.context() as patch:
                diverge(patch, step)
                with pytest.raises(DivergedError) as caught:
                    model.fit(X, *LABELS[name], **path)
            before.assert_unchanged(file)
            assert type(caught.value.model).__sklearn_is_fitted__(caught.value.model)


@EVERY_NEURAL
def test_a_resumed_training_that_diverges_leaves_the_file_it_began_with(
    name, tmp_path, monkeypatch
):
    path, labels = tmp_path / "m.npz", LABELS[name]
    first = each_epoch(make(name, epochs=4), path, X, *labels)[0]
    for model in [make(name, epochs=4), fitted(name, epochs=4)]:
        before = Everything(model, tmp_path)
        with monkeypatch.context() as patch, pytest.raises(DivergedError) as caught:
            diverge(patch, step=5)  # counted from the second epoch on: in the third
            model.fit(X, *labels, resume=first)
        assert caught.value.epoch == 3
        before.assert_unchanged("resume")


class Drawing(Conventions):
    """A student's own estimator, which draws from its generator itself."""

    def __init__(self, random_state=None, fail=False):
        self.random_state, self.fail = random_state, fail

    def fit(self, X, y=None):
        rng = self.random_state
        self.drawn_, self.n_features_in_ = rng.normal(), 1
        if isinstance(rng, np.random.Generator):
            self.child_ = rng.spawn(1)[0].normal()
        if self.fail:
            raise ValueError
        return self


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState])
def test_a_generator_moves_on_with_each_fit_that_succeeds_and_with_no_other(kind):
    model, same = Drawing(kind(3)), kind(3)
    for fail in (False, True, True, False, False):
        model.set_params(fail=fail)
        if fail:
            with pytest.raises(ValueError):
                model.fit(X)
        else:
            model.fit(X)
            assert model.drawn_ == same.normal()
            if kind is np.random.default_rng:
                assert model.child_ == same.spawn(1)[0].normal()
        assert bits(model.random_state) == bits(same)


def test_a_copied_generator_gives_the_same_numbers_whatever_its_kind():
    kinds = (np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937,
             np.random.Philox, np.random.SFC64)
    for kind in kinds:
        given = np.random.Generator(kind(3))
        given.spawn(2), given.normal(), given.random(3, np.float32)
        copy = copy_of_random_state(given)
        assert bits(copy) == bits(given)
        assert copy.spawn(1)[0].normal() == given.spawn(1)[0].normal()
        assert copy.normal() == given.normal()
    assert copy_of_random_state(3) == 3


CHILDREN = np.random.default_rng([3, 4]).spawn(2)


@pytest.mark.parametrize("given", [
    *CHILDREN, CHILDREN[1].spawn(1)[0], np.random.default_rng(),
    np.random.default_rng(np.random.SeedSequence(3, pool_size=8)),
])
def test_a_copied_generator_has_the_children_of_its_own_place_in_the_family(given):
    """By NumPy's rule: child i has its parent's key and i after it."""
    seeds = given.bit_generator.seed_seq
    child = np.random.SeedSequence(
        seeds.entropy, pool_size=seeds.pool_size,
        spawn_key=(*seeds.spawn_key, seeds.n_children_spawned))
    copied = copy_of_random_state(given).spawn(1)[0]
    assert copied.normal() == np.random.default_rng(child).normal()


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState])
@EVERY
def test_a_reading_that_is_refused_draws_nothing(name, kind):
    """With each argument spoiled in turn."""
    model, given = fitted(name), kind(3)
    before, refused = bits(given), []
    good = {"X": X, "y": Y, "n_samples": 3, "n_importance": 3}
    bad = {"X": spoiled(np.nan), "y": np.full(len(Y), 7), "n_samples": 0,
           "n_importance": 0, "mode": "none"}
    for method in dir(model):
        call = getattr(model, method)
        if method.startswith(("_", "fit")) or not callable(call):
            continue
        known = signature(call).parameters
        for spoil in known & bad.keys() if "random_state" in known else ():
            given_now = {k: v for k, v in good.items() if k in known}
            with pytest.raises(ValueError):
                call(**given_now | {spoil: bad[spoil]}, random_state=given)
            refused.append((method, spoil))
            assert bits(given) == before, refused[-1]
    assert refused or not hasattr(model, "sample")


@EVERY_NEURAL
def test_a_resumed_file_that_cannot_be_replaced_is_noticed_before_the_first_epoch(
    name, tmp_path, monkeypatch
):
    first = each_epoch(make(name), tmp_path / "m.npz", X, *LABELS[name])[0]

    def denied(path, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    model = fitted(name)
    before = Everything(model, tmp_path)
    monkeypatch.setattr(Path, "touch", denied)
    monkeypatch.setattr(loop, "_run_epochs", too_late)
    with pytest.raises(PermissionError, match="cannot write the file"):
        model.fit(X, *LABELS[name], resume=first)
    before.assert_unchanged("resume")


@EVERY_NEURAL
def test_validation_leaves_the_training_as_it_is(name):
    """It draws from streams of its own and keeps nothing that the training uses."""
    other = data(n=23, seed=2)
    other = other if LABELS[name] else other[0]
    plain = make(name, epochs=3).fit(X, *LABELS[name])
    watched = make(name, epochs=3).fit(X, *LABELS[name], validation_data=other)
    assert bits(watched.parameters_.theta) == bits(plain.parameters_.theta)
    assert watched.history_["loss"] == plain.history_["loss"]
    assert len(watched.history_["val_loss"]) == 3
