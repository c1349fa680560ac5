"""Figures: the only room that imports matplotlib.

Every function that draws returns a matplotlib Figure; `save_figure` writes it and
returns the path. `new_figure` gives an empty one and its axes, `log_axis` changes an
axis that is drawn, and `quantile_grid` gives codes that are to be decoded.
"""

from scratchae.plots.charts import bars, curves, log_axis, marks, panels
from scratchae.plots.drawings import family_tree, graphs, network
from scratchae.plots.images import image_grid, image_rows
from scratchae.plots.latent import (
    codes_on_circle,
    decoded_grids,
    points_and_ellipses,
    quantile_grid,
)
from scratchae.plots.style import COLOURS, new_figure, save_figure
from scratchae.plots.tables import bar_rows, histograms, pair_plots

__all__ = ["COLOURS", "bar_rows", "bars", "codes_on_circle", "curves", "decoded_grids",
           "family_tree", "graphs", "histograms", "image_grid", "image_rows",
           "log_axis", "marks", "network", "new_figure", "pair_plots", "panels",
           "points_and_ellipses", "quantile_grid", "save_figure"]
