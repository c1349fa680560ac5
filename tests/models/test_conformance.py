"""scikit-learn's own checks of every estimator, alone and behind a scaler, its tools.

The estimators are the package's public ones. An expected failure has its reason in
EXPECTED; the test fails if one is missing there or stops failing.
"""

import inspect

import numpy as np
import pandas as pd
import pytest
from estimators import CLASSES, data, labels_of, make
from sklearn import config_context
from sklearn.base import is_classifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils import estimator_checks

import scratchae as s

QUIET = {"epochs": 2, "verbose": False, "random_state": 0}
LONGER = {"hidden_layer_sizes": (16,), "learning_rate": 0.03, "epochs": 20}
# The checks' data are not in [0, 1], and some ask for classes told apart.
SUITED = {
    "ProbabilisticPCA": {"n_components": 1},
    "VariationalAutoencoder": {"decoder": "gaussian"},
    "ConditionalVariationalAutoencoder": {"decoder": "gaussian"} | LONGER,
    "StackedClassifier": LONGER,
}
UNSCALED = (
    "columns near 100 saturate the code; the answer is DivergedError, scale first. "
    "Behind a scaler, below, they pass"
)
FAR = ("check_fit_idempotent", "check_fit_check_is_fitted", "check_n_features_in")
EXPECTED = {
    "SparseAutoencoder": dict.fromkeys(FAR, UNSCALED),
    "VariationalAutoencoder": dict.fromkeys(FAR, UNSCALED),
    "ConditionalVariationalAutoencoder": dict.fromkeys(FAR, UNSCALED),
}
# A Pipeline fits its steps themselves, not clones: scikit-learn's own fail the same.
OF_A_PIPELINE = {"check_estimators_overwrite_params", "check_dont_overwrite_parameters"}


def suited(name):
    """A small estimator that takes the data of scikit-learn's checks."""
    return make(name, **SUITED.get(name, {}))


def outcomes(estimator):
    """The names of the checks that failed, and how many passed."""
    results = estimator_checks.check_estimator(estimator, on_fail=None, on_skip=None)
    failed = {r["check_name"] for r in results if r["status"] == "failed"}
    return failed, sum(r["status"] == "passed" for r in results)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CLASSES)
def test_check_estimator(name):
    failed, passed = outcomes(suited(name))
    assert failed == set(EXPECTED.get(name, ()))
    assert passed >= 38


SCALED = {"binary pixels": make("VariationalAutoencoder")} | {
    name: suited(name) for name in EXPECTED
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SCALED)
def test_check_estimator_behind_a_scaler(name):
    failed, passed = outcomes(make_pipeline(MinMaxScaler(clip=True), SCALED[name]))
    assert failed == OF_A_PIPELINE
    assert passed >= 38


FRAMES = [
    check
    for name, check in inspect.getmembers(estimator_checks, inspect.isfunction)
    if name.startswith(("check_dataframe_", "check_transformer_get_feature_names",
                        "check_set_output_transform", "check_global_output"))
]


@pytest.mark.filterwarnings("ignore:.*feature names")
@pytest.mark.parametrize("check", FRAMES, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", CLASSES)
def test_checks_of_tables_with_named_columns(name, check):
    about_codes = check.__name__ != "check_dataframe_column_names_consistency"
    if about_codes and not hasattr(CLASSES[name], "transform"):
        return
    if check.__name__.endswith("polars"):
        pytest.importorskip("polars")
    check(name, suited(name))


@pytest.fixture
def x(rng):
    return rng.uniform(size=(60, 6)).astype(np.float32)


@pytest.fixture
def table(x):
    return pd.DataFrame(x, columns=list("abcdef"), index=np.arange(60) + 100)


@pytest.mark.parametrize("name", [n for n in CLASSES if hasattr(CLASSES[n], "save")])
def test_column_names_are_in_the_file(name, table, tmp_path):
    model = suited(name).fit(table, np.arange(60) % 3)
    model.save(tmp_path / "model.npz")
    again = s.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(again.feature_names_in_, list("abcdef"))
    with pytest.raises(ValueError, match="in the same order as they were in fit"):
        again.transform(table[list("bacdef")])
    with pytest.warns(UserWarning, match="does not have valid feature names") as seen:
        again.transform(table.to_numpy())
    assert len(seen) == 1 and seen[0].filename == __file__


@pytest.mark.parametrize("name", CLASSES)
def test_no_method_warns_about_names_that_are_right(name, table, recwarn):
    model = suited(name).fit(table, np.arange(60) % 3)
    labels = {"y": np.arange(60) % 3}
    for method in ("transform", "reconstruct", "reconstruction_error", "predict",
                   "predict_proba", "encode_distribution", "posterior", "score",
                   "evaluate", "log_likelihood"):
        if callable(getattr(model, method, None)):
            bound = getattr(model, method)
            takes = "y" in inspect.signature(bound).parameters
            bound(table, **labels if takes else {})
    assert not [w for w in recwarn if "feature names" in str(w.message)]


def test_a_file_with_wrong_column_names_is_refused(x, tmp_path):
    model = s.PCA(2).fit(x)
    for names in (["a"], list("abcde") + [6], "abcdef"):
        model.feature_names_in_ = np.asarray(names, dtype=object)
        model.save(tmp_path / "model.npz")
        with pytest.raises(s.CheckpointError, match="expected 6 feature names"):
            s.load(tmp_path / "model.npz")


def test_a_failed_fit_keeps_the_column_names_of_the_last(table):
    model = s.PCA(2).fit(table)
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit((table * np.nan).rename(columns=str.upper))
    np.testing.assert_array_equal(model.feature_names_in_, list("abcdef"))
    model.fit(table.to_numpy())
    assert not hasattr(model, "feature_names_in_")


@pytest.mark.parametrize("transform", ["default", "pandas"])
def test_neither_none_nor_what_is_refused_changes_the_output(transform, table):
    model = s.PCA(2).set_output(transform=transform).fit(table)
    assert model.set_output() is model.set_output(transform=None) is model
    with pytest.raises(ValueError, match="'transform' parameter of PCA.set_output"):
        model.set_output(transform="numpy")
    other = "default" if transform == "pandas" else "pandas"
    with config_context(transform_output=other):
        assert hasattr(model.transform(table), "columns") == (transform == "pandas")


def test_codes_of_a_table_are_a_table_with_its_rows(table):
    model = s.Autoencoder(2, (4,), **QUIET).set_output(transform="pandas").fit(table)
    codes = model.transform(table)
    assert list(codes.columns) == ["autoencoder0", "autoencoder1"]
    assert list(codes.index) == list(table.index)
    np.testing.assert_array_equal(
        model.reconstruct(table), model.inverse_transform(codes)
    )


def test_classifiers_are_classifiers_and_get_stratified_folds(rng):
    """Sorted by class, plain folds would each leave one class out."""
    y = np.repeat([0, 1, 2], 30)
    x = np.eye(3)[y] + 0.1 * rng.normal(size=(90, 3))
    found = [name for name in CLASSES if is_classifier(make(name))]
    assert found == ["LinearProbe", "StackedClassifier"]
    for name in found:
        assert min(cross_val_score(suited(name), x, y, cv=3)) > 0.9


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


def test_a_conditional_model_works_in_a_pipeline_and_a_grid_search(x):
    y = np.array(["a", "b", "c"])[np.arange(60) % 3]
    pipeline = make_pipeline(
        StandardScaler(), suited("ConditionalVariationalAutoencoder")
    )
    codes = pipeline.fit_transform(x, y)
    assert codes.shape == pipeline.transform(x).shape == (60, 2)
    assert np.isfinite(pipeline.score(x, y))
    grid = {"conditionalvariationalautoencoder__n_components": [1, 2]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(x, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


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


@pytest.mark.parametrize("name", ["Autoencoder", "VariationalAutoencoder"])
def test_a_pickled_models_parameters_are_still_one_vector(name, x):
    import pickle

    again = pickle.loads(pickle.dumps(suited(name).fit(x)))
    again.parameters_.theta[...] = 0
    assert not again.encoder_.layers[0].W.any()
    assert not again.parameters_.values["encoder.0.W"].any()


def test_options_of_the_parent_are_in_the_signature():
    parameters = inspect.signature(s.SparseAutoencoder).parameters
    assert "options" not in parameters and "learning_rate" in parameters
    assert parameters["learning_rate"].default == 1e-3


def test_tags_tell_scikit_learn_what_an_estimator_is():
    for name, cls in CLASSES.items():
        tags, classifies = make(name).__sklearn_tags__(), hasattr(cls, "predict")
        assert tags.estimator_type == ("classifier" if classifies else None), name
        assert (tags.classifier_tags is not None) == classifies, name
        assert (tags.transformer_tags is not None) == hasattr(cls, "transform"), name
        fit = inspect.signature(cls.fit).parameters
        needs = "y" in fit and fit["y"].default is inspect.Parameter.empty
        assert tags.target_tags.required == needs, name
        assert tags.input_tags.two_d_array and not tags.input_tags.sparse, name


@pytest.mark.parametrize("name", CLASSES)
def test_columns_of_which_only_some_have_names_in_text_are_refused(name):
    X, y = data()
    table = pd.DataFrame(X, columns=["a", 1, "b", 2, "c", 3])
    model = make(name)
    with pytest.raises(TypeError, match=r"has \['int', 'str'\] as feature name"):
        model.fit(table, *labels_of(model.fit, y))
    assert not hasattr(model, "feature_names_in_")


def test_names_that_differ_are_listed_five_of_each_at_most():
    X = pd.DataFrame(data()[0], columns=[*"abcdef"])
    model = make("PCA").fit(X)
    other = X.set_axis([*"uvwxyz"], axis=1)
    with pytest.raises(ValueError) as caught:
        model.transform(other)
    assert str(caught.value).splitlines()[1:] == [
        "Feature names unseen at fit time:", *(f"- {c}" for c in "uvwxy"), "- ...",
        "Feature names seen at fit time, yet now missing:",
        *(f"- {c}" for c in "abcde"), "- ...",
    ]
    with pytest.raises(ValueError) as caught:
        model.transform(X.rename(columns={"c": "q"}))
    assert str(caught.value).splitlines()[1:] == [
        "Feature names unseen at fit time:", "- q",
        "Feature names seen at fit time, yet now missing:", "- c",
    ]
    with pytest.raises(ValueError, match="must be in the same order"):
        model.transform(X[[*"bacdef"]])
