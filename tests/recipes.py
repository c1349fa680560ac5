"""Lecture 14's recipes, as its script defines them, and models that have them.

Only the definitions are taken from the script, and nothing of it is run. They are
attributes of this module, so that models with them can be pickled.
"""

import ast

from scripts import FOLDER

import scratchae

SCRIPT = FOLDER / "14_write_your_own.py"


def _definitions():
    """Imports, classes, functions and SIDE, as one program."""
    body = []
    for node in ast.parse(SCRIPT.read_text()).body:
        named = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SIDE"
        if named or isinstance(
            node, (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef)
        ):
            body.append(node)
    return compile(ast.Module(body, []), SCRIPT, "exec")


exec(_definitions(), globals())

OPTIONS = {"n_components": 2, "hidden_layer_sizes": (4,), "epochs": 3, "batch_size": 16,
           "learning_rate": 0.01, "verbose": False, "random_state": 0}
# kind: the model's class, the parameter, a piece for it, and what else it is given
KINDS = {
    "activation": ("Autoencoder", "activation", "Sine", {}),
    "code activation": ("Autoencoder", "code_activation", "Sine", {}),
    "layer": ("Autoencoder", "layer", "Gated", {"hidden_layer_sizes": (5, 4)}),
    "layer of a VAE": ("VariationalAutoencoder", "layer", "Gated",
                       {"decoder": "gaussian"}),
    "penalty": ("SparseAutoencoder", "penalty", "OnTheCircle",
                {"code_activation": "sigmoid"}),
    "corruption": ("DenoisingAutoencoder", "corruption", "Patch", {}),
    "loss": ("Autoencoder", "loss", "LogisticPixels", {}),
    "pixels": ("VariationalAutoencoder", "decoder", "LogisticPixels", {}),
    "posterior": ("VariationalAutoencoder", "posterior", "Softplus",
                  {"decoder": "gaussian"}),
    "model": ("EvenAutoencoder", None, None, {}),
}


def piece_of(kind):
    """`{parameter: object}` of a kind, a new object each time."""
    _, parameter, piece, _ = KINDS[kind]
    return {} if parameter is None else {parameter: globals()[piece]()}


def model_of(kind, **options):
    """An unfitted small model with a piece of that kind."""
    name, _, _, more = KINDS[kind]
    cls = globals()[name] if name in globals() else getattr(scratchae, name)
    return cls(**OPTIONS | more | piece_of(kind) | options)
