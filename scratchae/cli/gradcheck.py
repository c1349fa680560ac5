"""`scratchae gradcheck`: compare every hand-written gradient with a numerical one."""

import os

from scratchae.cli.options import non_negative_int, positive_number, print_json
from scratchae.gradcheck import METHODS, TOLERANCES
from scratchae.gradient_checks import CHECKS, SIZES, run_checks
from scratchae.gradient_checks.own_file import run_file

NAME = "gradcheck"
HELP = "Check every hand-written gradient; exit status 1 if a row fails."
EXAMPLE = "scratchae gradcheck vae_tanh dense --method richardson"
OWN_FILE = ("NAMEs, or FILE.py and names of pairs in it. In your own file, write "
            "relu_forward(x) -> out, cache; relu_backward(d_out, cache) -> gradient (a "
            "tuple for several arguments); relu_example(rng) -> arguments. Or "
            "f_loss(parameters), f_gradients(parameters) and f_example(rng), with "
            "parameters as a dict of arrays. Without a file: all, or some of ")


def add_arguments(parser):
    """What is checked, the numerical method, the random point, and --json."""
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help=f"{OWN_FILE}{', '.join(CHECKS)}")
    parser.add_argument(
        "--method", choices=METHODS, default="auto",
        help="numerical derivative (default: auto, the complex step where it applies, "
             "else richardson)",
    )
    parser.add_argument(
        "--step", type=positive_number, help="first step of the differences, or h of "
        "the complex step (default: fits the point)",
    )
    parser.add_argument(
        "--tolerance", type=positive_number, help="largest relative error (default: "
        f"{', '.join(f'{most:g} by {way}' for way, most in TOLERANCES.items())}, or "
        "what rounding explains)",
    )
    parser.add_argument(
        "--sizes", choices=SIZES, help="widths of the built-in checks (default: "
        "different)",
    )
    parser.add_argument("--seed", type=non_negative_int, default=0, help="default: 0")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(options):
    """Print the table or the JSON document; 1 if a row fails."""
    common = {"method": options.method, "seed": options.seed, "step": options.step,
              "tolerance": options.tolerance}
    names = None if options.names in ([], ["all"]) else options.names
    if names and names[0].lower().endswith(".py"):
        if options.sizes:
            raise ValueError("--sizes is for the built-in checks, not for a file's")
        report = run_file(names[0], names[1:], **common)
    else:
        refuse_files(names or ())
        report = run_checks(names, sizes=options.sizes or "different", **common)
    if options.json:
        print_json(report.to_json_dict())
    else:
        print(report)
    return 0 if report.passed else 1


def refuse_files(names):
    """Raise ValueError for a file that is none of Python's, or not the first name."""
    for name in names:
        if name.lower().endswith(".py"):
            raise ValueError(f"{name}: a file goes first, before the names of its pairs"
                             ", and is checked without others")
        if os.path.exists(name) and name not in CHECKS:
            raise ValueError(f"{name} is no file of Python's: expected FILE.py, into "
                             "which the functions of a notebook can be copied")
