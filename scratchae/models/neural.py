"""What all neural models share: checks at the door, training, checkpoints, resuming."""

from scratchae.checkpoints.resume import (
    Record,
    training_layout,
    weights_only,
)
from scratchae.checkpoints.state import pcg64_children
from scratchae.errors import UndertrainedWarning, warn
from scratchae.formulas.schedules import SCHEDULES
from scratchae.models.base import DTYPES, Estimator
from scratchae.nn.optimizers import OPTIMIZERS
from scratchae.training.loop import TrainingSettings, is_complete, train
from scratchae.training.progress import Progress
from scratchae.training.undertrained import undertrained
from scratchae.validation import (
    check_choice,
    check_flag,
    check_layer_sizes,
    check_number,
    check_random_state,
    check_seed,
)


class NeuralModel(Estimator):
    """A model trained by gradient descent: checks, builds its network, trains it.

    A subclass provides `_check_model_parameters` and `_build_network(d)`.
    """

    _regularised = False  # whether something besides its width restrains the code

    def fit(self, X, y=None, *, validation_data=None, checkpoint=None, resume=None):
        """Train on X : (n, d); y is ignored.  Returns self.

        validation_data : (m, d) images to report `val_` losses on after each epoch
        checkpoint : path of a file that is replaced after every epoch
        resume : path of such a file, to go on from; it is then kept up to date.
            Stopping and resuming gives the same bits as never having stopped.

        Fills `network_`, `parameters_`, `encoder_`, `decoder_`, `history_` when it has
        succeeded, by its end or by Ctrl-C, which keeps the last complete epoch. After
        any error the model is as before.
        Raises ValueError for bad input, CheckpointError for a file that does not fit,
        OSError for one that cannot be written (before the first epoch if that can be
        known), DivergedError when a loss or gradient is not finite; the files are then
        as before too. `model` of the last two is a model with the weights so far.
        A Generator in `random_state` serves for the start: a resumed training goes on
        with the streams in the file.
        """
        settings = self._check_parameters()
        X = self._check_data(X)
        if validation_data is not None:
            validation_data = self._check_data(
                validation_data, "validation_data", X.shape[1]
            )
        network = self._build_network(X.shape[1])
        return self._train(network, X, validation_data, settings, checkpoint, resume)

    def _train(self, network, X, x_val, settings, checkpoint=None, resume=None):
        """Train a new network on rows that have been checked, and adopt it."""
        X, x_val = self._split(X, x_val)
        record = Record(self, checkpoint, resume, (X, x_val))
        self._data_digest_ = record.digest
        self._adopt(network, {})
        stopped = None
        if resume is not None:
            description, arrays = record.read()
            network.parameters.set_values(weights_only(arrays))
            if description.get("training") is None:
                self.history_ = description["history"]
                if checkpoint not in (None, resume):
                    self.save(checkpoint)
                return self
            stopped = description["training"] | {"history": description["history"]}
            stopped = stopped, arrays
        self._warn_if_overcomplete(network.sizes[0])
        rng = check_random_state(self.random_state, owner=type(self).__name__)
        start_rng, shuffle_rng, noise_rng = pcg64_children(rng, 3)
        if stopped is None:
            network.initialise(start_rng, X)
        with record:
            self.history_ = train(
                network,
                X,
                settings,
                shuffle_rng=shuffle_rng,
                noise_rng=noise_rng,
                progress=Progress(settings.epochs, self.verbose),
                x_val=x_val,
                after_epoch=record.keep,
                stopped=stopped,
            )
            if is_complete(self.history_, settings, network):
                record.finish()
            self._warn_if_undertrained(len(X), settings)
        return self

    def __getstate__(self):
        """For pickle and copy: the views into one vector are made anew on arrival."""
        state = vars(self).copy()
        if self.__sklearn_is_fitted__():
            for name in ("network_", "parameters_", "encoder_", "decoder_"):
                del state[name]
            state["_saved"] = self._description(), self._arrays()
        return state

    def __setstate__(self, state):
        saved = state.pop("_saved", None)
        vars(self).update(state)
        if saved is not None:
            self._restore(*saved)

    def _warn_if_undertrained(self, n, settings):
        n_batches = -(-n // settings.batch_size)
        advice = undertrained(self.history_, n_batches, settings.epochs)
        if advice is not None:
            warn(f"{type(self).__name__}: {advice}", UndertrainedWarning)

    def _warn_if_overcomplete(self, d):
        if self.n_components >= d and not self._regularised:
            warn(
                f"{type(self).__name__}: n_components={self.n_components} is not "
                f"smaller than the {d} features, and nothing regularises the code. "
                "The network can copy its input without learning about the data."
            )

    def _adopt(self, network, history):
        self.network_ = network
        self.parameters_ = network.parameters
        self.encoder_, self.decoder_ = network.encoder, network.decoder
        self.n_features_in_ = network.sizes[0]
        self.history_ = history
        return self

    def _split(self, X, x_val):
        if x_val is not None:
            return X, x_val
        count = self._n_held_out(len(X))
        if self.patience is not None and count == 0:
            raise ValueError(
                f"{type(self).__name__} got patience={self.patience} but nothing to "
                "validate on; pass validation_data or a larger validation_fraction."
            )
        return (X[:-count], X[-count:]) if count else (X, None)

    def _n_held_out(self, n):
        """How many of n rows, the last ones, are kept for validation."""
        return int(n * self.validation_fraction)

    def _check_parameters(self):
        owner = type(self).__name__
        check = {"owner": owner}
        whole = {"owner": owner, "integer": True}
        check_number(self.n_components, "n_components", low=1, **whole)
        check_layer_sizes(self.hidden_layer_sizes, "hidden_layer_sizes", **check)
        check_choice(self.dtype, "dtype", DTYPES, **check)
        check_flag(self.verbose, "verbose", **check)
        check_number(self.validation_fraction, "validation_fraction", low=0, high=1,
                     **check)
        check_seed(self.random_state, **check)
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

    def _description(self):
        digest = self._data_digest_  # of what it was trained on, if it has a file
        return super()._description() | ({} if digest is None else {"data": digest})

    def _arrays(self):
        return dict(self.parameters_.values)

    def _layout(self, description):
        parameters = self._described_network(description).parameters
        weights = {n: (shape, self.dtype) for n, shape in parameters.shapes.items()}
        return weights | training_layout(self, description)

    def _described_network(self, description):
        return self._build_network(description["n_features"])

    def _restore(self, description, arrays):
        network = self._described_network(description)
        network.parameters.set_values(weights_only(arrays))
        self._data_digest_ = description.get("data")
        self._adopt(network, description["history"])
