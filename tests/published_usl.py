"""Data sets of the R package usl by Stefan Möding (https://github.com/smoeding/usl, BSD-2-Clause)."""

import numpy as np

# SPEC SDM91 on a Sun SPARCcenter 2000: scripts at once, and scripts per hour.
SPECSDM91 = (
    np.array([1.0, 18, 36, 72, 108, 144, 216]),
    np.array([64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2]),
)
# A ray tracer: processors, and rays per second.
RAYTRACER = (
    np.array([1.0, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64]),
    np.array([20.0, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310]),
)
