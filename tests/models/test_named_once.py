"""Column names are compared once in a call, and scikit-learn may route past us."""

import inspect
import warnings

import numpy as np
import pandas
import pytest
import sklearn
from estimators import CLASSES, data, fitted, labels_of, make
from readings import BUILDING, WRITING
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

X, Y = data()
TABLE = pandas.DataFrame(X, columns=list("abcdef"))
CLASSIFIERS = [name for name, cls in CLASSES.items() if hasattr(cls, "predict_proba")]


def asked(model):
    """Names of the public methods that take rows."""
    for name in dir(model):
        method = getattr(model, name) if not name.startswith("_") else None
        if callable(method) and name not in WRITING | BUILDING:
            if "X" in inspect.signature(method).parameters:
                yield name, method


@pytest.mark.parametrize("name", CLASSES)
def test_a_call_warns_once_of_names_that_are_missing(name):
    model = fitted(name, TABLE, Y)
    assert [*asked(model)]
    for question, method in asked(model):
        with warnings.catch_warnings(record=True) as met:
            warnings.simplefilter("always")
            method(X, *labels_of(method, Y))
        said = [str(w.message) for w in met]
        names = [text for text in said if "valid feature names" in text]
        assert len(names) == 1, question


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [*CLASSIFIERS, "LogisticRegression"])
def test_a_classifier_is_scored_in_a_pipeline_where_metadata_are_routed(name):
    ours = name in CLASSES
    last = make(name) if ours else LogisticRegression()
    pipeline = make_pipeline(MinMaxScaler(), last).fit(X, Y)
    plain = pipeline.score(X, Y)
    with sklearn.config_context(enable_metadata_routing=True):
        assert pipeline.score(X, Y) == plain
        assert np.isfinite(cross_val_score(pipeline, X, Y, cv=2)).all()
        with pytest.raises((TypeError, ValueError), match="sample_weight"):
            pipeline.score(X, Y, sample_weight=np.ones(len(X)))
