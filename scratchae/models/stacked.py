"""Greedy layer-wise stacking and fine-tuning: Vincent et al. 2010, lecture 04."""


from scratchae.conventions import Classifier
from scratchae.errors import CheckpointError
from scratchae.formulas.softmax import (
    softmax,
)
from scratchae.labels import check_labels, find_classes, most_probable
from scratchae.models.denoising import DenoisingAutoencoder
from scratchae.models.labels import WithClasses, beside_one_hot
from scratchae.models.neural import NeuralModel
from scratchae.networks.classifier import ClassifierNetwork
from scratchae.networks.denoising import CORRUPTIONS
from scratchae.validation import check_choice, check_number


class StackedClassifier(Classifier, WithClasses, NeuralModel):
    """Denoising autoencoders trained one on top of the other, then fine-tuned.

    Each layer is a `DenoisingAutoencoder` of the codes below it; labels are not used.
    Then a softmax layer is put on top and all layers are trained on the labels.

    hidden_layer_sizes : width of each layer of the stack
    corruption, level : of the pretraining; pretrain_epochs : passes for each layer,
        0 for a random start
    fine_tune_level : fraction of the pixels that is masked while fine-tuning
    The other parameters are those of `Autoencoder`, for the fine-tuning.

    After `fit`: `classes_`, `layers_` (the autoencoders), `history_` (fine-tuning).
    """

    _regularised = True
    n_components = 1  # the softmax layer has one unit per class: nothing to choose

    def __init__(
        self,
        hidden_layer_sizes=(1000, 1000, 1000),
        *,
        corruption="masking",
        level=0.25,
        pretrain_epochs=10,
        fine_tune_level=0.0,
        activation="relu",
        optimizer="adam",
        learning_rate=1e-3,
        schedule="cosine",
        weight_decay=0.0,
        batch_size=128,
        epochs=20,
        random_state=None,
        verbose=True,
        dtype="float32",
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.corruption = corruption
        self.level = level
        self.pretrain_epochs = pretrain_epochs
        self.fine_tune_level = fine_tune_level
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.random_state = random_state
        self.verbose = verbose
        self.dtype = dtype

    validation_fraction, patience = 0.0, None  # for the checks that models share

    def fit(self, X, y):
        """Pretrain on X : (n, d), then fine-tune on the labels y : (n,)."""
        settings, owner = self._check_parameters(), type(self).__name__
        X = self._check_data(X)
        y = check_labels(y, len(X), owner)
        classes = find_classes(y, owner, at_least=2)
        network = self._network_for(X.shape[1], classes)
        network.pretrained = self._pretrain(X) if self.pretrain_epochs else []
        joined = beside_one_hot(X, y, classes, owner)
        return self._train(network, joined, None, settings)

    def _pretrain(self, X):
        codes, layers = X, []
        for layer in self._unfitted_layers(X.shape[1]):
            layers.append(layer.fit(codes))
            if len(layer.history_["loss"]) < self.pretrain_epochs:
                raise KeyboardInterrupt  # it has kept a part; the stack has none
            codes = layer.transform(codes)
        return layers

    def _unfitted_layers(self, d):
        return [
            DenoisingAutoencoder(
                size,
                corruption=self.corruption,
                level=self.level,
                code_activation=self.activation,
                epochs=self.pretrain_epochs,
                batch_size=self.batch_size,
                learning_rate=self.learning_rate,
                random_state=self.random_state,
                verbose=self.verbose,
                dtype=self.dtype,
            )
            for size in self._sizes(d)[1:-1]
            if self.pretrain_epochs
        ]

    def transform(self, X):
        """The top layer's code, (n, last width)."""
        return super().transform(X)

    def _encode(self, X):
        h = X
        for layer in self.encoder_.layers[:-1]:
            h = layer.predict(h)
        return h

    def _n_codes(self):
        return self.network_.sizes[-2]

    def predict_proba(self, X):
        """p(y|x) of each class, in the order of `classes_` : (n, classes)."""
        X = self._check_fitted_input(X)
        return softmax(self.encoder_.predict(X))

    def predict(self, X):
        """The most probable label of each row, (n,)."""
        return most_probable(self.predict_proba(X), self.classes_, type(self).__name__)

    def evaluate(self, X, y):
        """Share of wrong labels, `error`."""
        return {"error": 1 - self.score(X, y)}

    def _adopt(self, network, history):
        self.layers_ = network.pretrained
        return super()._adopt(network, history)

    def __getstate__(self):
        state = super().__getstate__()
        state.pop("layers_", None)  # among the arrays that are saved
        return state

    def _described_layers(self, d):
        """(prefix in the checkpoint, description, unfitted layer), lowest first."""
        sizes = self._sizes(d)
        for i, layer in enumerate(self._unfitted_layers(d)):
            yield f"layer.{i}.", {"n_features": sizes[i]}, layer

    def _description(self):
        histories = [layer.history_ for layer in self.layers_]
        return super()._description() | {"layer_histories": histories}

    def _arrays(self):
        arrays = super()._arrays()
        for i, layer in enumerate(self.layers_):
            own = layer._arrays().items()
            arrays |= {f"layer.{i}.{name}": array for name, array in own}
        return arrays

    def _layout(self, description):
        layout, histories = super()._layout(description), "layer_histories"
        described = list(self._described_layers(description["n_features"]))
        if histories not in description:
            return layout  # written by version 0.1, which kept no layers_
        told = description[histories]
        if not isinstance(told, list) or len(told) != len(described):
            raise CheckpointError(
                f"expected {len(described)} {histories}, got {told!r}"
            )
        for prefix, about, layer in described:
            own = layer._layout(about).items()
            layout |= {prefix + name: wanted for name, wanted in own}
        return layout

    def _restore(self, description, arrays):
        own = {k: v for k, v in arrays.items() if not k.startswith("layer.")}
        super()._restore(description, own)
        histories = description.get("layer_histories", ())
        described = self._described_layers(description["n_features"])
        for (prefix, about, layer), history in zip(described, histories, strict=False):
            start = len(prefix)
            mine = {k[start:]: v for k, v in arrays.items() if k.startswith(prefix)}
            layer._restore(about | {"history": history}, mine)
            self.layers_.append(layer)

    def _check_model_parameters(self):
        check = {"owner": type(self).__name__}
        check_choice(self.corruption, "corruption", CORRUPTIONS, **check)
        check_number(self.level, "level", low=0, **check)
        check_number(self.fine_tune_level, "fine_tune_level", low=0, high=1, **check)
        check_number(self.pretrain_epochs, "pretrain_epochs", low=0, integer=True,
                     **check)

    def _build_network(self, d, n_classes):
        sizes = (*self._sizes(d)[:-1], n_classes)
        return ClassifierNetwork(
            sizes, self.activation, self.fine_tune_level, self.dtype
        )
