"""How much load one instance sustains, from a table of load and throughput, with honest intervals.

A name is imported at its first use, so that the command line can start without scipy.
"""

from typing import TYPE_CHECKING

from sagemaker_capacity._lazy_names import lazily

if TYPE_CHECKING:
    from ._fit import Curves, LoadFit, NoFitError, fit_load_table
    from ._queue import ClosedLatency, ClosedQueue, OpenLatency, StraightLine
    from ._resampling import Resampled, resample
    from ._saturation import Criteria, Saturation, find_saturation
    from ._table import LoadTable, LoadTableError, load_table, read_load_table
    from ._usl import Usl, UslFit, fit_usl

_HOMES = {
    "ClosedLatency": "_queue",
    "ClosedQueue": "_queue",
    "Criteria": "_saturation",
    "Curves": "_fit",
    "LoadFit": "_fit",
    "LoadTable": "_table",
    "LoadTableError": "_table",
    "NoFitError": "_fit",
    "OpenLatency": "_queue",
    "Resampled": "_resampling",
    "Saturation": "_saturation",
    "StraightLine": "_queue",
    "Usl": "_usl",
    "UslFit": "_usl",
    "find_saturation": "_saturation",
    "fit_load_table": "_fit",
    "fit_usl": "_usl",
    "load_table": "_table",
    "read_load_table": "_table",
    "resample": "_resampling",
}

__all__ = [
    "ClosedLatency",
    "ClosedQueue",
    "Criteria",
    "Curves",
    "LoadFit",
    "LoadTable",
    "LoadTableError",
    "NoFitError",
    "OpenLatency",
    "Resampled",
    "Saturation",
    "StraightLine",
    "Usl",
    "UslFit",
    "find_saturation",
    "fit_load_table",
    "fit_usl",
    "load_table",
    "read_load_table",
    "resample",
]


__getattr__ = lazily(__name__, _HOMES)
