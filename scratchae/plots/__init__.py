"""Figures: the only room that imports matplotlib.

Every function returns a matplotlib Figure; `save_figure` writes it.
"""

from scratchae.plots.charts import bars, curves, scatter
from scratchae.plots.images import image_grid, image_rows
from scratchae.plots.style import COLOURS, new_figure, save_figure

__all__ = [
    "COLOURS",
    "bars",
    "curves",
    "image_grid",
    "image_rows",
    "new_figure",
    "save_figure",
    "scatter",
]
