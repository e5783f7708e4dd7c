"""The contract between analysis and constructs: a capacity plan, reviewed in git as a JSON file.

Standard library only, so that reading a plan starts no Node and imports no pandas.
"""

from ._demand import (
    SERVERLESS_OBJECTIVES,
    SHARES_OF,
    ComparedInstance,
    Demand,
    Objective,
    ScheduledDemand,
    ServerlessObjective,
)
from ._errors import PlanError
from ._evidence import Evidence, Instance, Limits, Saturation
from ._metrics import STATISTICS, Dimension, Expression, Metric, Query, query_faults
from ._names import name_faults
from ._override import Override
from ._plan import SCHEMA, CapacityPlan, write_whole
from ._scaling import AsynchronousScaling, ComponentScaling, CopyRequirements, RealTimeScaling, Scaling
from ._scheduled import ScheduledCapacity, Suspended, schedule_faults
from ._serverless import ProvisionedConcurrency, ServerlessScaling
from ._steps import (
    WAKE_FROM_ZERO_PERIOD_SECONDS,
    AdjustmentType,
    Direction,
    MissingData,
    ScalingStep,
    StepScaling,
    WakeFromZero,
    adjustment_faults,
    alarm_faults,
    step_faults,
)
from ._targets import (
    BacklogTarget,
    ConcurrencyPerCopyTarget,
    ConcurrencyTarget,
    CpuPerCoreTarget,
    InvocationsPerCopyTarget,
    InvocationsTarget,
    MetricTarget,
    ProvisionedConcurrencyTarget,
    TargetTracking,
)

__all__ = [
    "SCHEMA",
    "SERVERLESS_OBJECTIVES",
    "SHARES_OF",
    "STATISTICS",
    "WAKE_FROM_ZERO_PERIOD_SECONDS",
    "AdjustmentType",
    "AsynchronousScaling",
    "BacklogTarget",
    "CapacityPlan",
    "ComparedInstance",
    "ComponentScaling",
    "ConcurrencyPerCopyTarget",
    "ConcurrencyTarget",
    "CopyRequirements",
    "CpuPerCoreTarget",
    "Demand",
    "Dimension",
    "Direction",
    "Evidence",
    "Expression",
    "Instance",
    "InvocationsPerCopyTarget",
    "InvocationsTarget",
    "Limits",
    "Metric",
    "MetricTarget",
    "MissingData",
    "Objective",
    "Override",
    "PlanError",
    "ProvisionedConcurrency",
    "ProvisionedConcurrencyTarget",
    "Query",
    "RealTimeScaling",
    "Saturation",
    "Scaling",
    "ScalingStep",
    "ScheduledCapacity",
    "ScheduledDemand",
    "ServerlessObjective",
    "ServerlessScaling",
    "StepScaling",
    "Suspended",
    "TargetTracking",
    "WakeFromZero",
    "adjustment_faults",
    "alarm_faults",
    "name_faults",
    "query_faults",
    "schedule_faults",
    "step_faults",
    "write_whole",
]
