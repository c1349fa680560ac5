"""Checkpoints of a training under way, and how it goes on from one."""

import hashlib
import json

import numpy as np

from scratchae.errors import CheckpointError
from scratchae.training.checkpoint import read_checkpoint, to_json, write_checkpoint
from scratchae.training.state import PREFIX

FREE = ("verbose",)  # parameters that a resumed training may change


class Recorder:
    """After each epoch, brings the model's history and its checkpoint up to date."""

    def __init__(self, model, path, fingerprint):
        self.model, self.path, self.fingerprint = model, path, fingerprint

    def __call__(self, state):
        """Keep the history, and replace the checkpoint by one of this state."""
        self.model.history_ = state.history
        if self.path is None:
            return
        training = state.numbers() | {"data": self.fingerprint}
        description = self.model._description() | {
            "history": training.pop("history"),
            "training": training,
        }
        write_checkpoint(self.path, description, self.model._arrays() | state.arrays())


def read_training(model, n_features, path, fingerprint):
    """The (description, arrays) of a checkpoint of the same model on the same data.

    `description["training"]` is None if that training is complete.
    Raises CheckpointError that says what differs.
    """

    def expected(description):
        _check_same_model(model, n_features, description, path)
        return model._layout(description)

    description, arrays = read_checkpoint(path, expected)
    training = description.get("training")
    if training is not None and training.get("data") != fingerprint:
        raise CheckpointError(
            f"{path} was trained on other data; resume needs the same images in the "
            "same order (and the same validation data)"
        )
    return description, arrays


def training_layout(model, description):
    """Names, shapes and dtypes of the arrays that a stopped training adds."""
    if description.get("training") is None:
        return {}
    if not isinstance(description["training"], dict):
        raise CheckpointError("the checkpoint describes no stopped training")
    names = {"adam": ("m", "v"), "momentum": ("velocity",), "sgd": ()}[model.optimizer]
    names += () if model.patience is None else ("best",)
    size = model._described_network(description).parameters.theta.size
    return {PREFIX + name: ((size,), model.dtype) for name in names}


def weights_only(arrays):
    """The model's arrays without those of a stopped training."""
    return {k: v for k, v in arrays.items() if not k.startswith(PREFIX)}


def fingerprint(x, x_val=None):
    """A short digest of the data, shape and type included."""
    digest = hashlib.blake2b(digest_size=16)
    for array in (x, x_val):
        if array is not None:
            digest.update(f"{array.shape} {array.dtype}".encode())
            digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def _check_same_model(model, n_features, description, path):
    mine = model._description_of_parameters(n_features)
    mine = json.loads(json.dumps(mine, default=to_json))
    theirs = {name: description.get(name) for name in mine}
    if mine["model"] != theirs["model"] or not isinstance(theirs["params"], dict):
        raise CheckpointError(
            f"{path} holds a {theirs['model']!r}; expected a {mine['model']!r}"
        )
    differ = [
        f"{name}={theirs['params'].get(name)!r}, now {value!r}"
        for name, value in mine["params"].items()
        if name not in FREE and theirs["params"].get(name) != value
    ]
    if differ or mine["n_features"] != theirs["n_features"]:
        differ = differ or [
            f"{theirs['n_features']} features, now {mine['n_features']}"
        ]
        raise CheckpointError(
            f"{path} was trained with {'; '.join(differ)}. Resume with the same "
            "parameters, or start anew."
        )
