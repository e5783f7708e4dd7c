"""The contract between analysis and constructs: a capacity plan, reviewed in git as a JSON file.

Standard library only, so that reading a plan starts no Node and imports no pandas.
"""

from ._errors import PlanError
from ._override import Override
from ._plan import (
    SCHEMA,
    CapacityPlan,
    Demand,
    Evidence,
    Instance,
    Limits,
    Objective,
    Saturation,
    ScheduledDemand,
    write_whole,
)
from ._scaling import (
    CpuPerCoreTarget,
    InvocationsTarget,
    Scaling,
    ScalingStep,
    ScheduledCapacity,
    StepScalingOut,
    step_faults,
)

__all__ = [
    "SCHEMA",
    "CapacityPlan",
    "CpuPerCoreTarget",
    "Demand",
    "Evidence",
    "Instance",
    "InvocationsTarget",
    "Limits",
    "Objective",
    "Override",
    "PlanError",
    "Saturation",
    "Scaling",
    "ScalingStep",
    "ScheduledCapacity",
    "ScheduledDemand",
    "StepScalingOut",
    "step_faults",
    "write_whole",
]
