"""All that reads a fitted model, and whether two answers have the same bits.

Nothing here is a list of methods: a new one takes part in the tests that use this.
"""

import dataclasses
import inspect
import pickle
import shutil
from itertools import product

import numpy as np
from estimators import CLASSES, labels_of

from scratchae import analysis
from scratchae.checkpoints import resume
from scratchae.nn.per_thread import PerThread

# Other ways through the code of the same classes.
VARIANTS = {
    "Autoencoder": [{"tied_weights": True, "loss": "bernoulli", "activation": "elu"}],
    "SparseAutoencoder": [
        {"penalty": "l1"}, {"penalty": "top_k", "n_active": 1},
        {"penalty": "contractive", "hidden_layer_sizes": ()},
    ],
    "DenoisingAutoencoder": [{"corrupted_weight": 2.0, "corruption": "gaussian"},
                             {"missing": "mask"}],
    "VariationalAutoencoder": [
        {"decoder": "gaussian", "posterior": "full"},
        {"objective": "iwae", "n_samples": 2}, {"free_bits": 0.1},
    ],
}
WRITING = {"fit", "fit_transform", "set_params", "set_output"}
OPTIONAL = ("mode", "each", "return_cov")  # each value is another reading
# What networks and files ask of an estimator. No question of its user.
BUILDING = {"arrays", "build_network", "check_parameters", "described_network",
            "description", "layout", "network_options", "restore", "restore_names",
            "restore_about"}


def variants():
    """(name, options) of every estimator: as it is, and its other ways."""
    return [(name, o) for name in CLASSES for o in ({}, *VARIANTS.get(name, ()))]


def id_of(value):
    """For pytest's ids of options."""
    if isinstance(value, dict):
        return "-".join(map(str, value.values())) or "plain"
    return None


def each_epoch(model, path, *arguments, **options):
    """Fit with a checkpoint at path; returns copies of it after each epoch."""
    copies, write = [], resume.write_checkpoint

    def write_and_copy(*rest):
        write(*rest)
        copies.append(path.with_name(f"{path.stem}-{len(copies) + 1}.npz"))
        shutil.copy(path, copies[-1])

    resume.write_checkpoint = write_and_copy
    try:
        model.fit(*arguments, checkpoint=path, **options)
    finally:
        resume.write_checkpoint = write
    return copies


def values_of(x, y, codes, path):
    """What a reading may be given, by the parameter's name: all values to try."""
    return {
        "X": [x], "y": [y], "codes": [codes], "path": [path], "n_samples": [7],
        "n_importance": [3], "random_state": [3], "mode": ["mean", "sample"],
        "steps": [5], "rng": [3], "input_features": [None], "deep": [True],
        "threshold": [0.01], "norm": [1.0], "rate": [0.1],
        "each": [False, True], "return_cov": [False, True],
    }


def readings(model, x, y, path):
    """{name: function without arguments} of all that reads this fitted model.

    Its public methods, `repr` and pickling, and the functions of `scratchae.analysis`
    that take a model. Those that do not apply to it raise what `outcome` catches.
    """
    codes = model.transform(x) if hasattr(model, "transform") else x
    y = next(iter(labels_of(model.fit, y)), None)  # of a model that has labels
    values = values_of(x, y, codes, path)
    calls = {
        "repr": lambda: repr(model),
        "pickle": lambda: vars(pickle.loads(pickle.dumps(model))),
    }
    for name in dir(model):
        method = getattr(model, name) if not name.startswith("_") else None
        if callable(method) and name not in WRITING | BUILDING:
            calls |= _calls(name, method, values)
    for name in analysis.__all__:
        function = getattr(analysis, name)
        if "model" in _parameters(function):
            calls |= _calls(name, function, values | {"model": [model]})
    return calls


def outcome(call):
    """The bits of what a call returns, or the error it raises."""
    try:
        return bits(call())
    except (ValueError, TypeError, AttributeError) as error:
        return type(error), str(error)


def bits(value, seen=()):
    """Anything as something that compares equal only if all its bits are the same.

    How long an epoch took is left out.
    """
    if isinstance(value, np.ndarray) and value.dtype != object:
        return "array", str(value.dtype), value.shape, value.tobytes()
    if isinstance(value, np.random.RandomState):
        return bits(value.get_state(legacy=False))
    if isinstance(value, np.random.Generator):
        seeds = value.bit_generator.seed_seq
        return bits(value.bit_generator.state), seeds.n_children_spawned
    if callable(value):
        return getattr(value, "__qualname__", type(value).__name__)
    if isinstance(value, dict):
        return {key: bits(v, seen) for key, v in value.items() if key != "seconds"}
    if isinstance(value, (list, tuple)):
        return [bits(v, seen) for v in value]
    if dataclasses.is_dataclass(value):
        return bits(dataclasses.astuple(value))
    if type(value).__module__.startswith("scratchae") and hasattr(value, "__dict__"):
        return _bits_of_object(value, seen)
    return type(value).__name__, repr(value)


def _bits_of_object(value, seen):
    """Its attributes, without what is kept for each thread; a cycle ends."""
    if isinstance(value, PerThread) or id(value) in seen:
        return type(value).__name__
    return bits(vars(value), (*seen, id(value)))


def _calls(name, function, values):
    """One call for each combination of values; others must have a default."""
    parameters = _parameters(function)
    for parameter in parameters.values():
        known = parameter.name in values or parameter.default is not parameter.empty
        assert known, f"{name}: tests/readings.py has no value for {parameter}"
    names = [p for p in parameters if p in values]
    combinations = product(*(values[p] for p in names))
    chosen = [dict(zip(names, some, strict=True)) for some in combinations]
    return {
        f"{name} {' '.join(str(some[n]) for n in OPTIONAL if n in some)}".strip():
        _call(function, some) for some in chosen
    }


def _call(function, arguments):
    def call():
        own = dict(arguments)
        if "rng" in own:
            own["rng"] = np.random.default_rng(own["rng"])
        return function(**own)

    return call


def _parameters(function):
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    found = inspect.signature(function).parameters
    return {name: p for name, p in found.items() if p.kind not in kinds}
