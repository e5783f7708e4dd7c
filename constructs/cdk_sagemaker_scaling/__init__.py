"""AWS CDK constructs for Amazon SageMaker endpoints that scale by a capacity plan."""

from sagemaker_capacity_plan import ScalingStep, ScheduledCapacity, Suspended

from .endpoints._asynchronous import AsynchronousEndpoint, AsynchronousOutput
from .endpoints._container_image import ContainerImage
from .endpoints._data_capture import DataCapture
from .endpoints._deployment import (
    AllAtOnceDeployment,
    CanaryDeployment,
    CapacitySize,
    Deployment,
    LinearDeployment,
    RollingDeployment,
)
from .endpoints._endpoint import Endpoint, WeightsOwner
from .endpoints._inference_component import InferenceComponent, InferenceComponentCopies
from .endpoints._inference_component_endpoint import InferenceComponentEndpoint
from .endpoints._metrics_config import MetricsConfig
from .endpoints._model_data import ModelData
from .endpoints._real_time import RealTimeEndpoint
from .endpoints._serverless import ServerlessEndpoint
from .endpoints._variant import Fleet, ManagedInstanceScaling, RoutingStrategy, ScaleInStrategy, Variant
from .endpoints._variants import AsynchronousVariant, ComponentHost, EndpointVariant, ServerlessVariant
from .idle._access import IdleEndpointAccess
from .idle._accounts_detector import AccountsIdleEndpointDetector
from .idle._actions import IdleActions
from .idle._idle_detector import IdleEndpointDetector
from .monitoring._activity import ScalingActivityLog
from .monitoring._asynchronous_alarms import AsynchronousAlarms
from .monitoring._component_alarms import InferenceComponentAlarms
from .monitoring._dashboard import EndpointDashboard
from .monitoring._notifications import NotificationTopic
from .monitoring._serverless_alarms import ServerlessAlarms
from .monitoring._variant_alarms import VariantAlarms
from .scaling._predefined_tracking import (
    ConcurrencyPerCopyTrackingPolicy,
    ConcurrencyTrackingPolicy,
    InvocationsPerCopyTrackingPolicy,
    InvocationsTrackingPolicy,
    ProvisionedConcurrencyTrackingPolicy,
)
from .scaling._scaling import InferenceComponentScaling, ProvisionedConcurrencyScaling, VariantScaling
from .scaling._scheduled import ScheduledScaling
from .scaling._step_scaling import StepScalingInPolicy, StepScalingOutPolicy, WakeFromZeroPolicy
from .scaling._target import ScalableTarget
from .scaling._target_tracking import (
    BacklogTrackingPolicy,
    CpuPerCoreTrackingPolicy,
    MetricTrackingPolicy,
)
from .traffic._steps import CanarySteps, LinearSteps
from .traffic._traffic_shift import TrafficShift

__all__ = [
    "AccountsIdleEndpointDetector",
    "AllAtOnceDeployment",
    "AsynchronousAlarms",
    "AsynchronousEndpoint",
    "AsynchronousOutput",
    "AsynchronousVariant",
    "BacklogTrackingPolicy",
    "CanaryDeployment",
    "CanarySteps",
    "CapacitySize",
    "ComponentHost",
    "ConcurrencyPerCopyTrackingPolicy",
    "ConcurrencyTrackingPolicy",
    "ContainerImage",
    "CpuPerCoreTrackingPolicy",
    "DataCapture",
    "Deployment",
    "Endpoint",
    "EndpointDashboard",
    "EndpointVariant",
    "Fleet",
    "IdleActions",
    "IdleEndpointAccess",
    "IdleEndpointDetector",
    "InferenceComponent",
    "InferenceComponentAlarms",
    "InferenceComponentCopies",
    "InferenceComponentEndpoint",
    "InferenceComponentScaling",
    "InvocationsPerCopyTrackingPolicy",
    "InvocationsTrackingPolicy",
    "LinearDeployment",
    "LinearSteps",
    "ManagedInstanceScaling",
    "MetricTrackingPolicy",
    "MetricsConfig",
    "ModelData",
    "NotificationTopic",
    "ProvisionedConcurrencyScaling",
    "ProvisionedConcurrencyTrackingPolicy",
    "RealTimeEndpoint",
    "RollingDeployment",
    "RoutingStrategy",
    "ScalableTarget",
    "ScaleInStrategy",
    "ScalingActivityLog",
    "ScalingStep",
    "ScheduledCapacity",
    "ScheduledScaling",
    "ServerlessAlarms",
    "ServerlessEndpoint",
    "ServerlessVariant",
    "StepScalingInPolicy",
    "StepScalingOutPolicy",
    "Suspended",
    "TrafficShift",
    "Variant",
    "VariantAlarms",
    "VariantScaling",
    "WakeFromZeroPolicy",
    "WeightsOwner",
]
