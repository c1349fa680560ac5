"""scikit-learn's conventions for an estimator, without depending on it."""

import functools
import inspect
import itertools

from scratchae.errors import not_fitted
from scratchae.frames import compare_names, feature_names
from scratchae.interrupts import held_back
from scratchae.labels import are_right, most_probable
from scratchae.transaction import copied, take_over, twin_of

_DEFINED = itertools.count()


class Conventions:
    """The constructor only stores its arguments; fitted attributes end in `_`.

    `**options` in a subclass's constructor stands for its parent's arguments; its
    signature, as `help` shows it, lists them all.

    `fit` of a subclass keeps the column names of a table in `feature_names_in_`, and
    changes nothing if it fails.
    """

    _fitted = "n_features_in_"  # the attribute that `fit` leaves behind

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls.number_of_class = next(_DEFINED)  # in the order of their definition
        if "__init__" in vars(cls):
            kind = inspect.Parameter.KEYWORD_ONLY
            own = inspect.signature(cls.__init__)
            listed = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
            listed += [
                inspect.Parameter(name, kind, default=default)
                for name, default in cls._defaults().items()
                if name not in own.parameters
            ]
            cls.__init__.__signature__ = own.replace(parameters=listed)
        if "fit" in vars(cls):
            cls.fit = _all_or_nothing(cls.fit)
        if "score" in vars(cls):
            cls.score = _without_weights(cls.score)

    def get_params(self, deep=True):
        """The constructor's arguments by name."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **params):
        """Change constructor arguments; an unknown name changes nothing."""
        valid = [*self._defaults()]
        for name in params:
            if name not in valid:
                raise ValueError(f"Invalid parameter {name!r} for estimator {self}. "
                                 f"Valid parameters are: {valid}.")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    @classmethod
    def _defaults(cls):
        """Constructor parameters and defaults; `**options` stands for the parent's."""
        defaults = {}
        for parent in cls.__mro__:
            if "__init__" in vars(parent):
                _, *own = inspect.signature(parent.__init__).parameters.values()
                named = [p for p in own if p.kind is not p.VAR_KEYWORD]
                for p in named:
                    defaults.setdefault(p.name, p.default)
                if len(named) == len(own):  # no **options
                    break
        return defaults

    def __repr__(self):
        defaults = self._defaults()
        changed = ", ".join(f"{name}={value!r}"
                            for name, value in self.get_params().items()
                            if repr(value) != repr(defaults[name]))
        return f"{type(self).__name__}({changed})"

    def __deepcopy__(self, memo):
        """As Python's, but for a piece of one's own that has no copies: it is shared.

        Nothing is kept in it, since a network has a copy of its own.
        """
        twin = memo[id(self)] = object.__new__(type(self))
        state = self.__reduce_ex__(4)[2] or {}  # __getstate__, if it has one
        state = {name: copied(value, memo) for name, value in state.items()}
        getattr(twin, "__setstate__", vars(twin).update)(state)
        return twin

    def __sklearn_clone__(self):
        """What `sklearn.base.clone` makes, but for such a piece."""
        given = {n: _cloned(v) for n, v in self.get_params(deep=False).items()}
        twin, config = type(self)(**given), "_sklearn_output_config"
        for name, value in twin.get_params(deep=False).items():
            if value is not given[name]:
                raise RuntimeError(f"Cannot clone object {self}, as the constructor "
                                   f"either does not set or modifies parameter {name}")
        if config in vars(self):
            vars(twin)[config] = dict(vars(self)[config])
        return twin

    def __sklearn_tags__(self):
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        transforms = hasattr(type(self), "transform")
        codes = TransformerTags(preserves_dtype=[]) if transforms else None
        return Tags(estimator_type=None, target_tags=TargetTags(required=False),
                    transformer_tags=codes, input_tags=InputTags())

    def __sklearn_is_fitted__(self):
        return hasattr(self, self._fitted)


def remember_parameters(model):
    """These are the parameters of the fit, whatever becomes of them later."""
    model._fitted_with_ = {n: _as_now(v) for n, v in _parameters(model).items()}


def _as_now(value):
    """A copy of what may be changed from outside: a list, an object of one's own."""
    own = hasattr(value, "forward") or hasattr(value, "corrupt")
    changes = hasattr(value, "__dict__") and not isinstance(value, type)
    if not isinstance(value, list) and not (own and changes):
        return value
    return copied(value)


def _cloned(value):
    """A parameter for an unfitted twin: of a model an unfitted one too, else a copy."""
    from sklearn.base import clone

    return clone(value, safe=False) if hasattr(value, "get_params") else copied(value)


def fitted_parameters(model):
    """The parameters that the fit had; before one, those that it would have."""
    told = vars(model).get("_fitted_with_")
    return _parameters(model) if told is None else told


def _parameters(model):
    """All parameters by name, also those that a subclass's constructor has set."""
    own, known = vars(model), getattr(model, "constraints", {})
    return {n: own[n] for n in known if n in own} | model.get_params(deep=False)


def check_is_fitted(model):
    """Raise NotFittedError, in scikit-learn's words, before `fit`."""
    if not model.__sklearn_is_fitted__():
        raise not_fitted(
            f"This {type(model).__name__} instance is not fitted yet. Call 'fit' "
            "with appropriate arguments before using this estimator."
        )


def check_feature_names(model, X, name="X"):
    """Compare the column names of X with those that a fitted model knows."""
    fitted = getattr(model, "feature_names_in_", None)
    compare_names(feature_names(X), fitted, type(model).__name__, name)


def set_feature_names(model, names):
    """Keep the column names of a table; None where there are none."""
    if names is not None:
        model.feature_names_in_ = names
    elif hasattr(model, "feature_names_in_"):
        del model.feature_names_in_


def _without_weights(method):
    """The method, which refuses `sample_weight` in words."""

    @functools.wraps(method)
    def wrapped(self, X, *args, **options):
        _refuse_weights(self, method, options)
        return method(self, X, *args, **options)

    return wrapped


def _refuse_weights(model, method, options):
    name = "sample_weight"
    if name in options and name not in inspect.signature(method).parameters:
        raise TypeError(
            f"{type(model).__name__}.{method.__name__} does not support {name}: every "
            "row counts once. Leave rows out or repeat them instead."
        )


class Classifier:
    """A mixin for an estimator with `predict_proba` and `classes_`.

    Folds of a cross-validation are then stratified, and `score` counts right labels.
    """

    _estimator_type = "classifier"  # for scikit-learn before 1.6

    def predict(self, X):
        """The most probable label of each row, (n,)."""
        return most_probable(self.predict_proba(X), self.classes_, type(self).__name__)

    @_without_weights
    def score(self, X, y):
        """Share of labels y : (n,) that are predicted right."""
        right = are_right(self.predict(X), y, self.classes_, type(self).__name__)
        return float(right.mean())

    def __sklearn_tags__(self):
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        tags.target_tags.required = True
        return tags

    def get_metadata_routing(self):
        """Nothing that `score` asks for; a `Pipeline` may name `sample_weight` to it.

        Where scikit-learn routes metadata, it does so with None too.
        """
        from sklearn.utils.metadata_routing import MetadataRequest

        request = MetadataRequest(owner=self)
        request.score.add_request(param="sample_weight", alias=None)
        return request


def _all_or_nothing(fit):
    """`fit` that changes the model at its end only, when it has succeeded.

    It works on a twin, and the model takes over what the twin has become. So an error
    or Ctrl-C changes nothing, other threads read the earlier fit until the new one is
    done, and a Generator in `random_state` moves on only with a fit that succeeds: by
    its count of children, which a neural model spawns from its seed without a draw from
    it, or by the draws of a `GaussianMixture`. A RandomState moves by draws.
    The twin also keeps the column names of a table. A `fit` that another class's `fit`
    calls does nothing of this.
    """

    @functools.wraps(fit)
    def wrapped(self, X, *args, **options):
        if type(self).fit is not wrapped:
            return fit(self, X, *args, **options)
        if options:
            _refuse_weights(self, fit, options)
        twin = twin_of(self)
        names = feature_names(X)
        if names is not None or "feature_names_in_" in vars(twin):
            set_feature_names(twin, names)
        if self._fitted in vars(self):
            for about_the_fit_before in ("about_", "_fitted_with_"):
                vars(twin).pop(about_the_fit_before, None)
        fit(twin, X, *args, **options)
        with held_back():  # for by now there is nothing that Ctrl-C could stop
            remember_parameters(twin)
            return take_over(self, twin)

    return wrapped
