"""Reading a saved model back."""

from scratchae.checkpoints.format import read_checkpoint
from scratchae.errors import CheckpointError
from scratchae.models.autoencoder import Autoencoder
from scratchae.models.conditional import ConditionalVariationalAutoencoder
from scratchae.models.denoising import DenoisingAutoencoder
from scratchae.models.pca import PCA
from scratchae.models.ppca import ProbabilisticPCA
from scratchae.models.sparse import SparseAutoencoder
from scratchae.models.stacked import StackedClassifier
from scratchae.models.vae import VariationalAutoencoder
from scratchae.validation import check_number

MODELS = {
    model.__name__: model
    for model in (
        PCA,
        ProbabilisticPCA,
        Autoencoder,
        SparseAutoencoder,
        StackedClassifier,
        DenoisingAutoencoder,
        VariationalAutoencoder,
        ConditionalVariationalAutoencoder,
    )
}
MAX_FEATURES = 2**20  # wider data than any image here; bounds what a file may claim


def load(path):
    """Return the fitted model that `model.save(path)` wrote.

    Raises CheckpointError if the file is missing, truncated, from elsewhere, of other
    shapes than its own description says, or holds values that are not finite.
    """
    made = {}

    def expected(description):
        made["model"] = model = _unfitted(path, description)
        return model._layout(description)

    description, arrays = read_checkpoint(path, expected)
    made["model"]._restore(description, arrays)
    made["model"]._restore_names(description)
    return made["model"]


def _unfitted(path, description):
    name, params = description.get("model"), description.get("params")
    if name not in MODELS or not isinstance(params, dict):
        raise CheckpointError(
            f"{path} holds a model {name!r}; expected one of {sorted(MODELS)}"
        )
    if isinstance(params.get("hidden_layer_sizes"), list):
        params["hidden_layer_sizes"] = tuple(params["hidden_layer_sizes"])
    try:
        check_number(description.get("n_features"), "n_features", owner=name, low=1,
                     high=MAX_FEATURES, integer=True)
        model = MODELS[name](**params)
        model._check_parameters()
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path} describes no valid {name}: {error}") from error
    return model
