"""Which models are warned of a code that is as wide as the data, and from where on."""

import warnings

import pytest
from estimators import CLASSES, data, labels_of, make

from scratchae import backend

X, Y = data()
WIDE = "n_components={k} is not smaller than the 6 features"
CODED = [name for name, cls in CLASSES.items()
         if hasattr(cls, "build_network") and "n_components" in cls().get_params()]


def warned(name, k, **options):
    """What a fit with k code units is warned of, the length of training aside."""
    model = make(name, n_components=k, epochs=1, **options)
    with backend("numpy"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, *labels_of(model.fit, Y))
    return [str(w.message) for w in caught if "not smaller" in str(w.message)]


@pytest.mark.parametrize("name", CODED)
def test_only_where_nothing_regularises_the_code_is_its_width_warned_of(name):
    assert warned(name, 5) == []
    for k in (6, 7):
        said = warned(name, k)
        if name == "Autoencoder":
            assert len(said) == 1 and f"{name}: {WIDE.format(k=k)}" in said[0]
        else:
            assert said == []


def test_a_wide_hidden_layer_or_decoder_is_no_wide_code():
    wide = {"hidden_layer_sizes": (9,), "decoder_layer_sizes": (12, 9)}
    assert warned("Autoencoder", 2, **wide) == []
