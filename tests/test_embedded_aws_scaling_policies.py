import pytest
from botocore.exceptions import ClientError
from scaling_bench import COMPONENT, CPU, INVOCATIONS, TARGET, Api, alarms, refusal, step, track

from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture", "scaling_fixtures"]


@pytest.mark.usefixtures("target")
def test_target_tracking_makes_an_alarm_high_and_an_alarm_low(aws: EmbeddedAws, scaling: Api) -> None:
    put = track(scaling, value=70)
    high, low = alarms(aws)
    assert [each["AlarmName"] for each in put["Alarms"]] == [high["AlarmName"], low["AlarmName"]]
    assert [each["AlarmARN"] for each in put["Alarms"]] == [high["AlarmArn"], low["AlarmArn"]]
    assert high["AlarmName"].startswith("TargetTracking-endpoint/endpoint/variant/main-AlarmHigh-")
    assert low["AlarmName"].startswith("TargetTracking-endpoint/endpoint/variant/main-AlarmLow-")
    told = ("ComparisonOperator", "Threshold", "EvaluationPeriods", "DatapointsToAlarm", "Period", "Statistic")
    assert [high[name] for name in told] == ["GreaterThanThreshold", 70, 3, 3, 60, "Sum"]
    assert [low[name] for name in told] == ["LessThanThreshold", 63, 15, 15, 60, "Sum"]
    for alarm in (high, low):
        assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SageMaker", "InvocationsPerInstance")
        assert alarm["Dimensions"] == [
            {"Name": "EndpointName", "Value": "endpoint"},
            {"Name": "VariantName", "Value": "main"},
        ]
        assert alarm["AlarmActions"] == [put["PolicyARN"]]
    assert put["PolicyARN"].startswith("arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:")
    assert put["PolicyARN"].endswith(":resource/sagemaker/endpoint/endpoint/variant/main:policyName/tracking")


@pytest.mark.parametrize(
    ("key", "metric", "name", "dimensions"),
    [
        (
            TARGET,
            "SageMakerVariantConcurrentRequestsPerModelHighResolution",
            "ConcurrentRequestsPerModel",
            {"EndpointName": "endpoint", "VariantName": "main"},
        ),
        (
            COMPONENT,
            "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
            "ConcurrentRequestsPerCopy",
            {"InferenceComponentName": "component"},
        ),
    ],
)
def test_a_high_resolution_metric_goes_off_in_half_a_minute(
    aws: EmbeddedAws, scaling: Api, key: Api, metric: str, name: str, dimensions: Api
) -> None:
    aws.client("sagemaker").create_inference_component(
        InferenceComponentName="component",
        EndpointName="components",
        VariantName="main",
        Specification={"ModelName": "model", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}},
    )
    scaling.register_scalable_target(**key, MinCapacity=1, MaxCapacity=4)
    track(scaling, key=key, value=5, PredefinedMetricSpecification={"PredefinedMetricType": metric})
    high, low = alarms(aws)
    told = ("ComparisonOperator", "Threshold", "EvaluationPeriods", "DatapointsToAlarm", "Period", "MetricName")
    assert [high[each] for each in told] == ["GreaterThanThreshold", 5, 3, 3, 10, name]
    assert [low[each] for each in told] == ["LessThanThreshold", 4.5, 90, 90, 10, name]
    assert {each["Name"]: each["Value"] for each in high["Dimensions"]} == dimensions


@pytest.mark.usefixtures("target")
def test_a_predefined_metric_belongs_to_one_dimension(scaling: Api) -> None:
    for metric in (
        "SageMakerVariantProvisionedConcurrencyUtilization",
        "SageMakerInferenceComponentInvocationsPerCopy",
        "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
    ):
        code, message = refusal(
            track, scaling=scaling, PredefinedMetricSpecification={"PredefinedMetricType": metric}
        )
        assert (code, f"{metric} is not one of the scalable dimension" in message) == ("ValidationException", True)


@pytest.mark.usefixtures("target")
def test_a_policy_put_again_keeps_its_arn_and_alarms(aws: EmbeddedAws, scaling: Api) -> None:
    before, after = track(scaling, value=70), track(scaling, value=50)
    assert (before["PolicyARN"], before["Alarms"]) == (after["PolicyARN"], after["Alarms"])
    assert [alarm["Threshold"] for alarm in alarms(aws)] == [50, 45]


@pytest.mark.usefixtures("target")
def test_a_customized_metric_with_math_is_what_its_alarms_watch(aws: EmbeddedAws, scaling: Api) -> None:
    track(scaling, value=60, CustomizedMetricSpecification=CPU)
    for alarm, threshold in zip(alarms(aws), (60, 54), strict=True):
        assert alarm["Threshold"] == threshold
        cpu, core = alarm["Metrics"]
        assert cpu["MetricStat"]["Metric"] == CPU["Metrics"][0]["MetricStat"]["Metric"]  # type: ignore[index]
        assert (cpu["MetricStat"]["Period"], cpu["MetricStat"]["Stat"]) == (60, "Average")
        assert "Label" not in core
        assert (core["Expression"], core["ReturnData"], cpu["ReturnData"]) == ("cpu / 4", True, False)
    (told,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert told["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"] == CPU


@pytest.mark.usefixtures("target")
def test_one_metric_is_tracked_once_on_a_target(aws: EmbeddedAws, scaling: Api) -> None:
    track(scaling, "first")
    track(scaling, "other metric", CustomizedMetricSpecification=CPU)
    code, message = refusal(track, scaling=scaling, name="second", value=5)
    assert code == "ValidationException"
    assert message == "Only one TargetTrackingScaling policy for a given metric specification is allowed."
    assert len(alarms(aws)) == 4


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize(
    ("metric", "told"),
    [
        ({"PredefinedMetricSpecification": INVOCATIONS, "CustomizedMetricSpecification": CPU}, "Exactly one"),
        ({"DisableScaleIn": True}, "Exactly one"),
        ({"TargetValue": 0.0, "PredefinedMetricSpecification": INVOCATIONS}, "above 0"),
        ({"PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"}}, "not one of"),
        ({"CustomizedMetricSpecification": {"MetricName": "m", "Namespace": "n"}}, "Statistic"),
        ({"CustomizedMetricSpecification": {"Metrics": [CPU["Metrics"][0]]}}, "returns data"),
        ({"CustomizedMetricSpecification": {**CPU, "MetricName": "m"}}, "not both"),
    ],
)
def test_a_tracking_policy_that_aws_refuses_is_refused(
    aws: EmbeddedAws, scaling: Api, metric: Api, told: str
) -> None:
    code, message = refusal(track, scaling=scaling, **metric)
    assert code == "ValidationException"
    assert told in message
    assert not alarms(aws)


@pytest.mark.usefixtures("target")
def test_predictive_scaling_is_for_another_service(scaling: Api) -> None:
    code, message = refusal(
        scaling.put_scaling_policy,
        **TARGET,
        PolicyName="p",
        PolicyType="PredictiveScaling",
        PredictiveScalingPolicyConfiguration={"MetricSpecifications": [{"TargetValue": 1}]},
    )
    assert (code, "ECS" in message) == ("ValidationException", True)


@pytest.mark.usefixtures("target")
def test_a_step_policy_has_no_alarms_of_its_own(aws: EmbeddedAws, scaling: Api) -> None:
    assert step(scaling, (0, 50), (50, None), MinAdjustmentMagnitude=1)["Alarms"] == []
    (told,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert len(told["StepScalingPolicyConfiguration"]["StepAdjustments"]) == 2
    assert not alarms(aws)


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([], "1 to 20"),
        ([(n, n + 1) for n in range(21)], "1 to 20"),
        ([(0, 50), (40, None)], "overlap"),
        ([(0, 50), (60, None)], "gaps"),
        ([(0, None), (0, None)], "overlap"),
        ([(50, 50)], "above its lower"),
    ],
)
def test_steps_that_leave_gaps_or_overlap_are_refused(scaling: Api, steps: Api, told: str) -> None:
    with pytest.raises(ClientError, match=told):
        step(scaling, *steps)


@pytest.mark.usefixtures("target")
def test_a_deleted_policy_takes_its_alarms_along(aws: EmbeddedAws, scaling: Api) -> None:
    track(scaling)
    track(scaling, "other", CustomizedMetricSpecification=CPU)
    scaling.delete_scaling_policy(**TARGET, PolicyName="tracking")
    assert len(alarms(aws)) == 2
    assert refusal(scaling.delete_scaling_policy, **TARGET, PolicyName="tracking")[0] == "ObjectNotFoundException"
