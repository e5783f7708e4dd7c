"""Which variant of an endpoint serves better, by what CloudWatch measured of both in the same minutes.

A name is imported at its first use, so that the command line can start without pandas.
"""

from typing import TYPE_CHECKING

from sagemaker_capacity._lazy_names import lazily

if TYPE_CHECKING:
    from ._comparison import Comparison, Finding, Question, compare
    from ._measurements import VariantPeriods, read_exported, read_live

_HOMES = {
    "Comparison": "_comparison",
    "Finding": "_comparison",
    "Question": "_comparison",
    "VariantPeriods": "_measurements",
    "compare": "_comparison",
    "read_exported": "_measurements",
    "read_live": "_measurements",
}

__all__ = ["Comparison", "Finding", "Question", "VariantPeriods", "compare", "read_exported", "read_live"]


__getattr__ = lazily(__name__, _HOMES)
