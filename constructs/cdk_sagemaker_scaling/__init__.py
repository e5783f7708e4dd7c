"""AWS CDK constructs for Amazon SageMaker endpoints that scale by a capacity plan."""

from ._alarms import VariantAlarms
from ._dashboard import EndpointDashboard
from ._endpoint import EndpointVariant, RealTimeEndpoint, Variant
from ._idle_detector import IdleEndpointDetector
from ._notifications import NotificationTopic
from ._scaling import VariantScaling
from ._step_scaling import StepScalingOutPolicy
from ._target_tracking import CpuPerCoreTrackingPolicy, InvocationsTrackingPolicy

__all__ = [
    "CpuPerCoreTrackingPolicy",
    "EndpointDashboard",
    "EndpointVariant",
    "IdleEndpointDetector",
    "InvocationsTrackingPolicy",
    "NotificationTopic",
    "RealTimeEndpoint",
    "StepScalingOutPolicy",
    "Variant",
    "VariantAlarms",
    "VariantScaling",
]
