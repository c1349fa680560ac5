"""What a Pipeline and a grid search hand over: options of `fit`, NumPy's numbers."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of, make
from sklearn.pipeline import make_pipeline

from scratchae import LinearProbe, VariationalAutoencoder, backend, load

pytestmark = pytest.mark.filterwarnings("ignore::scratchae.errors.UndertrainedWarning")
X, Y = data()
CODED = [name for name, cls in CLASSES.items() if hasattr(cls, "fit_transform")]


def test_a_pipeline_hands_options_of_fit_to_a_step_in_its_middle(tmp_path):
    pipeline = make_pipeline(make("Autoencoder"), LinearProbe())
    pipeline.fit(X, Y, autoencoder__validation_data=X[:9],
                 autoencoder__checkpoint=tmp_path / "m.npz")
    assert len(pipeline[0].history_["val_loss"]) == 2
    assert (tmp_path / "m.npz").exists()


@pytest.mark.parametrize("name", CODED)
def test_fit_transform_is_fit_and_then_transform(name):
    labels = labels_of(CLASSES[name].fit, Y)
    told = labels_of(CLASSES[name].fit_transform, Y)  # the codes are told labels too
    codes = make(name).fit_transform(X, *(told or labels))
    wanted = fitted(name, X, Y).transform(X, *told)
    np.testing.assert_array_equal(codes, wanted)
    with pytest.raises(TypeError, match=r"\.fit does not support sample_weight"):
        make(name).fit_transform(X, Y, sample_weight=np.ones(len(X)))


@pytest.mark.parametrize("number", [np.float32, np.float64, np.longdouble])
def test_a_weight_that_is_a_number_of_numpys_is_copied_with_the_model(number, tmp_path):
    model = VariationalAutoencoder(2, (4,), kl_weight=number(0.5), epochs=2,
                                   kl_warmup_epochs=2, verbose=False).fit(X)
    model.save(tmp_path / "m.npz")
    assert load(tmp_path / "m.npz").history_ == model.history_
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert again.history_ == model.history_
    assert model.history_["kl_weight"] == [0.25, 0.5]


@pytest.mark.parametrize("module", [{}, {"__name__": "scratchae_of_mine"}])
def test_a_warning_is_at_the_line_of_whoever_called_whatever_its_module(module):
    code = compile("model.transform(table)", "of mine", "exec")
    model, table = fitted("PCA"), data()[0]
    model.feature_names_in_ = np.array([*"abcdef"], dtype=object)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(code, module | {"model": model, "table": table})
    assert [w.filename for w in caught] == ["of mine"]


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("name", CLASSES)
def test_a_fit_leaves_each_parameter_the_very_object_that_was_given(name, kind):
    """Also a generator: who gave it draws on from where the fit has left it, and the
    next fit from where that has."""
    model = make(name, random_state=kind(3), hidden_layer_sizes=[8])
    given = model.get_params()
    with backend("numpy"):
        for _ in range(2):
            model.fit(X, *labels_of(model.fit, Y))
            after = model.get_params()
            assert [*after] == [*given]
            assert all(after[option] is given[option] for option in given)
