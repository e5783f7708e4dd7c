from __future__ import annotations

import json
from importlib.resources import files

from sagemaker_capacity_plan import Instance

GIVEN = "given"


def instance_of(instance_type: str, vcpus: int | None = None) -> Instance:
    """An instance type with its vCPUs, given or from the table shipped with this package.

    Raises:
        ValueError: no such type, a burstable one, or one that the table lacks.
    """
    if vcpus is not None:
        return Instance(instance_type, vcpus, GIVEN)
    table = json.loads(files(__package__).joinpath("data/instance_vcpus.json").read_text(encoding="utf-8"))
    known = table["vcpus"].get(instance_type)
    instance = Instance(instance_type, known or 1, f"{table['source']}, {table['recorded']}")
    if known is None:
        raise ValueError(
            f"the table of vCPUs ({table['source']}, {table['recorded']}) does not know {instance_type!r}: "
            "check the name, or give its vCPUs with --vcpus"
        )
    return instance
