"""`scratchae gradcheck`: compare every hand-written gradient with a numerical one."""

import json

from scratchae.cli.options import non_negative_int
from scratchae.gradcheck import METHODS
from scratchae.gradient_checks import CHECKS, run_checks

NAME = "gradcheck"
HELP = "Check every hand-written gradient; exit status 1 if a row fails."
EXAMPLE = "scratchae gradcheck vae_tanh dense --method richardson"


def add_arguments(parser):
    """Which checks, the numerical method, the random point, and --json."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"all, or some of {', '.join(CHECKS)}"
    )
    parser.add_argument(
        "--method", choices=METHODS, default="auto",
        help="numerical derivative (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--seed", type=non_negative_int, default=0, help="default: 0")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(options):
    """Print the table or the JSON document; 1 if a row fails."""
    names = None if options.names in ([], ["all"]) else options.names
    report = run_checks(names, options.method, options.seed)
    print(json.dumps(report.to_json_dict()) if options.json else report)
    return 0 if report.passed else 1
