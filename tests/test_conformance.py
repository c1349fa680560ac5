"""scikit-learn's own checks of every estimator, its tools, and pickling.

An expected failure has its reason in EXPECTED; the test fails if one is missing there
or stops failing.
"""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import check_estimator

import scratchae as s

QUIET = {"epochs": 2, "verbose": False, "random_state": 0}
ESTIMATORS = {
    "PCA": s.PCA(2),
    "ProbabilisticPCA": s.ProbabilisticPCA(1),
    "Autoencoder": s.Autoencoder(2, (4,), **QUIET),
    "SparseAutoencoder": s.SparseAutoencoder(2, **QUIET),
    "DenoisingAutoencoder": s.DenoisingAutoencoder(2, **QUIET),
    "VariationalAutoencoder": s.VariationalAutoencoder(
        2, (4,), decoder="gaussian", **QUIET
    ),
    "StackedClassifier": s.StackedClassifier(
        (16,), pretrain_epochs=1, batch_size=8, **QUIET | {"epochs": 10}
    ),
    "ConditionalVariationalAutoencoder": s.ConditionalVariationalAutoencoder(
        2,
        (16,),
        decoder="gaussian",
        learning_rate=0.01,
        batch_size=16,
        **QUIET | {"epochs": 60},
    ),
    "LinearProbe": s.LinearProbe(),
}
UNSCALED = (
    "columns near 100 saturate the code; the answer is DivergedError, scale first"
)
FAR = ("check_fit_idempotent", "check_fit_check_is_fitted", "check_n_features_in")
EXPECTED = {
    "SparseAutoencoder": dict.fromkeys(FAR, UNSCALED),
    "ConditionalVariationalAutoencoder": dict.fromkeys(
        (*FAR, "check_fit2d_1sample"), UNSCALED
    ),
    "VariationalAutoencoder": dict.fromkeys((*FAR, "check_fit2d_1sample"), UNSCALED),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_check_estimator(name):
    results = check_estimator(ESTIMATORS[name], on_fail=None, on_skip=None)
    failed = {r["check_name"] for r in results if r["status"] == "failed"}
    passed = sum(r["status"] == "passed" for r in results)
    print(f"{name}: {passed} of {len(results)} passed")
    assert failed == set(EXPECTED.get(name, ()))
    assert passed >= 35


@pytest.fixture
def x(rng):
    return rng.uniform(size=(60, 6)).astype(np.float32)


def test_grid_search_in_two_processes(x):
    model = s.Autoencoder(2, (), **QUIET | {"epochs": 100, "learning_rate": 0.01})
    search = GridSearchCV(model, {"n_components": [1, 3]}, cv=2, n_jobs=2).fit(x)
    assert search.best_params_["n_components"] == 3
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_grid_search_through_a_pipeline(x):
    pipeline = make_pipeline(
        MinMaxScaler(clip=True), s.VariationalAutoencoder(2, (4,), **QUIET)
    )
    grid = {"variationalautoencoder__kl_weight": [0.5, 1.0]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(x * 7 - 3)
    assert search.transform(x).shape == (60, 2)


def test_grid_search_on_dask_workers(x):
    distributed = pytest.importorskip("dask.distributed")
    import joblib

    with (
        distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=None),
        joblib.parallel_backend("dask"),
    ):
        model = s.Autoencoder(2, (), **QUIET | {"epochs": 100, "learning_rate": 0.01})
        search = GridSearchCV(model, {"n_components": [1, 3]}, cv=2).fit(x)
    assert search.best_params_["n_components"] == 3


def fitted(name, x):
    y = np.arange(len(x)) % 3
    return clone(ESTIMATORS[name]).fit(x, y)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_pickled_model_gives_the_same_answers(name, x):
    model = fitted(name, x)
    again = pickle.loads(pickle.dumps(model))
    method = "predict" if name == "LinearProbe" else "transform"
    np.testing.assert_array_equal(getattr(again, method)(x), getattr(model, method)(x))


@pytest.mark.parametrize("name", ["Autoencoder", "VariationalAutoencoder"])
def test_a_pickled_models_parameters_are_still_one_vector(name, x):
    again = pickle.loads(pickle.dumps(fitted(name, x)))
    again.parameters_.theta[...] = 0
    assert not again.encoder_.layers[0].W.any()
    assert not again.parameters_.values["encoder.0.W"].any()


def test_options_of_the_parent_are_in_the_signature():
    import inspect

    parameters = inspect.signature(s.SparseAutoencoder).parameters
    assert "options" not in parameters and "learning_rate" in parameters
    assert parameters["learning_rate"].default == 1e-3
