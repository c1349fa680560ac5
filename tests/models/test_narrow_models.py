"""Models of one code, layers of one unit, and rows of one or two columns: nothing is
left out, added up or turned round where a size is 1."""

import numpy as np
import pytest
from estimators import CLASSES, data, is_finite, labels_of
from readings import bits, id_of, readings, variants

from scratchae import backend, load

X, Y = data(n=12, d=2)
NARROW = {"n_components": 1, "hidden_layer_sizes": (1,), "batch_size": 50, "epochs": 2,
          "pretrain_epochs": 1, "random_state": 0, "verbose": False, "max_iter": 5,
          "code_activation": "sigmoid", "n_active": 1, "dtype": "float64"}
SAVED = [(name, options) for name, options in variants()
         if hasattr(CLASSES[name], "save")]
OTHERS = "; got a "  # a question to models of another kind


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


def narrow(name, options, x=X):
    cls = CLASSES[name]
    known = cls().get_params()
    given = {key: v for key, v in (NARROW | options).items() if key in known}
    model = cls(**given)
    return model.fit(x, *labels_of(model.fit, Y[: len(x)]))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, options", SAVED, ids=id_of)
def test_every_answer_of_a_narrow_model_is_a_number_for_each_row(
    name, options, tmp_path
):
    model = narrow(name, options)
    told = labels_of(model.transform, Y)
    assert model.transform(X, *told).shape == (12, 1)
    if hasattr(model, "reconstruct"):
        assert model.reconstruct(X, *told).shape == (12, 2)
    for question, call in readings(model, X, Y, tmp_path / "m").items():
        try:
            answer = call()
        except TypeError as error:
            assert OTHERS in str(error), question
            continue
        assert question in ("repr", "pickle") or answer is None or is_finite(answer)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, options", SAVED, ids=id_of)
def test_codes_of_a_narrow_model_are_those_of_its_file(name, options, tmp_path):
    model = narrow(name, options)
    model.save(tmp_path / "m.npz")
    again, told = load(tmp_path / "m.npz"), labels_of(model.transform, Y)
    assert bits(again.transform(X, *told)) == bits(model.transform(X, *told))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, options", [
    (name, options) for name, options in SAVED if name != "ProbabilisticPCA"],
    ids=id_of)
def test_one_column_is_a_table_like_any_other(name, options):
    model = narrow(name, options, X[:, :1])
    codes = model.transform(X[:, :1], *labels_of(model.transform, Y))
    assert codes.shape == (12, 1) and np.isfinite(codes).all()
    if name == "PCA":  # its code is the column, of mean 0
        np.testing.assert_allclose(abs(codes[:, 0]), abs(X[:, 0] - X[:, 0].mean()),
                                   rtol=1e-5, atol=1e-6)
