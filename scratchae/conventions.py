"""scikit-learn's conventions for an estimator, without depending on it."""

import inspect

from scratchae.errors import NotFittedError


class Conventions:
    """The constructor only stores its arguments; fitted attributes end in `_`.

    `**options` in a subclass's constructor stands for its parent's arguments; its
    signature, as `help` shows it, lists them all.
    """

    _fitted = "n_features_in_"  # the attribute that `fit` leaves behind

    def __init_subclass__(cls):
        super().__init_subclass__()
        if "__init__" in vars(cls):
            kind = inspect.Parameter.KEYWORD_ONLY
            own = inspect.signature(cls.__init__)
            listed = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
            names = {p.name for p in listed}
            listed += [
                inspect.Parameter(name, kind, default=default)
                for name, default in cls._defaults().items()
                if name not in names
            ]
            cls.__init__.__signature__ = own.replace(parameters=listed)

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
        return hasattr(self, self._fitted)

    def _check_is_fitted(self):
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' "
                "with appropriate arguments before using this estimator."
            )
