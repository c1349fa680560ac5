"""`scratchae museum`: real mistakes, and which check notices them."""

from pathlib import Path

from scratchae.cli.options import add_overwrite
from scratchae.cli.outputs import check_output, refuse_overwrite_alone
from scratchae.pulse import tell

NAME = "museum"
HELP = "Plant real mistakes one by one and show which check notices which."
EXAMPLE = "scratchae museum --figure museum.png"


def add_arguments(parser):
    """The form of the output, and a figure."""
    parser.add_argument("--markdown", action="store_true", help="a Markdown table")
    parser.add_argument("--figure", type=Path, metavar="PNG", help="draw it as well")
    add_overwrite(parser)


def run(options):
    """Print the matrix fault x check; 1 if a fault survives every check."""
    from scratchae import museum  # it loads matplotlib, which other commands need not

    refuse_overwrite_alone(options, "figure")
    if options.figure is not None:
        check_output(options.figure, options.overwrite, "--figure", (".png",))

    def begin(fault):
        if options.met:  # a training has kept its last epoch, and went on
            raise KeyboardInterrupt
        tell(f"planting {fault}")

    rows = museum.matrix(begin)
    print(museum.as_markdown(rows) if options.markdown else museum.as_text(rows))
    silent = sum(not row["gradient check"] for row in rows.values())
    survivors = [fault for fault, row in rows.items() if not any(row.values())]
    print(f"{len(rows)} faults; {silent} pass the plain gradient check; "
          f"{len(survivors)} survive everything {' '.join(survivors)}")
    if options.figure is not None:
        draw(rows, silent, options.figure)
    return 1 if survivors else 0


def draw(rows, silent, path):
    """Write the matrix as a figure."""
    from scratchae.museum import FAULTS
    from scratchae.plots import marks, save_figure

    named = {FAULTS[fault].text: caught for fault, caught in rows.items()}
    title = f"{silent} of {len(rows)} faults pass a plain gradient check"
    print(f"figure: {save_figure(marks(named, title), path)}")
