"""What all models share: scikit-learn's conventions, saving, and the call to train."""

import inspect
import warnings

import numpy as np

from scratchae.errors import DivergedError, NotFittedError
from scratchae.formulas.schedules import SCHEDULES
from scratchae.nn.optimizers import OPTIMIZERS
from scratchae.training.checkpoint import write_checkpoint
from scratchae.training.loop import EVALUATION_BATCH, TrainingSettings, train
from scratchae.training.progress import Progress
from scratchae.validation import (
    check_choice,
    check_data,
    check_flag,
    check_layer_sizes,
    check_number,
    check_random_state,
)

DTYPES = ("float32", "float64")


class Estimator:
    """scikit-learn's conventions without the dependency.

    The constructor only stores its arguments; fitted attributes end in `_`.
    A subclass provides `fit`, `transform`, `inverse_transform`, `_arrays` (fitted
    arrays by name), `_layout` (their shapes and dtypes) and `_restore`.
    """

    def get_params(self, deep=True):
        """The constructor's arguments by name."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **params):
        """Change constructor arguments; an unknown name changes nothing."""
        valid = self._parameter_names()
        for name in params:
            if name not in valid:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self}. "
                    f"Valid parameters are: {valid}."
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    @classmethod
    def _defaults(cls):
        """Constructor parameters and defaults; `**options` stands for the parent's."""
        defaults = {}
        for parent in cls.__mro__:
            if "__init__" in vars(parent):
                signature = inspect.signature(parent.__init__).parameters.values()
                for p in list(signature)[1:]:
                    if p.kind is not p.VAR_KEYWORD:
                        defaults.setdefault(p.name, p.default)
                if all(p.kind is not p.VAR_KEYWORD for p in signature):
                    break
        return defaults

    @classmethod
    def _parameter_names(cls):
        return list(cls._defaults())

    def __repr__(self):
        defaults = self._defaults()
        changed = ", ".join(
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if repr(value) != repr(defaults[name])
        )
        return f"{type(self).__name__}({changed})"

    def __sklearn_tags__(self):
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(),
        )

    def __sklearn_is_fitted__(self):
        return hasattr(self, "n_features_in_")

    def fit_transform(self, X, y=None):
        """Fit, then return the codes of the same data."""
        return self.fit(X, y).transform(X)

    def reconstruct(self, X):
        """Decode the codes of X: g(f(x)), slide S10.  (n, d) -> (n, d)."""
        return self.inverse_transform(self.transform(X))

    def reconstruction_error(self, X):
        """Squared error summed over pixels, averaged over images (SSE/img)."""
        X = self._check_fitted_input(X)
        total = 0.0
        for start in range(0, len(X), EVALUATION_BATCH):
            rows = X[start : start + EVALUATION_BATCH]
            residual = (rows - self.reconstruct(rows)).astype(np.float64)
            total += np.vdot(residual, residual)
        return float(total / len(X))

    def save(self, path):
        """Write a checkpoint (.npz, no pickle), complete or not at all."""
        self._check_is_fitted()
        write_checkpoint(path, self._description(), self._arrays())

    def _description(self):
        params = self.get_params()
        if not isinstance(params.get("random_state"), (int, type(None))):
            params["random_state"] = None  # a Generator's state is not a parameter
        return {
            "model": type(self).__name__,
            "params": params,
            "n_features": self.n_features_in_,
            "history": getattr(self, "history_", {}),
        }

    def _check_is_fitted(self):
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' "
                "with appropriate arguments before using this estimator."
            )

    def _check_fitted_input(self, X, name="X", n_features=None):
        self._check_is_fitted()
        expected = self.n_features_in_ if n_features is None else n_features
        return self._check_data(X, name, expected)

    def _check_data(self, X, name="X", n_features=None):
        return check_data(
            X,
            name,
            owner=type(self).__name__,
            dtype=np.dtype(self.dtype),
            n_features=n_features,
            unit=self._needs_unit_interval(),
        )

    def _check_codes(self, codes):
        self._check_is_fitted()
        return check_data(
            codes,
            "codes",
            owner=f"{type(self).__name__}.inverse_transform",
            dtype=np.dtype(self.dtype),
            n_features=int(self.n_components),
        )

    def _check_parameters(self):
        """Check the constructor's arguments; raises ValueError, changes nothing."""

    def _needs_unit_interval(self):
        return False


class NeuralModel(Estimator):
    """A model trained by gradient descent: checks, builds its network, trains it.

    A subclass provides `_check_model_parameters` and `_build_network(d)`.
    """

    _regularised = False  # whether something besides its width restrains the code

    def fit(self, X, y=None, *, validation_data=None):
        """Train on X : (n, d); y is ignored.  Returns self.

        validation_data : (m, d) images to report `val_` losses on after each epoch
        Fills `network_`, `parameters_`, `encoder_`, `decoder_`, `history_`.
        Raises ValueError for bad input, before anything changes; DivergedError when
        a loss or gradient is not finite, keeping the last finite weights.
        """
        settings = self._check_parameters()
        X = self._check_data(X)
        if validation_data is not None:
            validation_data = self._check_data(
                validation_data, "validation_data", X.shape[1]
            )
        network = self._build_network(X.shape[1])
        return self._train(network, X, validation_data, settings)

    def _train(self, network, X, x_val, settings):
        """Train a new network on rows that have been checked, and adopt it."""
        X, x_val = self._split(X, x_val)
        self._warn_if_overcomplete(network.sizes[0])
        rng = check_random_state(self.random_state, owner=type(self).__name__)
        start_rng, shuffle_rng, noise_rng = rng.spawn(3)
        network.initialise(start_rng, X)
        self._adopt(network)
        self.history_ = {}
        try:
            self.history_ = train(
                network,
                X,
                settings,
                shuffle_rng=shuffle_rng,
                noise_rng=noise_rng,
                progress=Progress(settings.epochs, self.verbose),
                x_val=x_val,
            )
        except DivergedError as error:
            self.history_ = error.history
            raise
        return self

    def _warn_if_overcomplete(self, d):
        if self.n_components >= d and not self._regularised:
            warnings.warn(
                f"{type(self).__name__}: n_components={self.n_components} is not "
                f"smaller than the {d} features, and nothing regularises the code. "
                "The network can copy its input without learning about the data.",
                UserWarning,
                stacklevel=4,
            )

    def _adopt(self, network):
        self.network_ = network
        self.parameters_ = network.parameters
        self.encoder_, self.decoder_ = network.encoder, network.decoder
        self.n_features_in_ = network.sizes[0]

    def _split(self, X, x_val):
        if x_val is not None:
            return X, x_val
        count = int(len(X) * self.validation_fraction)
        if self.patience is not None and count == 0:
            raise ValueError(
                f"{type(self).__name__} got patience={self.patience} but nothing to "
                "validate on; pass validation_data or a larger validation_fraction."
            )
        return (X[:-count], X[-count:]) if count else (X, None)

    def _check_parameters(self):
        owner = type(self).__name__
        check = {"owner": owner}
        whole = {"owner": owner, "integer": True}
        check_number(self.n_components, "n_components", low=1, **whole)
        check_layer_sizes(self.hidden_layer_sizes, "hidden_layer_sizes", **check)
        check_choice(self.dtype, "dtype", DTYPES, **check)
        check_flag(self.verbose, "verbose", **check)
        check_number(self.validation_fraction, "validation_fraction", low=0, high=1,
                     **check)  # fmt: skip
        check_random_state(self.random_state, **check)
        self._check_model_parameters()
        patience = self.patience
        if patience is not None:
            patience = check_number(patience, "patience", low=1, **whole)
        return TrainingSettings(
            epochs=check_number(self.epochs, "epochs", low=1, **whole),
            batch_size=check_number(self.batch_size, "batch_size", low=1, **whole),
            learning_rate=check_number(
                self.learning_rate, "learning_rate", low=0, closed="neither", **check
            ),
            optimizer=check_choice(self.optimizer, "optimizer", OPTIMIZERS, **check),
            schedule=check_choice(self.schedule, "schedule", SCHEDULES, **check),
            weight_decay=check_number(
                self.weight_decay, "weight_decay", low=0, **check
            ),
            patience=patience,
        )

    def _sizes(self, d):
        hidden = check_layer_sizes(
            self.hidden_layer_sizes, "hidden_layer_sizes", owner=type(self).__name__
        )
        return (d, *hidden, int(self.n_components))

    def _arrays(self):
        return dict(self.parameters_.values)

    def _layout(self, description):
        parameters = self._described_network(description).parameters
        return {name: (shape, self.dtype) for name, shape in parameters.shapes.items()}

    def _described_network(self, description):
        return self._build_network(description["n_features"])

    def _restore(self, description, arrays):
        network = self._described_network(description)
        network.parameters.set_values(arrays)
        self._adopt(network)
        self.history_ = description["history"]
