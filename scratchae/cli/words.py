"""What Python says of a model, in the words that were typed."""

import contextlib
import re
import warnings

from scratchae.cli.model_options import TYPED
from scratchae.errors import DataError

# What only Python has, and what stands for it on the command line.
WORDS = {
    r"min\(n_samples, n_features\)=(\d+); got n_samples=(\d+), n_features=(\d+)":
        r"\1: there are \2 training rows of \3 numbers",
    r"n_samples = (\d+), n_features = (\d+)": r"\1 training rows of \2 numbers",
    r"n_samples = (\d+)": r"\1 training rows",
    r", or pass validation_data": "",
    r"pass validation_data or a larger": "give a larger",
    r"sklearn\.preprocessing\.StandardScaler": "--scale standard",
    r"sklearn\.preprocessing\.MinMaxScaler\(clip=True\)": "--scale minmax",
    r"(Column \d+) of X": r"\1",
}


def in_typed_words(text, model):
    """What Python says of a model of this class, in the words that were typed.

    A parameter's name is replaced by its option where it cannot be another word: as
    'name' parameter of Model, as name=, or where it has an underscore.
    """
    for pattern, typed in WORDS.items():
        text = re.sub(pattern, typed, text)
    known = model().get_params()
    for name, option in TYPED.items():
        if name not in known:  # n_samples of a PCA are rows
            continue
        text = re.sub(rf"The '{name}' parameter of \w+", option, text)
        text = re.sub(rf"\b{name}='(\w+)'", rf"{option} \1", text)
        text = re.sub(rf"\b{name}=True\b", option, text)
        text = re.sub(rf"\b{name}=\(([\d, ]*?),?\)",
                      lambda m, o=option: f"{o} {m[1].replace(' ', '')}", text)
        text = re.sub(rf"\b{name}=", f"{option} ", text)
        if "_" in name:
            text = re.sub(rf"'?\b{name}\b'?", option, text)
    return text


@contextlib.contextmanager
def typed_words(model):
    """Let errors and warnings name what was typed, not parameters of the class."""
    show = warnings.showwarning

    def said(message, *place, **more):
        show(in_typed_words(str(message), model), *place, **more)

    warnings.showwarning = said
    try:
        yield
    except DataError:  # of a file, in whose names and columns are other words
        raise
    except (ValueError, ArithmeticError, MemoryError) as error:
        error.args = (in_typed_words(str(error), model), *error.args[1:])
        raise
    finally:
        warnings.showwarning = show
