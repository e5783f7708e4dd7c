"""What AWS refuses of the variants of an endpoint configuration, beyond the limits of single fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from moto.sagemaker.exceptions import ValidationError

Parameters = dict[str, Any]

_PUBLISH_FREQUENCIES = (10, 30, 60, 120, 180, 240, 300)
_MEMORY_STEP_MB = 1024
# What a serverless variant has not, since it has no instances, and what its configuration cannot have beside it:
# https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html (feature exclusions).
_OF_INSTANCES = (
    "AcceleratorPartitionLayouts",
    "AcceleratorType",
    "CapacityReservationConfig",
    "CoreDumpConfig",
    "EnableSSMAccess",
    "InferenceAmiVersion",
    "InitialInstanceCount",
    "InstancePools",
    "InstanceType",
    "ManagedInstanceScaling",
    "VariantInstanceProvisionTimeoutInSeconds",
    "VolumeSizeInGB",
)
_NOT_SERVERLESS = (
    "AsyncInferenceConfig",
    "DataCaptureConfig",
    "EnableNetworkIsolation",
    "ShadowProductionVariants",
    "VpcConfig",
)
_COUNTED = ("InitialInstanceCount", "ManagedInstanceScaling")


def check(asked: Parameters) -> None:
    """See that AWS would take a configuration's variants.

    Raises:
        ValidationError: it would not, for the reasons told.
    """
    faults = [*_of_configuration(asked)]
    for variant in all_variants(asked):
        faults += _of_serverless(variant) if "ServerlessConfig" in variant else _of_instances(variant, asked)
    if faults:
        raise ValidationError(" ".join(faults))


def all_variants(asked: Parameters) -> list[Parameters]:
    """The production variants and the shadow variants."""
    return [*asked["ProductionVariants"], *asked.get("ShadowProductionVariants", [])]


def _of_configuration(asked: Parameters) -> Iterator[str]:
    production, shadows = asked["ProductionVariants"], asked.get("ShadowProductionVariants", [])
    repeated = [name for name, times in Counter(v["VariantName"] for v in all_variants(asked)).items() if times > 1]
    if repeated:
        yield f"The variants of a configuration have unique names, got {', '.join(repeated)} more than once."
    if shadows and (len(production), len(shadows)) != (1, 1):
        yield (
            "A configuration with ShadowProductionVariants has one production variant and one shadow variant, "
            f"got {len(production)} and {len(shadows)}."
        )
    if shadows and "AsyncInferenceConfig" in asked:
        yield "An asynchronous endpoint has no ShadowProductionVariants."
    if any("ServerlessConfig" in variant for variant in production):
        if len(production) > 1:
            yield f"A serverless endpoint has one variant, got {len(production)}."
        excluded = [name for name in _NOT_SERVERLESS if asked.get(name)]
        if excluded:
            yield f"A serverless endpoint has no {', '.join(excluded)}."
    seconds = asked.get("MetricsConfig", {}).get("MetricPublishFrequencyInSeconds")
    if seconds is not None and seconds not in _PUBLISH_FREQUENCIES:
        yield f"MetricPublishFrequencyInSeconds is one of {_PUBLISH_FREQUENCIES}, got {seconds}."


def _of_serverless(variant: Parameters) -> Iterator[str]:
    name, config = variant["VariantName"], variant["ServerlessConfig"]
    if config["MemorySizeInMB"] % _MEMORY_STEP_MB:
        got = config["MemorySizeInMB"]
        yield f"The variant {name}: MemorySizeInMB is a multiple of {_MEMORY_STEP_MB}, got {got}."
    yield from provisioned_above_maximum(name, config)
    extra = [field for field in _OF_INSTANCES if field in variant]
    if extra:
        yield f"The variant {name} is serverless: it has no {', '.join(extra)}."
    if "ModelName" not in variant:
        yield f"The variant {name} is serverless: it needs a ModelName."


def provisioned_above_maximum(name: str, config: Parameters) -> Iterator[str]:
    """The fault of a serverless variant that provisions more concurrency than it allows."""
    provisioned = config.get("ProvisionedConcurrency", 0)
    if provisioned > config["MaxConcurrency"]:
        yield (
            f"The variant {name}: ProvisionedConcurrency is at most MaxConcurrency, "
            f"got {provisioned} and {config['MaxConcurrency']}."
        )


def _of_instances(variant: Parameters, asked: Parameters) -> Iterator[str]:
    name = variant["VariantName"]
    if ("InstanceType" in variant) == ("InstancePools" in variant):
        yield f"The variant {name} needs either an InstanceType, InstancePools or a ServerlessConfig."
    if not any(field in variant for field in _COUNTED):
        yield f"The variant {name} needs one of {', '.join(_COUNTED)}, ServerlessConfig."
    if "ModelName" not in variant and "ExecutionRoleArn" not in asked:
        yield (
            f"The variant {name} has no ModelName: "
            "without one (for inference components) the configuration needs an ExecutionRoleArn."
        )
    managed = variant.get("ManagedInstanceScaling", {})
    least, most = managed.get("MinInstanceCount"), managed.get("MaxInstanceCount")
    if least is not None and most is not None and least > most:
        yield f"The variant {name}: MinInstanceCount is at most MaxInstanceCount, got {least} and {most}."
