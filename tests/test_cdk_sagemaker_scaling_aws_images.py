"""AWS's own images are found where AWS has them, and nowhere else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files

import botocore.session
import pytest

from cdk_sagemaker_scaling._aws_images import AwsImage, aws_image, frameworks

DATA = files("cdk_sagemaker_scaling").joinpath("data/aws_images.json")
TABLE = json.loads(DATA.read_text(encoding="utf-8"))
ECR_IMAGE = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z]+(-[a-z]+)+-\d\.[a-z0-9.-]+/[a-z0-9]+([._-][a-z0-9]+)*:\w[\w.-]{0,127}"
)


@dataclass(frozen=True)
class Listed:
    """An image as the table lists it."""

    framework: str
    repository: str
    tag: str
    version: str
    processor: str
    python_version: str | None = None
    base_framework_version: str | None = None

    def found(self, version: str | None = None) -> AwsImage:
        return aws_image(
            self.framework,
            version or self.version,
            processor=self.processor,
            python_version=self.python_version,
            base_framework_version=self.base_framework_version,
        )


LISTED = [
    Listed(framework, group["repository"], *row)
    for framework, groups in TABLE["frameworks"].items()
    for group in groups
    for row in group["images"]
]


def numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


# What `image_uris.retrieve` of the SageMaker Python SDK answers: one of each way in which it composes a tag.
FIELDS = ("framework", "version", "processor", "host", "image")
KNOWN = """
xgboost 1.5-1 cpu 246618743249.dkr.ecr.us-west-2.amazonaws.com sagemaker-xgboost:1.5-1
xgboost 1.7-1 gpu 683313688378.dkr.ecr.us-east-1.amazonaws.com sagemaker-xgboost:1.7-1
xgboost 1.5-1 graviton 683313688378.dkr.ecr.us-east-1.amazonaws.com sagemaker-xgboost:1.5-1-arm64
sklearn 1.2-1 cpu 141502667606.dkr.ecr.eu-west-1.amazonaws.com sagemaker-scikit-learn:1.2-1-cpu-py3
sklearn 1.0-1 graviton 683313688378.dkr.ecr.us-east-1.amazonaws.com sagemaker-scikit-learn:1.0-1-arm64-cpu-py3
linear-learner 1 cpu 382416733822.dkr.ecr.us-east-1.amazonaws.com linear-learner:1
pytorch 2.6.0 gpu 763104351884.dkr.ecr.us-east-1.amazonaws.com pytorch-inference:2.6.0-gpu-py312
pytorch 2.4.0 graviton 763104351884.dkr.ecr.eu-central-1.amazonaws.com
        pytorch-inference-graviton:2.4.0-cpu-py311-ubuntu22.04-sagemaker
tensorflow 2.19.0 cpu 442386744353.dkr.ecr.us-gov-west-1.amazonaws.com tensorflow-inference:2.19.0-cpu
mxnet 1.4.1 cpu 763104351884.dkr.ecr.us-east-1.amazonaws.com mxnet-inference:1.4.1-cpu-py3
huggingface 4.28.1 cpu 727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn
        huggingface-pytorch-inference:2.0.0-transformers4.28.1-cpu-py310-ubuntu20.04
huggingface-neuronx 4.55.4 inf 763104351884.dkr.ecr.us-east-1.amazonaws.com
        huggingface-pytorch-inference-neuronx:2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04
huggingface-llm 3.3.6 gpu 763104351884.dkr.ecr.us-east-1.amazonaws.com
        huggingface-pytorch-tgi-inference:2.7.0-tgi3.3.6-gpu-py311-cu124-ubuntu22.04
huggingface-tei-cpu 1.8.2 cpu 683313688378.dkr.ecr.us-east-1.amazonaws.com
        tei-cpu:2.0.1-tei1.8.2-cpu-py310-ubuntu22.04
djl-lmi 0.38.0 gpu 763104351884.dkr.ecr.us-east-1.amazonaws.com djl-inference:0.38.0-lmi29.0.0-cu130
vllm-server 2.6 gpu 763104351884.dkr.ecr.us-east-1.amazonaws.com vllm:server-sagemaker-cuda-v2.6
sagemaker-tritonserver 25.09 gpu 763104351884.dkr.ecr.us-east-1.amazonaws.com sagemaker-tritonserver:25.09-py3
sagemaker-tritonserver 25.09 cpu 763104351884.dkr.ecr.us-east-1.amazonaws.com sagemaker-tritonserver:25.09-py3-cpu
"""


@pytest.mark.parametrize(FIELDS, list(zip(*[iter(KNOWN.split())] * len(FIELDS), strict=True)))
def test_an_image_is_the_one_that_the_sagemaker_sdk_names(
    framework: str, version: str, processor: str, host: str, image: str
) -> None:
    region = host.split(".")[3]
    assert aws_image(framework, version, processor=processor).uri(region) == f"{host}/{image}"


def test_every_image_is_found_by_what_the_table_lists_it_under() -> None:
    for listed in LISTED:
        image = listed.found()
        assert (image.repository, image.tag) == (listed.repository, listed.tag)
    assert frameworks() == tuple(sorted({listed.framework for listed in LISTED}))


def test_every_image_has_a_well_formed_address_in_every_region_that_it_names() -> None:
    for listed in LISTED:
        image = listed.found()
        assert "us-east-1" in image.accounts
        for region in image.accounts:
            assert ECR_IMAGE.fullmatch(image.uri(region)), image.uri(region)


def test_the_address_s_host_is_that_of_ecr_in_the_region_s_partition() -> None:
    session = botocore.session.get_session()
    session.set_credentials("key", "secret")
    regions = {region for listed in LISTED for region in listed.found().accounts}
    assert {"us-east-1", "cn-north-1", "us-iso-east-1"} <= regions
    for region in sorted(regions):
        ecr = session.create_client("ecr", region_name=region).meta.endpoint_url.removeprefix("https://api.")
        image = AwsImage("repository", "tag", {region: "123456789012"})
        assert image.uri(region) == f"123456789012.dkr.{ecr}/repository:tag"


def test_a_minor_version_is_its_newest_patch() -> None:
    minors = 0
    known = {(listed.framework, listed.version) for listed in LISTED}
    for listed in LISTED:
        minor = re.match(r"\d+\.\d+(?=[.-])", listed.version)
        if minor is None or (listed.framework, minor[0]) in known:
            continue
        minors += 1
        patches = [
            other
            for other in LISTED
            if re.match(rf"{re.escape(minor[0])}[.-]", other.version)
            and (other.framework, other.processor) == (listed.framework, listed.processor)
            and (other.python_version, other.base_framework_version)
            == (listed.python_version, listed.base_framework_version)
        ]
        assert listed.found(minor[0]).tag == max(patches, key=lambda other: numbers(other.version)).tag
    assert minors > len(LISTED) / 2
    assert aws_image("xgboost", "1.7").tag == "1.7-1"
    assert aws_image("pytorch", "2.0").tag == "2.0.1-cpu-py310"


def test_a_version_that_there_is_means_itself_though_others_begin_with_it() -> None:
    assert {listed.version for listed in LISTED if listed.framework == "llama-cpp"} >= {"1.0", "1.0.1"}
    assert aws_image("llama-cpp", "1.0").tag == "server-sagemaker-cpu-v1.0"


def test_the_newest_patch_is_that_of_the_processor_asked_for() -> None:
    assert aws_image("pytorch", "2.2", processor="graviton").tag.startswith("2.2.1-")
    assert aws_image("pytorch", "2.2").tag.startswith("2.2.0-")


def test_a_framework_that_there_is_not_is_told_with_those_like_it_first() -> None:
    with pytest.raises(ValueError, match=r"^no AWS image for framework 'xgbost': there are xgboost, .*, pytorch"):
        aws_image("xgbost", "1.7")


def test_all_that_a_framework_lacks_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="no version") as error:
        aws_image("sklearn", "1.3-1", processor="gpu")
    version, _, processor = str(error.value).partition("; ")
    assert version.startswith("sklearn has no version '1.3-1': there are 1.0-1, 1.2-1, ")
    assert processor == (
        f"no processor 'gpu': there are cpu, graviton "
        f"({TABLE['source']}, {TABLE['recorded']}; for a newer image give its URI)"
    )


def test_what_there_is_apart_but_not_together_is_told_with_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"version '1\.7', processor 'graviton' together: there are 1\.7-1 cpu, "):
        aws_image("xgboost", "1.7", processor="graviton")


def test_an_image_among_several_is_to_be_chosen() -> None:
    with pytest.raises(
        ValueError, match=r"^pytorch 1\.8\.1 has several images for cpu: give python_version, one of py3, "
    ):
        aws_image("pytorch", "1.8")
    assert aws_image("pytorch", "1.8", python_version="py36").tag == "1.8.1-cpu-py36"
    with pytest.raises(ValueError, match=r"give base_framework_version, one of pytorch1\.13\.1, pytorch2\.1\.2"):
        aws_image("huggingface-neuronx", "4.36.2", processor="inf")
    chosen = aws_image("huggingface-neuronx", "4.36.2", processor="inf", base_framework_version="pytorch2.1")
    assert chosen.tag.startswith("2.1.2-transformers4.36.2-neuronx-")


def test_a_region_without_the_image_is_told_with_those_that_have_it() -> None:
    image = aws_image("xgboost", "1.7-1")
    with pytest.raises(
        ValueError, match=r"^sagemaker-xgboost:1\.7-1 is not in region 'us-est-1': deploy to one of us-east-1"
    ):
        image.uri("us-est-1")
    with pytest.raises(ValueError, match="'me-west-1'"):
        aws_image("djl-lmi", "0.38.0", processor="gpu").uri("me-west-1")


def test_no_two_images_answer_to_the_same_words() -> None:
    asked = Counter(
        (one.framework, one.version, one.processor, one.python_version, one.base_framework_version)
        for one in LISTED
    )
    assert set(asked.values()) == {1}


def test_the_table_is_small_and_says_whence_and_when() -> None:
    assert len(DATA.read_bytes()) < 60_000
    assert re.fullmatch(r"image_uri_config of sagemaker-core \d+(\.\d+)+ \(Apache-2\.0\)", TABLE["source"])
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", TABLE["recorded"])


def test_the_table_is_read_with_the_first_image_and_once() -> None:
    code = (
        "import builtins, io, sys\n"
        "read = []\n"
        "sys.addaudithook(lambda event, args: read.append(1) if event == 'open'"
        " and str(args[0]).endswith('aws_images.json') else None)\n"
        "import cdk_sagemaker_scaling\n"
        "from cdk_sagemaker_scaling._aws_images import aws_image\n"
        "before = len(read)\n"
        "aws_image('xgboost', '1.7').uri('us-east-1'); aws_image('pytorch', '2.0')\n"
        "print(before, len(read))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout.split() == ["0", "1"]
