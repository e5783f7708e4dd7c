from __future__ import annotations

import json
from importlib.resources import files

from sagemaker_capacity_plan import Instance

GIVEN = "given"


def instance_of(instance_type: str, vcpus: int | None = None, price_usd_per_hour: float | None = None) -> Instance:
    """An instance type with its vCPUs, given or from the table shipped with this package, and its price if given.

    Raises:
        ValueError: no such type, a burstable one, or one that the table lacks; a price that is not above 0.
    """
    price = None if price_usd_per_hour is None else GIVEN
    if vcpus is not None:
        return Instance(instance_type, vcpus, GIVEN, price_usd_per_hour, price)
    table = json.loads(files(__package__).joinpath("data/instance_vcpus.json").read_text(encoding="utf-8"))
    known = table["vcpus"].get(instance_type)
    source = f"{table['source']}, {table['recorded']}"
    instance = Instance(instance_type, known or 1, source, price_usd_per_hour, price)
    if known is None:
        raise ValueError(
            f"the table of vCPUs ({source}) does not know {instance_type!r}: "
            "check the name, or give its vCPUs with --vcpus"
        )
    return instance
