"""What models share: codes, files, and reconstructions."""

import functools
import numbers

import numpy as np

from scratchae.checkpoints.format import write_checkpoint
from scratchae.constraints import Number, check_table
from scratchae.conventions import (
    Conventions,
    check_feature_names,
    check_is_fitted,
    fitted_parameters,
    remember_parameters,
    set_feature_names,
)
from scratchae.errors import CheckpointError
from scratchae.frames import CONTAINERS, as_container, check_installed, container_of
from scratchae.models.own import as_json
from scratchae.nn.evaluation import EVALUATION_BATCH
from scratchae.nn.own import is_ours
from scratchae.pulse import steps
from scratchae.rows import by_blocks
from scratchae.validation import (
    check_choice,
    check_data,
    warn_of_far_rows,
    without_nan,
)

DTYPES = ("float32", "float64")
MODES = ("mean", "sample")  # of p(x|z): what `reconstruct` and `sample` return


def _in_container(transform):
    """`transform` that returns the container which `set_output` asks for.

    A `transform` that another class's `transform` calls returns an array.
    """

    @functools.wraps(transform)
    def wrapped(self, X, *args, **options):
        config = vars(self).get("_sklearn_output_config", {}).get("transform")
        container = container_of(config)
        check_installed(container)
        codes = transform(self, X, *args, **options)
        if container == "default" or type(self).transform is not wrapped:
            return codes
        return as_container(codes, X, container, self.get_feature_names_out())

    return wrapped


class Estimator(Conventions):
    """A model with codes, and files.

    A subclass provides `fit`, `_encode` (of rows that are checked), and for files
    `arrays` (fitted arrays by name), `layout` (their shapes and dtypes) and `restore`.

    about_ : a dict, ready for JSON, of what is to be remembered of this fit beside the
        model: the command line keeps its command there, and what its data were. It
        goes into the checkpoint and comes back; the next `fit` drops it.
    """

    _sklearn_auto_wrap_output_keys = frozenset({"transform"})
    _takes_missing = False  # whether NaN in X stands for what is missing
    _computes_in = None  # a dtype, where it is not the parameter `dtype`
    constraints = {}  # what each parameter may be, by name

    def __init_subclass__(cls):
        super().__init_subclass__()
        if "transform" in vars(cls):
            cls.transform = _in_container(cls.transform)

    def fit_transform(self, X, y=None, **options):
        """Fit, with the options of `fit`, then return the codes of the same data."""
        return self.fit(X, y, **options).transform(X)

    @_in_container
    def transform(self, X):
        """Codes h = f(x).  (n, d) -> (n, k)."""
        return self._answered("the code", by_blocks, self._codes, X)

    def _codes(self, X):
        return self._encode(self._check_encoder_input(X))

    def _answered(self, what, answer, *given):
        """answer(*given), infinite and with a warning where numbers overflow."""
        with np.errstate(over="ignore", invalid="ignore"):
            return without_nan(answer(*given), what, type(self).__name__)

    def set_output(self, *, transform=None):
        """Let `transform` return "default" arrays, "pandas" or "polars" tables.

        None leaves it as it is. The columns are `get_feature_names_out()`. Raises
        ImportError for tables whose library is not installed.
        """
        if transform is not None:
            owner = f"{type(self).__name__}.set_output"
            check_choice(transform, "transform", CONTAINERS, owner=owner)
            check_installed(transform)
            self._sklearn_output_config = {"transform": transform}
        return self

    def get_feature_names_out(self, input_features=None):
        """Names of the codes' columns: the class's name and a number, (k,) of str.

        input_features : compared with the names or the number of columns in `fit`
        """
        check_is_fitted(self)
        if input_features is not None:
            given = np.asarray(input_features, dtype=object)
            names = getattr(self, "feature_names_in_", given)
            if not np.array_equal(names, given):
                raise ValueError("input_features is not equal to feature_names_in_")
            if len(given) != self.n_features_in_:
                raise ValueError("input_features should have length equal to number of "
                                 f"features ({self.n_features_in_}), got {len(given)}")
        prefix = type(self).__name__.lower()
        names = [f"{prefix}{i}" for i in range(self._n_codes())]
        return np.asarray(names, dtype=object)

    def _items(self):
        """What the rows of the fit are: "images", or "rows" of a table by its names."""
        about = getattr(self, "about_", None)
        data = about.get("data") if isinstance(about, dict) else None
        columns = data.get("columns") if isinstance(data, dict) else None
        return "rows" if columns or hasattr(self, "feature_names_in_") else "images"

    def _n_codes(self):
        return int(getattr(self, "n_components_", self.n_components))

    def save(self, path):
        """Write a checkpoint (.npz, no pickle), complete or not at all."""
        check_is_fitted(self)
        write_checkpoint(path, self.description(), self.arrays())

    def description(self):
        """What a checkpoint says of the model, ready for JSON."""
        fitted = fitted_parameters(self)
        params = {name: as_json(fitted[name]) for name in self.get_params(False)}
        if not isinstance(params.get("random_state", 0), numbers.Integral):
            params["random_state"] = None  # a Generator's state is not a parameter
        described = {
            "model": type(self).__name__,
            "params": params,
            "n_features": self.n_features_in_,
            "history": getattr(self, "history_", {}),
        }
        if not is_ours(type(self)):
            described["own"] = True  # ours may have the same name
        if hasattr(self, "feature_names_in_"):
            described["feature_names"] = self.feature_names_in_.tolist()
        if hasattr(self, "about_"):
            described["about"] = self.about_
        return described

    def restore_about(self, description):
        """What a checkpoint remembers of the fit: its parameters, and `about_`."""
        remember_parameters(self)
        about = description.get("about")
        if isinstance(about, dict):
            self.about_ = about
        elif about is not None:
            raise CheckpointError(f"expected a dict about the fit, got {about!r}")

    def restore_names(self, description):
        """The column names of a checkpoint, if it has any."""
        names = description.get("feature_names")
        if names is None:
            return
        text = isinstance(names, list) and all(isinstance(n, str) for n in names)
        if not text or len(names) != self.n_features_in_:
            raise CheckpointError(
                f"expected {self.n_features_in_} feature names, got {names!r}"
            )
        set_feature_names(self, np.asarray(names, dtype=object))

    def _check_fitted_input(self, X, mapped=False, in_range=True):
        check_is_fitted(self)
        return self._check_data(X, n_features=self.n_features_in_, mapped=mapped,
                                in_range=in_range)

    def _check_encoder_input(self, X):
        """As `_check_fitted_input`; a subclass may take more than it learns from."""
        return self._check_fitted_input(X)

    def _check_data(self, X, name="X", n_features=None, mapped=False, in_range=True):
        """X as `check_data` gives it; in_range : whether [0, 1] is asked of it too."""
        if n_features is not None:
            check_feature_names(self, X, name)
        # `fitted_parameters`, without calls that whoever steps through `fit` would meet
        told = vars(self).get("_fitted_with_", vars(self))
        unit = in_range and self._needs_unit_interval(told)
        return check_data(X, name, owner=type(self).__name__,
                          dtype=np.dtype(self._computes_in or told["dtype"]),
                          n_features=n_features, unit=unit, mapped=mapped,
                          missing=self._takes_missing,
                          squares=n_features is None)  # learned from, in fit

    def check_parameters(self):
        """Raise a ValueError unless the constructor's arguments make a model."""
        check_table(self.constraints, vars(self), type(self).__name__)
        self._check_combinations()

    def _plain(self, names):
        """The parameters of these that it has, by name, their numbers Python's own: one
        of eight bits would overflow, a float32 give other bits than its file's."""
        plain = {}
        for name in names:
            if hasattr(self, name):
                value, constraint = getattr(self, name), self.constraints.get(name)
                if isinstance(constraint, Number) and value is not None:
                    value = int(value) if constraint.integer else float(value)
                plain[name] = value
        return plain

    def _check_combinations(self):
        """Check what one argument asks of another; raises ValueError."""

    def _needs_unit_interval(self, told):
        """Whether its data must lie in [0, 1], with these parameters; if so, the option
        that takes others, as text."""
        return False


def averaged(measures, each):
    """The figures of all rows, {name: (n,)}, or their means, {name: float}."""
    if each:
        return measures
    return {name: float(values.mean()) for name, values in measures.items()}


class Reconstructing:
    """A mixin for an `Estimator` whose codes can be decoded.

    A subclass provides `_decode` (of codes that are checked).
    """

    def inverse_transform(self, codes):
        """Reconstructions x_hat = g(h).  (n, k) -> (n, d)."""
        codes = self._check_codes(codes)
        return self._answered("the reconstruction", self._decode, codes)

    def reconstruct(self, X):
        """Decode the codes of X: g(f(x)), equation (1.1), S10.  (n, d) -> (n, d)."""
        X = self._check_encoder_input(X)
        return self._answered("the reconstruction", self._reconstruct_rows, X)

    def reconstruction_error(self, X):
        """Squared error summed over pixels, averaged over images (SSE/img)."""
        rows = self._check_fitted_input(X, mapped=True)
        return float(self._squared_errors(rows).mean())

    def _reconstruct_rows(self, rows):
        """g(f(x)) of rows that are checked."""
        return self._decode(self._encode(rows))

    def _squared_errors(self, rows, corrupted=None):
        """Of each checked row's reconstruction : (n,).

        corrupted : a function of some rows, what is reconstructed in their place
        """
        errors, d = np.empty(len(rows)), self.n_features_in_
        starts = range(0, len(rows), EVALUATION_BATCH)
        for start in steps(starts, "reconstructing", "rows"):
            x = rows[start : start + EVALUATION_BATCH]
            given, wanted = x if corrupted is None else corrupted(x), x[:, :d]
            with np.errstate(over="ignore", invalid="ignore"):
                residual = (wanted - self._reconstruct_rows(given)).astype(np.float64)
            residual[np.isnan(residual)] = np.inf  # inf - inf: far away
            residual[np.isnan(wanted)] = 0  # nobody knows what is missing
            errors[start : start + len(x)] = np.einsum("nd,nd->n", residual, residual)
        return warn_of_far_rows(errors, "the squared error", type(self).__name__)

    def _check_codes(self, codes):
        check_is_fitted(self)
        dtype = self._computes_in or fitted_parameters(self)["dtype"]
        return check_data(codes, "codes",
                          owner=f"{type(self).__name__}.inverse_transform",
                          dtype=np.dtype(dtype),
                          n_features=self._n_codes())
