"""`scratchae evaluate`: the test figures of a saved model."""

import inspect

import numpy as np

from scratchae import (
    ConditionalVariationalAutoencoder,
    LinearProbe,
    VariationalAutoencoder,
    load,
)
from scratchae.analysis import loss_panel, print_panel
from scratchae.cli.data_checks import labels_of
from scratchae.cli.options import (
    non_negative_int,
    non_negative_number,
    positive_int,
    print_json,
)
from scratchae.cli.train import describe
from scratchae.cli.trained_data import load_data_of
from scratchae.data_options import add_data_options
from scratchae.nn.evaluation import EVALUATION_SEED
from scratchae.pulse import unit_of

BETTER = {  # measures in nats
    "elbo": "elbo = -(reconstruction + kl), higher is better",
    "bound": "bound, higher is better",
    "log_likelihood": "log_likelihood, higher is better",
    "reconstruction": "reconstruction, lower is better",
}
PANEL = 1000  # images of the panel, whose log p(x) takes time
NAME = "evaluate"
HELP = "Print the figures of a saved model on the test images."
EXAMPLE = "scratchae evaluate runs/vae-strokes.npz --json"


def add_arguments(parser):
    """CKPT, the data set, what is asked, and --json."""
    parser.add_argument("checkpoint", metavar="CKPT", help="file written by train")
    add_data_options(parser, default=None, again=True)
    parser.add_argument("--samples", type=positive_int, metavar="K",
                        help="vae, cvae: log p(x) by K importance samples")
    parser.add_argument("--probe", action="store_true",
                        help="test error of a linear probe on the codes")
    parser.add_argument("--probe-decay", type=non_negative_number, metavar="W",
                        help="weight decay of the probe (default: "
                             f"{LinearProbe().weight_decay:g})")
    parser.add_argument("--panel", action="store_true",
                        help="vae, cvae: the figures in all common conventions")
    parser.add_argument("--seed", type=non_negative_int,
                        help="vae, cvae, denoising: of the noise that is drawn "
                             f"(default: {EVALUATION_SEED})")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(options):
    """Evaluate on all test images; a measure that does not apply is refused."""
    model = load(options.checkpoint)
    refuse_what_does_not_apply(model, options)
    dataset = load_data_of(model, options)
    x_test, labels = dataset.x[1], labels_of(model, dataset, 1)
    noise = {} if options.seed is None else {"random_state": options.seed}
    measures = model.evaluate(x_test, *labels, **noise)
    if options.samples:
        measures |= likelihood(model, (x_test, *labels), options.samples, noise)
    if options.probe:
        measures["probe_error"] = probe_error(model, dataset, options.probe_decay)
    panel = panel_of(model, dataset, labels, noise) if options.panel else []
    command = getattr(model, "about_", {}).get("command")
    if options.json:
        about = {"model": type(model).__name__, "data": dataset.tested,
                 "n": len(x_test), "command": command, "seed": options.seed}
        known = {name: value for name, value in about.items() if value is not None}
        print_json(known | measures | ({"panel": panel} if panel else {}))
        return
    if command:
        print(f"made by: {command}")
    print(f"{model!r}\n{len(x_test)} test {headed(dataset)}")
    show(measures, panel, dataset.items, len(x_test))


def panel_of(model, dataset, labels, noise):
    """(what, figure, unit) in all common conventions, of the first test items."""
    told = noise | ({"y": labels[0][:PANEL]} if labels else {})
    return [(what, figure, unit_of(unit, dataset.items)) for what, figure, unit
            in loss_panel(model, dataset.x[1][:PANEL], **told)]


def show(measures, panel, items, n):
    """Print each figure with its unit, what the units are, and the panel if any."""
    for name, value in measures.items():
        print(describe(name, value, items))
    print(explained(measures, items))
    if panel:
        print(f"the first {min(PANEL, n)} {items}:\n{print_panel(panel)}")


def explained(measures, items):
    """What the units of these measures are, and which way is better, in one line."""
    one = "a row" if items == "rows" else "an image"
    parts = []
    if any(name.endswith("sse") for name in measures):
        parts.append(f"SSE is the squared error summed over {one}: lower is better")
    said = [what for name, what in BETTER.items() if name in measures]
    if "elbo" in measures:  # has the reconstruction in it
        said = [what for what in said if not what.startswith("reconstruction")]
    if said:
        parts.append(f"nats are logarithms of a probability of {one}: "
                     f"{', '.join(said)}")
    if "error" in measures or "probe_error" in measures:
        parts.append("errors are shares of wrong labels: lower is better")
    return f"units: {'; '.join(parts)}"


def headed(dataset):
    """What the rows are, of which source, and in which units."""
    return f"{dataset.items} of {dataset.tested}, {dataset.scaling}"


def refuse_what_does_not_apply(model, options):
    """Raise ValueError for an option that this model has no answer to."""
    if options.probe_decay is not None and not options.probe:
        raise ValueError(f"--probe-decay {options.probe_decay:g} needs --probe")
    for option in ("samples", "panel"):
        if getattr(options, option) and not isinstance(model, VariationalAutoencoder):
            raise ValueError(
                f"--{option} is for a vae or cvae; {options.checkpoint} holds a "
                f"{type(model).__name__}, which has no log p(x) to estimate"
            )
    draws = "random_state" in inspect.signature(model.evaluate).parameters
    if options.seed is not None and not draws:
        raise ValueError(
            f"--seed is for a vae, cvae or denoising; {options.checkpoint} holds a "
            f"{type(model).__name__}, whose figures have no noise"
        )


def probe_error(model, dataset, decay=None):
    """Share of wrong test labels of a linear probe trained on the codes."""
    if dataset.labels is None or not len(dataset.x[0]):
        lacks = "labels" if dataset.labels is None else "training rows (--test SHARE)"
        raise ValueError(f"--probe: {dataset.source} has no {lacks}")
    told = isinstance(model, ConditionalVariationalAutoencoder)
    y_train, y_test = dataset.labels
    codes, codes_test = (
        model.transform(x, y) if told else model.transform(x)
        for x, y in zip(dataset.x, dataset.labels, strict=True)
    )
    probe = LinearProbe() if decay is None else LinearProbe(weight_decay=decay)
    return 1 - probe.fit(codes, y_train).score(codes_test, y_test)


def likelihood(model, x, samples, noise):
    """Importance-sampled log p(x): its mean, the standard error of that mean over
    images, and the median effective sample size."""
    estimate = model.log_likelihood(*x, samples, **noise)
    each = estimate.log_likelihood
    return {
        "log_likelihood": estimate.mean,
        "standard_error_over_images": float(each.std() / len(each) ** 0.5),
        "effective_sample_size": float(np.median(estimate.effective_sample_size)),
    }
