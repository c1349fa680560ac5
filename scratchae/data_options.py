"""The options that choose a data set, of every command and of lecture scripts."""

import contextlib
import re
from pathlib import Path

from scratchae.data import NAMED, PUBLISHED, load_dataset, load_strokes
from scratchae.data.refusals import KEPT
from scratchae.data.split import SHARE

DEFAULT = "strokes"  # the data where nothing is typed
# Images of training and test, by name and whether --quick is typed.
SIZES = {("strokes", False): (20_000, 2_000), ("strokes", True): (2_000, 500)}
QUICK = (2_000, 500)  # of any other data set
# Options that are parameters of `load_dataset`, by the same names.
READING = ("data_dir", "test", "size", "colour", "label", "scale")
AS_TRAINED = ("data (default: those of the training)",
              "Other files are scaled as those were, and all their rows are tested. "
              "--scale is for a model that was saved in Python: its file tells nothing "
              "of its data, and what is not typed is as for train.")


def add_data_options(parser, default=DEFAULT, again=False):
    """The options that choose a data set, the same for every command.

    default : of --data   again : whether a checkpoint tells how its data were read
    """
    group = parser.add_argument_group(*(AS_TRAINED if again else ("data",)))
    either = group.add_mutually_exclusive_group().add_argument

    def add(option, text, usual, add=group.add_argument, **more):
        add(option, help=text if again else f"{text} (default: {usual})", **more)

    add("--data", f"{', '.join(NAMED)}; or a folder of pictures (subfolders are "
        "classes) or of IDX files, .npy, .npz, .csv", DEFAULT, default=default,
        metavar="NAME|PATH")
    add("--data-dir", f"folder with the four files of {' or '.join(PUBLISHED)}",
        "SCRATCHAE_DATA, else the user's cache, which a download fills", metavar="DIR")
    add("--test", "file of the test rows, or the share that is split off",
        f"their own test part, else {SHARE:g}", metavar="FILE|SHARE")
    add("--size", "pictures: cut to this shape and resized; rows of numbers: their "
        "shape", "as they are", metavar="HxW")
    add("--colour", "pictures: in colour", "if one has any", either,
        action="store_true", dest="colour", default=None)
    add("--grey", "pictures: in grey", "if none has colour", either,
        action="store_false", dest="colour", default=None)
    add("--label", "table or array: the labels, by name or number; none",
        "looked for", metavar="COLUMN")
    add("--scale", "of a path: standard, minmax or none", "pictures to [0, 1], arrays "
        "in [0, 1] as they are, other rows standard", metavar="HOW")


def load_data(options, quick=False, **more):
    """The `Dataset` that the data options ask for, a small part where quick is set.

    more : parameters of `load_dataset` in place of options
    Raises errors that name options, not parameters.
    """
    given = reading(options) | more
    if given.get("test_fraction") == 1 and "test_fraction" not in more:
        raise ValueError(f"--test {options.test} leaves no training rows")
    sizes = SIZES.get((options.data, quick), QUICK if quick else (None, None))
    if options.data == "strokes" and not given:
        return load_strokes(*sizes, random_state=0)
    with in_options():
        return load_dataset(options.data, **given).first(*sizes)


def reading(options):
    """The parameters of `load_dataset` that were typed, by name."""
    given = {}
    for name in READING:
        value = getattr(options, name, None)
        if value is not None:
            given[name] = value
    with contextlib.suppress(KeyError, ValueError):  # a file of test rows, or none
        given["test_fraction"] = float(given["test"])
        del given["test"]
    return given


def arguments_of(options):
    """The data options as they were typed, for another command line."""
    arguments = ["--data", options.data]
    for name in READING:
        value = getattr(options, name)
        if name == "colour" and value is not None:
            arguments.append("--colour" if value else "--grey")
        elif value is not None:
            arguments += [_option(name), value]
    return arguments


def _option(name):
    """The option that gives a parameter."""
    return f"--{name.replace('_', '-')}"


@contextlib.contextmanager
def in_options():
    """Let errors name options in place of the parameters of `load_dataset`."""
    try:
        yield
    except ValueError as error:
        error.args = (_options_named(str(error)), *error.args[1:])
        raise


def _options_named(text):
    text = text.replace(KEPT, "train denoising --missing mask")
    text = text.replace("colour=True", "--colour").replace("colour=False", "--grey")
    text = text.replace("The 'source' parameter of load_dataset", "--data")
    text = re.sub(r"The '(test)_fraction' parameter of \w+", r"--\1", text)
    text = re.sub(r"The '(\w+)' parameter of load_dataset", r"--\1", text)
    text = re.sub(r"\btest_fraction=", "--test ", text)
    for name in READING:
        text = re.sub(rf"\b{name}=(?=\s)", _option(name), text)
        text = re.sub(rf"\b{name}=", f"{_option(name)} ", text)
    return text


def stem(source):
    """A data set's name, or of a path the last part without its ending."""
    if source in NAMED:
        return source
    path = Path(source)
    unpacked = Path(path.name.removesuffix(".gz"))
    name = path.resolve().name if path.is_dir() else unpacked.stem
    return name or path.name.strip(".") or "data"
