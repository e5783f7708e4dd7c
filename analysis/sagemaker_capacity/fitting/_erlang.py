"""Erlang's formulas, for any real number of servers: a fit moves along all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincc, gammaln

Numbers = NDArray[np.float64]

_LEAST_TAIL = 1e-250  # below it the incomplete gamma function has lost its digits


def erlang_b(servers: ArrayLike, offered: ArrayLike) -> Numbers:
    """The share of calls lost where `offered` erlangs meet `servers` lines and none may wait.

    B(c, a) = a^c e^-a / Gamma(c + 1, a), which is Erlang's first formula at whole c and its usual continuation
    between them (Jagerman, Bell System Technical Journal 53, 1974, eq. 5). It is also the chance that the one
    server of a closed queue has nothing to do (see `ClosedQueue`).
    """
    c, a = np.asarray(servers, float), np.asarray(offered, float)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore", under="ignore"):
        tail = gammaincc(c + 1, a)
        exact = np.exp(c * np.log(a) - a - gammaln(c + 1)) / tail
        # Far more offered than there are lines: 1 / B is the sum of c (c - 1) ... (c - k + 1) / a^k over all k, or
        # with r = c / a that of r^k (1 - k (k - 1) / (2 c) + ...), of which these are the first two terms.
        r = c / a
        flooded = 1 / (1 / (1 - r) - r / (a * (1 - r) ** 3))
    lost: Numbers = np.clip(np.where(tail > _LEAST_TAIL, exact, flooded), 0, 1)
    return lost


def erlang_c(servers: ArrayLike, utilisation: ArrayLike) -> Numbers:
    """The share of requests that wait for one of `servers` at a utilisation below 1 (Erlang's second formula).

    C = B / (1 - rho (1 - B)), with B at the offered load of servers x utilisation.
    """
    c, rho = np.asarray(servers, float), np.asarray(utilisation, float)
    blocked = erlang_b(c, c * rho)
    return blocked / (1 - rho * (1 - blocked))
