"""Greedy layer-wise stacking and fine-tuning: Vincent et al. 2010, lecture 04."""

from scratchae.constraints import Choice, Number, Sizes, as_sizes, whole
from scratchae.conventions import Classifier, remember_parameters
from scratchae.errors import CheckpointError
from scratchae.formulas.softmax import softmax
from scratchae.labels import are_right, check_labels, find_classes
from scratchae.models.base import averaged
from scratchae.models.denoising import DenoisingAutoencoder, check_level
from scratchae.models.labels import WithClasses, beside_one_hot
from scratchae.models.neural import ACTIVATION, NeuralModel
from scratchae.networks.classifier import ClassifierNetwork
from scratchae.networks.corruptions import CORRUPTIONS
from scratchae.nn.backend import ops
from scratchae.rows import by_blocks

OF_LAYERS = ("corruption", "level", "batch_size", "learning_rate", "random_state",
             "verbose", "dtype")  # parameters that each layer shares with the stack


class StackedClassifier(Classifier, WithClasses, NeuralModel):
    """Denoising autoencoders trained one on top of the other, then fine-tuned.

    Each layer is a `DenoisingAutoencoder` of the codes below it, trained by Adam;
    labels are not used. Then a softmax layer is put on top and all layers are trained
    on the labels. Codes are those of the last hidden layer.

    hidden_layer_sizes : width of each layer of the stack
    corruption, level : of the pretraining; pretrain_epochs : passes for each layer,
        0 for a random start
    fine_tune_level : fraction of the pixels that is masked while fine-tuning
    The other parameters are those of `Autoencoder`, for the fine-tuning; batch_size,
    learning_rate, random_state, verbose and dtype are those of the layers as well.

    After `fit`: `classes_`, `layers_` (the autoencoders), `history_` (fine-tuning).
    """

    constraints = NeuralModel.constraints | {
        "hidden_layer_sizes": Sizes(),
        "corruption": Choice(tuple(CORRUPTIONS), methods=("corrupt",)),
        "level": Number(0),
        "pretrain_epochs": whole(0),
        "fine_tune_level": Number(0, 1, without=(1,)),
        "activation": ACTIVATION,
    }

    _takes_validation_data = False

    def __init__(self, hidden_layer_sizes=(1000, 1000, 1000), *, corruption="masking",
                 level=0.25, pretrain_epochs=10, fine_tune_level=0.0, activation="relu",
                 **training):
        super().__init__(**training)
        self.hidden_layer_sizes = hidden_layer_sizes
        self.corruption = corruption
        self.level = level
        self.pretrain_epochs = pretrain_epochs
        self.fine_tune_level = fine_tune_level
        self.activation = activation

    def _check_combinations(self):
        super()._check_combinations()
        check_level(self.corruption, self.level, type(self).__name__)

    def build_network(self, d, n_classes):
        """A new network for images of d pixels and so many classes."""
        sizes = (d, *as_sizes(self.hidden_layer_sizes), n_classes)
        return ClassifierNetwork(sizes, self.activation, float(self.fine_tune_level),
                                 self.dtype)

    def fit(self, X, y):
        """Pretrain on X : (n, d), then fine-tune on the labels y : (n,)."""
        self.check_parameters()
        X, owner = self._check_data(X, mapped=True), type(self).__name__
        y = check_labels(y, len(X), owner)
        classes = find_classes(y, owner, at_least=2)
        self._check_all_are_trained(y, classes)
        network = self._network_for(X.shape[1], classes)
        if self.shift:
            self._image_shape(X.shape[1])  # refused here, not after hours
        with ops.held():  # as each training does
            network.pretrained = self._pretrain(X)
            joined = beside_one_hot(X, y, classes, owner)
            return self._train(network, joined, None)

    def _pretrain(self, X):
        codes, layers = X, []
        for layer in self._unfitted_layers():
            layer._trained_for = type(self).__name__, "pretrain_epochs"
            layer._items = self._items
            layers.append(layer.fit(codes))
            del layer._trained_for, layer._items  # it is a model of its own again
            if len(layer.history_["loss"]) < self.pretrain_epochs:
                raise KeyboardInterrupt  # it has kept a part; the stack has none
            # an array, whatever `set_output` says
            codes = by_blocks(layer._encode, codes)
        return layers

    def _unfitted_layers(self):
        shared = {name: getattr(self, name) for name in OF_LAYERS}
        if self.pretrain_epochs == 0:
            return []
        return [DenoisingAutoencoder(size, code_activation=self.activation,
                                     epochs=self.pretrain_epochs, **shared)
                for size in as_sizes(self.hidden_layer_sizes)]

    def _encode(self, X):
        """The top layer's code, (n, last width)."""
        h = X
        for layer in self.encoder_.layers[:-1]:
            h, _ = layer.forward(h)
        return h.copy() if h is X else h  # without layers

    def _n_codes(self):
        return self.network_.sizes[-2]

    def predict_proba(self, X):
        """p(y|x) of each class, in the order of `classes_` : (n, classes)."""
        rows = self._check_fitted_input(X, mapped=True)
        return softmax(by_blocks(self.encoder_.predict, rows))

    def evaluate(self, X, y, each=False):
        """Share of wrong labels, `error`; each : True for 0 or 1 of each row : (n,)."""
        right = are_right(self.predict(X), y, self.classes_, type(self).__name__)
        return averaged({"error": 1.0 - right}, each)

    def _adopt(self, network, history):
        self.layers_ = network.pretrained
        super()._adopt(network, history)

    def __getstate__(self):
        state = super().__getstate__()
        state.pop("layers_", None)  # among the arrays that are saved
        return state

    def _described_layers(self, d):
        """(prefix in the checkpoint, description, unfitted layer), lowest first."""
        sizes = (d, *as_sizes(self.hidden_layer_sizes))
        for i, layer in enumerate(self._unfitted_layers()):
            yield f"layer.{i}.", {"n_features": sizes[i]}, layer

    def description(self):
        histories = [layer.history_ for layer in self.layers_]
        return super().description() | {"layer_histories": histories}

    def arrays(self):
        arrays = super().arrays()
        for i, layer in enumerate(self.layers_):
            for name, array in layer.arrays().items():
                arrays[f"layer.{i}.{name}"] = array
        return arrays

    def layout(self, description):
        layout = super().layout(description)
        if "layer_histories" not in description:
            return layout  # written by version 0.1, which kept no layers_
        described = [*self._described_layers(description["n_features"])]
        told = description["layer_histories"]
        if not isinstance(told, list) or len(told) != len(described):
            raise CheckpointError(
                f"expected {len(described)} layer_histories, got {told!r}"
            )
        for prefix, about, layer in described:
            for name, wanted in layer.layout(about).items():
                layout[prefix + name] = wanted
        return layout

    def restore(self, description, arrays):
        fine_tuned = {name: array for name, array in arrays.items()
                      if not name.startswith("layer.")}
        super().restore(description, fine_tuned)
        histories = description.get("layer_histories", ())
        described = self._described_layers(description["n_features"])
        for (prefix, about, layer), history in zip(described, histories, strict=False):
            mine = {name.removeprefix(prefix): array for name, array in arrays.items()
                    if name.startswith(prefix)}
            layer.restore(about | {"history": history}, mine)
            remember_parameters(layer)
            self.layers_.append(layer)
