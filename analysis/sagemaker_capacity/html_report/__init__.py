"""A plan to look at: one self-contained HTML page, its pictures as files, and the same picture over live metrics.

A name is imported at its first use, so that the command's words can be told without jinja2 and matplotlib.
"""

from typing import TYPE_CHECKING

from sagemaker_capacity._lazy_names import lazily

if TYPE_CHECKING:
    from ._fitted import Fitted, fitted
    from ._image import image
    from ._page import page
    from ._what_if import Choice, choices
    from ._widget import widget, widget_image

_HOMES = {
    "Choice": "_what_if",
    "Fitted": "_fitted",
    "choices": "_what_if",
    "fitted": "_fitted",
    "image": "_image",
    "page": "_page",
    "widget": "_widget",
    "widget_image": "_widget",
}

__all__ = ["Choice", "Fitted", "choices", "fitted", "image", "page", "widget", "widget_image"]


__getattr__ = lazily(__name__, _HOMES)
