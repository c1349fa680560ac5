"""A page in which a latent space is walked through, made from saved models.

One file of HTML with the models' weights inside, that opens from a folder: no server,
no network, no installation. What it is made of is in `sources/`, plain JavaScript.
"""

from scratchae.explorer.page import POINTS, explorer_page

__all__ = ["POINTS", "explorer_page"]
