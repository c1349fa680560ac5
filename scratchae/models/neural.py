"""What all neural models share: checks at the door, training, checkpoints, resuming."""

import math

from scratchae.checkpoints.resume import Record, training_layout, weights_only
from scratchae.checkpoints.state import history_of, pcg64_children
from scratchae.constraints import FLAG, SEED, Choice, Number, Sizes, as_sizes, whole
from scratchae.conventions import fitted_parameters
from scratchae.errors import UndertrainedWarning, warn
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.formulas.schedules import SCHEDULES
from scratchae.memory import check_memory
from scratchae.models.base import DTYPES, Estimator, Reconstructing
from scratchae.nn.optimizers import OPTIMIZERS
from scratchae.nn.own import is_ours, name_or_own
from scratchae.nn.own_network import check_takes, checked
from scratchae.nn.parameters import LARGE
from scratchae.rows import part_of
from scratchae.training.loop import (
    TrainingSettings,
    check_complete,
    is_complete,
    train,
)
from scratchae.training.progress import Progress
from scratchae.training.undertrained import undertrained
from scratchae.validation import generator_of, refuse_pair

# Of all parameters in a training: theta, its gradient, two of Adam, two epochs' ends.
COPIES = 6
SETTINGS = (*TrainingSettings.__annotations__,)  # undo_shift is not of all models
ACTIVATION = Choice(tuple(ACTIVATIONS), methods=("forward", "backward"))


class NeuralModel(Estimator):
    """A model trained by gradient descent: checks, builds its network, trains it.

    Its parameters are described where students look them up: in `Autoencoder`. A
    subclass provides `build_network(d)` and adds to `constraints`.
    """

    regularised = True  # whether something besides its width restrains the code
    _takes_validation_data = True  # whether `fit` does
    _trained_for = None  # (class, parameter for the epochs) of a model of this one
    constraints = {
        "optimizer": Choice(tuple(OPTIMIZERS)),
        "momentum": Number(0, 1, without=(1,)),
        "beta1": Number(0, 1, without=(1,)),
        "beta2": Number(0, 1, without=(1,)),
        "learning_rate": Number(0, without=(0,)),
        "schedule": Choice(tuple(SCHEDULES)),
        "weight_decay": Number(0),
        "shift": Number(0),
        "image_shape": Sizes(optional=True),
        "batch_size": whole(1),
        "epochs": whole(1),
        "validation_fraction": Number(0, 1, without=(1,)),
        "patience": whole(1, optional=True),
        "random_state": SEED,
        "verbose": FLAG,
        "dtype": Choice(DTYPES),
    }

    def __init__(self, *, optimizer="adam", momentum=0.9, beta1=0.9, beta2=0.999,
                 learning_rate=1e-3, schedule="cosine", weight_decay=0.0, shift=0.0,
                 image_shape=None, batch_size=128, epochs=20, validation_fraction=0.0,
                 patience=None, random_state=None, verbose=True, dtype="float32"):
        self.optimizer = optimizer
        self.momentum = momentum
        self.beta1 = beta1
        self.beta2 = beta2
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.shift = shift
        self.image_shape = image_shape
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.verbose = verbose
        self.dtype = dtype

    def __init_subclass__(cls):
        super().__init_subclass__()
        if "build_network" in vars(cls) and not is_ours(cls):
            cls.build_network = checked(cls.build_network)

    def fit(self, X, y=None, *, validation_data=None, checkpoint=None, resume=None):
        """Train on X : (n, d); y is ignored.  Returns self.

        X may be `MappedRows` of a file that is larger than memory.

        validation_data : (m, d) images to report `val_` losses on after each epoch
        checkpoint : path of a file that is replaced after every epoch; meanwhile `load`
            reads it, with the history so far
        resume : path of such a file, to go on from; it is then kept up to date.
            Stopping and resuming gives the same bits as never having stopped.

        Fills `network_`, `parameters_`, `encoder_`, `decoder_`, `history_` when it has
        succeeded, by its end or by Ctrl-C, which keeps the last complete epoch. After
        any error the model is as before.
        Raises ValueError for bad input, CheckpointError for a file that does not fit,
        OSError for one that cannot be written (before the first epoch if that can be
        known), DivergedError when a loss, gradient or weight is not finite; the files
        are then as before too. `model` of the last two has the weights and history of
        the last complete epoch, or the weights that the training began with.
        A Generator in `random_state` is for the start: a file has streams of its own.
        """
        self.check_parameters()
        X = self._check_data(X, mapped=True)
        d, x_val = X.shape[1], validation_data
        if x_val is not None:
            refuse_pair(x_val, type(self).__name__)
            x_val = self._check_data(x_val, "validation_data", d, mapped=True)
        return self._train(self.build_network(d), X, x_val, checkpoint, resume)

    def _train(self, network, X, x_val, checkpoint=None, resume=None):
        """Train a new network on rows that have been checked, and adopt it."""
        settings, theta = self._settings(network), network.parameters.theta
        if theta.size > LARGE:
            check_memory(COPIES * theta.nbytes, f"training {theta.size} parameters")
        data = self._split(X, x_val)
        record = Record(self, checkpoint, resume, data)
        self._data_digest_ = record.digest
        self._adopt(network, {})
        if resume is None:
            return self._run(network, data, settings, record, None)
        description, arrays = record.read()
        history = history_of(description)
        network.parameters.set_values(weights_only(arrays))
        self.history_ = history
        if description.get("training") is not None:
            stopped = description["training"] | {"history": history}, arrays
            return self._run(network, data, settings, record, stopped)
        check_complete(history, settings, network, resume)
        if checkpoint not in (None, resume):
            self.save(checkpoint)
        return self

    def _run(self, network, data, settings, record, stopped):
        """Train it, from the start or from where it was stopped."""
        X, x_val = data
        if not self.regularised:
            self._warn_if_overcomplete(network.sizes[0])
        rng = generator_of(self.random_state)
        start_rng, shuffle_rng, noise_rng = pcg64_children(rng, 3)
        if stopped is None:
            network.initialise(start_rng, X)
        with record:
            self.history_ = train(
                network, X, settings, shuffle_rng=shuffle_rng, noise_rng=noise_rng,
                progress=Progress(settings.epochs, self.verbose, self._items),
                x_val=x_val, after_epoch=record.keep, stopped=stopped,
            )
            if is_complete(self.history_, settings, network):
                record.finish()
            self._warn_if_undertrained(len(X))
        return self

    def _settings(self, network):
        """How this network is to be trained, by the parameters."""
        given = self._plain(SETTINGS)
        given["image_shape"] = None
        if self.shift:
            given["image_shape"] = self._image_shape(network.sizes[0])
            if given.get("undo_shift"):
                check_takes(network, "target", "undo_shift=True")
        return TrainingSettings(**given)

    def _image_shape(self, d):
        """The shape of d features as the image that is to be moved."""
        side, given = math.isqrt(d), self.image_shape
        shape = (side, side) if given is None else as_sizes(given)
        if len(shape) not in (2, 3) or math.prod(shape) != d:
            raise ValueError(f"{type(self).__name__}: shift={self.shift:g} moves images"
                             f", and {d} features are none of image_shape={given}; "
                             "expected (height, width) or (height, width, colours) "
                             f"with a product of {d}")
        return shape

    def __getstate__(self):
        """For pickle and copy: the views into one vector are made anew on arrival."""
        state = vars(self).copy()
        if self.__sklearn_is_fitted__():
            for name in ("network_", "parameters_", "encoder_", "decoder_"):
                del state[name]
            state["_saved"] = self.description(), self.arrays()
        return state

    def __setstate__(self, state):
        saved = state.pop("_saved", None)
        vars(self).update(state)
        if saved is not None:
            fitted = fitted_parameters(self)
            now = {name: vars(self)[name] for name in fitted}
            vars(self).update(fitted)  # the network's
            self.restore(*saved)
            vars(self).update(now)

    def _warn_if_undertrained(self, n):
        owner, epochs = self._trained_for or (type(self).__name__, "epochs")
        advice = undertrained(self.history_, -(-n // int(self.batch_size)), self.epochs,
                              epochs)
        if advice is not None:
            warn(f"{owner}: {advice}", UndertrainedWarning)

    def _adopt(self, network, history):
        self.network_ = network
        self.parameters_ = network.parameters
        self.encoder_, self.decoder_ = network.encoder, network.decoder
        self.n_features_in_ = network.sizes[0]
        self.history_ = history

    def _split(self, X, x_val):
        """Rows to train on, and to validate on: x_val, the last of X, or None."""
        if x_val is not None:
            return X, x_val
        count = int(len(X) * float(self.validation_fraction))
        if self.patience is not None and count == 0:
            data = "validation_data or " if self._takes_validation_data else ""
            raise ValueError(f"{type(self).__name__} got patience={self.patience} but "
                             f"nothing to validate on; pass {data}a larger "
                             "validation_fraction.")
        if count == 0:
            return X, None
        return part_of(X, slice(-count)), part_of(X, slice(-count, None))

    def description(self):
        """What a checkpoint says of the model, ready for JSON."""
        described = super().description()
        if self._data_digest_ is not None:  # its training has a file
            described["data"] = self._data_digest_
        return described

    def arrays(self):
        """The parameters by name."""
        return dict(self.parameters_.values)

    def layout(self, description):
        """Shapes and dtypes of the arrays that a checkpoint so described has."""
        parameters = self.described_network(description).parameters
        weights = {n: (shape, self.dtype) for n, shape in parameters.shapes.items()}
        return weights | training_layout(self, description)

    def described_network(self, description):
        """A new network of the sizes that a checkpoint describes."""
        return self.build_network(description["n_features"])

    def restore(self, description, arrays):
        """Become the model that a checkpoint describes."""
        network, history = self.described_network(description), history_of(description)
        network.parameters.set_values(weights_only(arrays))
        self._data_digest_ = description.get("data")
        self._adopt(network, history)


class EncoderDecoder(Reconstructing, NeuralModel):
    """A neural model with hidden layers from the data to a code, and back.

    A subclass adds to `_of_network` the names of the parameters that its network takes.
    """

    regularised = False
    _of_network = ("activation", "dtype")
    constraints = NeuralModel.constraints | {
        "n_components": whole(1),
        "hidden_layer_sizes": Sizes(),
        "decoder_layer_sizes": Sizes(optional=True),
        "activation": ACTIVATION,
        "layer": Choice(("dense",), methods=("shapes", "forward", "backward")),
    }

    def _warn_if_overcomplete(self, d):
        if self.n_components >= d:
            warn(f"{type(self).__name__}: n_components={self.n_components} is not "
                 f"smaller than the {d} features, and nothing regularises the code. "
                 "The network can copy its input without learning about the data.")

    def _n_codes(self):
        return self.network_.sizes[-1]

    def _check_combinations(self):
        if not isinstance(self.layer, str) and name_or_own(self.activation) != "relu":
            raise ValueError(
                f"{type(self).__name__}: activation={self.activation!r} is for dense "
                "layers; a layer of one's own has its own. Leave activation as it is"
            )

    def network_options(self, d):
        """What the network of data of d features is made from, by name."""
        hidden, back = as_sizes(self.hidden_layer_sizes), self.decoder_layer_sizes
        back = hidden[::-1] if back is None else as_sizes(back)
        k, layer = int(self.n_components), self.layer
        return self._plain(self._of_network) | {
            "sizes": (d, *hidden, k), "back": (k, *back, d),
            "layer": None if isinstance(layer, str) else layer,
        }
