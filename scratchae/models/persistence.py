"""Reading a saved model back."""

from scratchae.checkpoints.format import as_read, read_checkpoint
from scratchae.errors import CheckpointError
from scratchae.models.base import Estimator
from scratchae.models.neural import NeuralModel
from scratchae.models.own import as_json, in_words
from scratchae.nn.own import is_ours
from scratchae.validation import check_number

MAX_FEATURES = 2**24  # an image of 4096 x 4096; bounds what a file may claim


def models_by_name():
    """Every class of model that has been defined so far, by (name, whether own).

    Of several of one's own of one name it is the last one, whatever their parents.
    """
    found, classes = [], Estimator.__subclasses__()
    while classes:
        cls = classes.pop()
        classes += cls.__subclasses__()
        if hasattr(cls, "build_network") or not issubclass(cls, NeuralModel):
            found.append(cls)
    found.sort(key=lambda cls: cls.number_of_class)
    return {(cls.__name__, not is_ours(cls)): cls for cls in found}


def load(path, **own):
    """Return the fitted model that `model.save(path)` wrote.

    own : parameters that were objects of one's own, such as `activation=Sine()`; a
        class of model of one's own is found once its file has been imported

    Raises CheckpointError if the file is missing, truncated, from elsewhere, of other
    shapes than its own description says, or holds values that are not finite.
    """
    model = None

    def expected(description):
        nonlocal model
        model = _unfitted(path, description, own)
        return model.layout(description)

    description, arrays = read_checkpoint(path, expected)
    try:
        model.restore(description, arrays)
    except ValueError as error:
        raise CheckpointError(f"{path} holds no {type(model).__name__}: {error}"
                              ) from error
    model.restore_names(description)
    model.restore_about(description)
    return model


def _unfitted(path, description, own):
    name, params = description.get("model"), description.get("params")
    cls = _class_of(path, description)
    params = params | _own_parameters(path, params, own)
    for sizes in ("hidden_layer_sizes", "decoder_layer_sizes", "image_shape"):
        if isinstance(params.get(sizes), list):
            params[sizes] = tuple(params[sizes])
    try:
        check_number(description.get("n_features"), "n_features", owner=name, low=1,
                     high=MAX_FEATURES, integer=True)
        model = cls(**params)
        model.check_parameters()
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path} describes no valid {name}: {error}") from error
    return model


def _class_of(path, description):
    """The class that a file names: one of one's own only where the file says own, or
    where none of ours has the name."""
    models, own = models_by_name(), description.get("own")
    name, params = description.get("model"), description.get("params")
    if isinstance(name, str) and isinstance(params, dict):
        for is_own in (True,) if own else (False, True):
            if (name, is_own) in models:
                return models[name, is_own]
    kind = f"{name!r} of one's own" if own else repr(name)
    names = sorted({known for known, is_own in models if is_own or not own})
    raise CheckpointError(f"{path} holds a model {kind}; expected one of {names}")


def _own_parameters(path, params, own):
    """The objects for the parameters that were objects of somebody's own."""
    asked = {name: value for name, value in params.items()
             if isinstance(value, dict) and "own" in value}
    given = {name: as_read(as_json(value)) for name, value in own.items()}
    for name, value in asked.items():
        if given.get(name) != value:
            got = in_words(given.get(name))
            if isinstance(own.get(name), type):
                got = f"{own[name].__name__}, which is a class"
            raise CheckpointError(
                f"{path} was saved with an object for {name}, {in_words(value)}; load "
                f"got {got}. Expected load(path, {name}={in_words(value)})"
            )
    unasked = sorted(given.keys() - asked.keys())
    if unasked:
        raise CheckpointError(
            f"{path} has no object for {unasked}; load takes only what was saved as an "
            f"object: {sorted(asked)}"
        )
    return own
