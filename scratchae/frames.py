"""Tables with named columns, in and out, without depending on their library.

The names and messages are those of scikit-learn's protocol for `feature_names_in_` and
`set_output`.
"""

import importlib
import sys

import numpy as np

from scratchae.errors import warn

CONTAINERS = ("default", "pandas", "polars")
MOST = 5  # names that a message lists


def feature_names(X):
    """The column names of a table X as an array of objects, or None.

    None for arrays and for tables whose names are not text. Raises TypeError for
    names of which only some are text.
    """
    columns = getattr(X, "columns", None)
    if columns is None or not hasattr(X, "shape") or len(columns) == 0:
        return None
    text = [isinstance(name, str) for name in columns]
    if all(text):
        return np.asarray(columns, dtype=object)
    if any(text):
        kinds = sorted({type(name).__name__ for name in columns})
        raise TypeError(
            "Feature names are only supported if all input features have string names, "
            f"but your input has {kinds} as feature name / column name types. Convert "
            "them all to strings: X.columns = X.columns.astype(str)."
        )
    return None


def compare_names(names, fitted, owner, given="X"):
    """Compare column names with those of `fit`: ValueError or a warning.

    Names that differ, are missing or stand in another order are an error; names on one
    side only are a warning.  names, fitted : arrays, or None for an array's columns
    given : what the names are of, for the warnings
    """
    if names is None and fitted is None:
        return
    if fitted is None:
        warn(f"{given} has feature names, but {owner} was fitted without feature names")
    elif names is None:
        warn(f"{given} does not have valid feature names, but {owner} was fitted with "
             "feature names")
    elif not np.array_equal(names, fitted):
        raise ValueError(_difference(names, fitted))


def _difference(names, fitted):
    lines = ["The feature names should match those that were passed during fit."]
    for what, some in (
        ("Feature names unseen at fit time:", set(names) - set(fitted)),
        ("Feature names seen at fit time, yet now missing:", set(fitted) - set(names)),
    ):
        if some:
            lines += [what, *(f"- {name}" for name in sorted(some)[:MOST])]
            if len(some) > MOST:
                lines.append("- ...")
    if len(lines) == 1:
        lines.append("Feature names must be in the same order as they were in fit.")
    return "\n".join(lines) + "\n"


def container_of(config):
    """Which container an estimator returns: its own `config`, else scikit-learn's."""
    if config is None and "sklearn" in sys.modules:
        config = sys.modules["sklearn"].get_config()["transform_output"]
    return config or "default"


def check_installed(container):
    """Raise ImportError, in scikit-learn's words, for a container without a library."""
    try:
        if container != "default":
            importlib.import_module(container)
    except ImportError as error:
        raise ImportError(f"Setting output container to '{container}' requires "
                          f"{container} to be installed") from error


def as_container(codes, X, container, names):
    """codes : (n, k) as a table, "pandas" or "polars", of these columns, X's index."""
    if container == "polars":
        import polars

        return polars.DataFrame(codes, schema=list(names), orient="row")
    import pandas

    index = X.index if isinstance(X, pandas.DataFrame) else None
    return pandas.DataFrame(codes, columns=names, index=index, copy=False)
