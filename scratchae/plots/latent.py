"""Pictures of a two-dimensional code."""

import math

import numpy as np
from matplotlib.collections import EllipseCollection
from matplotlib.lines import Line2D

from scratchae.plots.images import as_images, draw_tiles, grey_scale
from scratchae.plots.style import class_colour, class_marker, new_figure

LEAST = 0.07  # in shares of a panel: names are so far apart
ROUNDS = 200  # of pushing them, at most


def quantile_grid(codes, side):
    """Codes (side^2, 2) at even steps of the shares of given codes, top row first.

    codes : (n, 2); as many of them lie between two columns as between any others, and
        so with rows: a grid that treats models alike, whatever the scale of their codes
    """
    z1, z2 = np.quantile(codes, (np.arange(side) + 0.5) / side, axis=0).T
    return np.array([(a, b) for b in reversed(z2) for a in z1])


def points_and_ellipses(points, mu, sigma, labels, titles):
    """Codes of an autoencoder beside the posteriors of a VAE, coloured by class.

    points, mu, sigma : (n, 2); each ellipse spans one standard deviation
    labels : (n,) numbers or names of classes   titles : of the two panels
    """
    points, mu, sigma, labels = map(np.asarray, (points, mu, sigma, labels))
    classes = np.unique(labels)
    figure, axes = new_figure(1, 2, width=9, height=4.4)
    for panel, centres, title in zip(axes, (points, mu), titles, strict=True):
        for i, label in enumerate(classes):
            own = labels == label
            colour = class_colour(i)
            if panel is axes[0]:
                panel.scatter(*centres[own].T, s=5, color=colour, linewidths=0,
                              marker=class_marker(i))
            else:
                widths, heights = 2 * sigma[own].T
                panel.add_collection(EllipseCollection(
                    widths, heights, np.zeros(own.sum()), units="xy",
                    offsets=centres[own], offset_transform=panel.transData,
                    edgecolors=colour, facecolors="none", linewidths=0.6))
        panel.set(title=title, xlabel="code 1", ylabel="code 2")
        panel.autoscale_view()
        _name_classes(panel, centres, labels)
    key = [Line2D([], [], color=class_colour(i), marker=class_marker(i), linestyle="",
                  label=str(label)) for i, label in enumerate(classes)]
    figure.legend(handles=key, loc="outside right center", frameon=False)
    return figure


def _name_classes(panel, centres, labels):
    """Names at the medians of the classes; those that would hide one, moved aside."""
    names = np.unique(labels)
    medians = np.array([np.median(centres[labels == name], axis=0) for name in names])
    to_panel = panel.transLimits  # from codes to shares of the panel's sides
    places = to_panel.inverted().transform(_apart(to_panel.transform(medians)))
    box = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1}
    for name, median, place in zip(names, medians, places, strict=True):
        panel.annotate(str(name), median, place, weight="bold", ha="center",
                       va="center", bbox=box, arrowprops={"arrowstyle": "-"})


def _apart(places):
    """Places (n, 2) pushed from one another until each pair is LEAST apart."""
    turn = 2 * np.pi * np.arange(len(places)) / len(places)
    # Two in one place have no direction to go: each is given its own.
    places = places + 1e-6 * np.column_stack([np.cos(turn), np.sin(turn)])
    for _ in range(ROUNDS):
        between = places[:, None] - places  # (n, n, 2)
        away = np.hypot(*between.T).T + np.eye(len(places))
        missing = np.maximum(LEAST - away, 0)
        if not missing.any():
            break
        places = places + np.sum(between * (missing / away)[:, :, None], axis=1) / 2
    return places


def decoded_grids(grids, title="", shape=None):
    """Several square grids of decoded images side by side, on one grey scale.

    grids : dict of name -> images (side^2, d)   shape : of an image (default: square)
    """
    figure, axes = new_figure(1, len(grids), width=4.6 * len(grids), height=5.1,
                              squeeze=False)
    drawn = {name: as_images(images, shape) for name, images in grids.items()}
    grey = grey_scale(np.concatenate([images for images, _ in drawn.values()]))
    for panel, (name, (images, shape)) in zip(axes[0], drawn.items(), strict=True):
        draw_tiles(panel, images, math.isqrt(len(images)), shape, grey)
        panel.set_title(name)
    figure.suptitle(title)
    return figure


def codes_on_circle(codes, angles, decode):
    """Codes of one ring of images by several models, one panel each.

    codes : arrays (n, 2) by title   angles : (n,) in radians, their colours
    The unit circle is drawn into each panel, since their scales differ.
    decode : function from codes to square images, 12 of which, of the unit circle's
        points, are put around the last panel
    """
    figure, (axes,) = new_figure(1, len(codes), width=11.5, height=4.4, squeeze=False)
    turn = np.linspace(0, 2 * np.pi, 200)
    for axis, (title, points) in zip(axes, codes.items(), strict=True):
        axis.plot(np.cos(turn), np.sin(turn), color="#999999", linewidth=0.8, zorder=1)
        axis.scatter(*np.asarray(points).T, c=angles, cmap="twilight_shifted", s=14)
        axis.set(title=title, aspect="equal", xlabel="h1", ylabel="h2")
    for t in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        h1, h2 = np.cos(t), np.sin(t)
        (image,) = np.asarray(decode([[h1, h2]]))
        side, left, low = math.isqrt(image.size), 1.6 * h1 - 0.35, 1.6 * h2 - 0.35
        axes[-1].imshow(image.reshape(side, side), cmap="gray_r", vmin=0, vmax=1,
                        origin="lower", extent=(left, left + 0.7, low, low + 0.7))
    for axis in axes[1:]:
        axis.set(xlim=(-2, 2), ylim=(-2, 2))
    return figure
