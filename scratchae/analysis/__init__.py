"""Questions to a fitted model: what its codes are good for, what its units look for."""

from scratchae.analysis.anomaly import anomaly_parts, anomaly_scores, auc
from scratchae.analysis.density import GaussianMixture
from scratchae.analysis.diagnosis import (
    active_units,
    kl_per_dimension,
    loss_panel,
    mutual_information,
    print_panel,
)
from scratchae.analysis.features import factor_directions, filters, maximising_images
from scratchae.analysis.interpolation import interpolate
from scratchae.analysis.neighbours import nearest_neighbours, neighbour_error
from scratchae.analysis.probe import LinearProbe

__all__ = ["GaussianMixture", "LinearProbe", "active_units", "anomaly_parts",
           "anomaly_scores", "auc", "factor_directions", "filters", "interpolate",
           "kl_per_dimension", "loss_panel", "maximising_images", "mutual_information",
           "nearest_neighbours", "neighbour_error", "print_panel"]
