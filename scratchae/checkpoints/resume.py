"""Checkpoints of a training under way, and how it goes on from one."""

import contextlib
import hashlib
import inspect
import os
from functools import partial
from pathlib import Path

import numpy as np

from scratchae.checkpoints.format import as_read, read_checkpoint, write_checkpoint
from scratchae.checkpoints.state import PREFIX
from scratchae.errors import CheckpointError, DivergedError
from scratchae.files import check_writable, replacing
from scratchae.locks import holding
from scratchae.nn.optimizers import OPTIMIZERS
from scratchae.rows import blocks_of

FREE = ("verbose",)  # parameters that a resumed training may change
DATA = ("n_features", "classes", "feature_names")  # what it may not, beside them


class Record:
    """The files of one training: the one it resumes, and its checkpoint.

    model : who is trained, with its network   data : rows, and validation rows or None
    checkpoint, resume : paths or None, as in `fit`

    As a context around the training it holds the checkpoint, gives errors their
    `model`, after divergence puts the checkpoint back that was there before, and ends
    Ctrl-C after an epoch. Raises OSError at once if the checkpoint cannot be written,
    or another training is writing it.
    """

    def __init__(self, model, checkpoint, resume, data):
        self.model, self.resume = model, resume
        if checkpoint is not None:
            check_writable(checkpoint)
        path = resume if checkpoint is None else checkpoint
        self.path = self.digest = None
        if path is not None:
            self.path = os.path.abspath(path)  # the caller may go to another folder
            self.digest = fingerprint(*data)
        self._put_back = None  # what puts the checkpoint of before back

    def read(self):
        """The (description, arrays) of the file to resume; see `read_training`."""
        read = read_training(self.model, self.resume, self.digest)
        check_writable(self.path)
        return read

    def keep(self, state):
        """Keep the history, and replace the checkpoint by one of this state."""
        self.model.history_ = state.history
        if self.path is None:
            return
        if self._put_back is None:
            self._put_back = _putting_back(Path(self.path))
        training = state.numbers()
        description = self.model.description() | {
            "history": training.pop("history"),
            "training": training,
        }
        write_checkpoint(self.path, description, self.model.arrays() | state.arrays())

    def finish(self):
        """Write the checkpoint of a complete training."""
        if self.path is not None:
            self.model.save(self.path)

    def __enter__(self):
        self._held = contextlib.ExitStack()
        if self.path is not None:
            self._held.enter_context(holding(self.path))
        return self

    def __exit__(self, kind, error, traceback):
        with self._held:
            ended = self._end(kind, error)
            try:
                self._held.close()
            except KeyboardInterrupt:  # all that was left was to give the file free
                ended = bool(self.model.history_)
                if not ended:
                    raise
            return ended

    def _end(self, kind, error):
        if isinstance(error, (DivergedError, OSError)):
            error.model = self.model
        if isinstance(error, DivergedError) and self._put_back is not None:
            self._put_back()
        # Ctrl-C after the last epoch: what was left to do can be done by a resume.
        return kind is KeyboardInterrupt and bool(self.model.history_)


def _putting_back(path):
    """A function that makes the file, or that there is none, what it is now."""
    path = Path(os.path.realpath(path))  # of a link, the file that it leads to
    if not path.exists():
        return partial(path.unlink, missing_ok=True)
    content = path.read_bytes()

    def put_back():
        with replacing(path) as file:
            file.write(content)

    return put_back


def read_training(model, path, digest):
    """The (description, arrays) of a checkpoint of the same model on the same data.

    model : with a network of its own, to be trained or filled
    digest : the `fingerprint` of the data
    `description["training"]` is None if that training is complete.
    Raises CheckpointError that says what differs.
    """

    def expected(description):
        _check_same_model(model, description, path)
        return model.layout(description)

    description, arrays = read_checkpoint(path, expected)
    old = description.get("training") or {}  # where version 0.1 has it
    data = description.get("data", old.get("data"))
    if data is None:
        raise CheckpointError(f"{path} does not say what it was trained on, so that it "
                              "cannot be resumed; `load` reads it")
    if data != digest:
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
    names = OPTIMIZERS[model.optimizer].state
    if model.patience is not None:
        names += ("best",)
    size = model.described_network(description).parameters.theta.size
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
            for block in blocks_of(array, what="reading"):
                digest.update(np.ascontiguousarray(block))
    return digest.hexdigest()


def _check_same_model(model, description, path):
    mine = as_read(model.description())
    theirs = description.get("params")
    if _class_in(mine) != _class_in(description) or not isinstance(theirs, dict):
        raise CheckpointError(
            f"{path} holds a {_class_in(description)}; expected a {_class_in(mine)}"
        )
    # A file that is older than an option does not have it: it was at its default.
    theirs = dict(_defaults(model, mine["params"])) | theirs
    differ = changed(mine["params"], theirs)
    differ += changed({n: mine[n] for n in DATA if n in mine}, description)
    if differ:
        listed = "; ".join(f"{name}={old!r}, now {new!r}" for name, old, new in differ)
        raise CheckpointError(f"{path} was trained with {listed}. Resume with the same "
                              "parameters, or start anew.")


def _class_in(description):
    """The class of a description in words; one of one's own may be called as ours."""
    own = " of one's own" if description.get("own") else ""
    return f"{description.get('model')!r}{own}"


def _defaults(model, described):
    """The defaults of its class that can be described; described : its parameters."""
    given = model.get_params()
    for p in inspect.signature(type(model)).parameters.values():
        if p.default is given.get(p.name):
            yield p.name, described[p.name]
        elif p.default is not p.empty:
            with contextlib.suppress(TypeError):  # an object, which nobody has chosen
                yield p.name, as_read(p.default)


def changed(mine, theirs):
    """(name, theirs, mine) of what differs and may not."""
    return [(name, theirs.get(name), value) for name, value in mine.items()
            if name not in FREE and theirs.get(name) != value]
