"""Pictures of images: grids, and rows to compare one under the other."""

import math

import numpy as np

from scratchae.plots.style import new_figure, wrapped


def image_grid(images, title="", columns=None, shape=None, scale=0.45, signed=False):
    """Images : (n, d) in reading order on one grid.

    columns : images per row (default: about square)
    shape : (height, width) of an image (default: square)
    signed : centre the grey scale on 0 (for weights and components) and scale each
        image by its own largest size
    """
    columns = columns or math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    figure, axes = new_figure(width=max(columns * scale, 3),
                              height=rows * scale + 0.4 * bool(title))
    draw_tiles(axes, images, columns, shape, signed)
    axes.set_title(wrapped(title, max(columns * scale, 3)))
    return figure


def draw_tiles(axes, images, columns, shape=None, signed=False):
    """Draw images : (n, d) in reading order on given axes."""
    images = np.asarray(images, dtype=float)
    rows = math.ceil(len(images) / columns)
    _show(axes, _tile(images, rows, columns, _shape(images, shape), signed), signed)


def image_rows(rows, title="", shape=None, scale=0.62):
    """Rows of images one under the other, each with its name on the left.

    rows : dict of name -> images (n, d), the same n in each
    """
    names, images = list(rows), [np.asarray(x, dtype=float) for x in rows.values()]
    n = len(images[0])
    figure, axes = new_figure(
        len(names), 1, width=n * scale + 1.2, height=len(names) * scale + 0.45,
        squeeze=False,
    )
    for axis, name, row in zip(axes[:, 0], names, images, strict=True):
        _show(axis, _tile(row, 1, n, _shape(row, shape), False), False)
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
    axes[0, 0].set_title(wrapped(title, n * scale))
    return figure


def _shape(images, shape):
    side = math.isqrt(images.shape[1])
    return shape or (side, side)


def _tile(images, rows, columns, shape, signed):
    """One array with all images, one pixel of paper (NaN) between them."""
    height, width = shape
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for i, image in enumerate(images):
        if signed:
            image = image / max(np.abs(image).max(), np.finfo(float).tiny)
        top, left = (i // columns) * (height + 1), (i % columns) * (width + 1)
        sheet[top : top + height, left : left + width] = image.reshape(shape)
    return sheet


def _show(axes, sheet, signed):
    low = -1 if signed else 0
    axes.imshow(sheet, cmap="gray" if signed else "gray_r", vmin=low, vmax=1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
