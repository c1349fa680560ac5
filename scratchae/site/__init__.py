"""The course as pages that open from a folder: no server, no network.

Sphinx makes them of Markdown that this room writes: the lectures with what their cells
printed and drew, the formula sheet, slides, models, museum, and the docstrings.
"""

from scratchae.site.build import MADE, build_site, check_generator
from scratchae.site.running import run_cells

__all__ = ["MADE", "build_site", "check_generator", "run_cells"]
