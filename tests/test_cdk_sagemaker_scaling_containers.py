"""Where images and model archives come from, and what is permitted to get them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnParameter, Environment, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from least import URI, real_time, serverless, variant
from roles import Roles
from templates import MODEL

from cdk_sagemaker_scaling import ContainerImage, ModelData
from cdk_sagemaker_scaling._aws_images import aws_image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Synthesised

    Synthesise = Callable[[Callable[[Stack], object]], Synthesised]

PULL = "ecr:BatchGetImage"
DIGEST = "sha256:" + "0" * 64


def container(made: Synthesised) -> dict[str, Any]:
    found: dict[str, Any] = made.only(MODEL)["PrimaryContainer"]
    return found


def roles(made: Synthesised) -> dict[str, set[str]]:
    return Roles(made.template["Resources"]).may("RealTime/ExecutionRole")


@pytest.mark.parametrize("tag", [":1", f"@{DIGEST}"])
def test_an_image_by_its_address_is_pulled_from_its_own_repository(synthesise: Synthesise, tag: str) -> None:
    uri = URI.removesuffix(":1") + tag
    image = ContainerImage.from_uri(uri)
    made = synthesise(lambda stack: real_time(stack, variants=[variant(image=image)]))
    assert container(made) == {"Image": uri}
    assert roles(made)[PULL] == {"arn:<AWS::Partition>:ecr:eu-west-1:123456789012:repository/team/model"}


@pytest.mark.parametrize(("given", "found"), [("7", ":7"), (DIGEST, f"@{DIGEST}")])
def test_an_image_of_a_repository_is_named_by_tag_or_digest(synthesise: Synthesise, given: str, found: str) -> None:
    def fill(stack: Stack) -> None:
        image = ContainerImage.from_ecr_repository(ecr.Repository(stack, "Images"), given)
        real_time(stack, variants=[variant(image=image)])

    made = synthesise(fill)
    (repository,) = made.of_type("AWS::ECR::Repository")
    assert container(made)["Image"]["Fn::Join"][1][-1] == found
    assert roles(made)[PULL] == {f"<{repository}.Arn>"}


def test_an_image_that_the_deploy_builds_is_an_asset_with_its_options(
    synthesise: Synthesise, tmp_path: Path
) -> None:
    (tmp_path / "Serving").write_text("FROM scratch\n", encoding="utf-8")
    image = ContainerImage.from_asset(tmp_path, file="Serving", build_args={"VERSION": "3"})
    made = synthesise(lambda stack: real_time(stack, variants=[variant(image=image)]))
    (asset,) = (file for file in made.folder.glob("asset.*/Serving"))
    hash_ = asset.parent.name.removeprefix("asset.")
    assert container(made)["Image"]["Fn::Sub"].endswith(f":{hash_}")
    (repository,) = roles(made)[PULL]
    assert "container-assets" in repository
    manifest = (made.folder / "Stack.assets.json").read_text(encoding="utf-8")
    assert '"VERSION": "3"' in manifest


def test_an_aws_image_in_a_known_region_has_a_literal_address(flags: dict[str, Any]) -> None:
    app = App(context=flags)
    image = ContainerImage.from_aws("xgboost", "1.7-1")
    of_stack = Stack(app, "OfStack", env=Environment(region="eu-central-1"))
    of_image = Stack(app, "OfImage")
    real_time(of_stack, variants=[variant(image=image)])
    real_time(
        of_image, variants=[variant(image=ContainerImage.from_aws("xgboost", "1.7-1", region="eu-central-1"))]
    )
    for stack in (of_stack, of_image):
        template = Template.from_stack(stack).to_json()
        assert "Mappings" not in template
        (model,) = (r["Properties"] for r in template["Resources"].values() if r["Type"] == MODEL)
        uri = model["PrimaryContainer"]["Image"]
        account, repository = re.fullmatch(
            r"(\d{12})\.dkr\.ecr\.eu-central-1\.amazonaws\.com/(.+):1\.7-1", uri
        ).groups()
        assert f":ecr:eu-central-1:{account}:repository/{repository}" in str(template)


def test_an_aws_image_in_an_unknown_region_is_found_by_a_mapping_that_agrees_with_the_literal_address(
    synthesise: Synthesise,
) -> None:
    image = ContainerImage.from_aws("pytorch", "2.6", processor="gpu")
    made = synthesise(lambda stack: real_time(stack, variants=[variant(image=image)]))
    ((mapping, accounts),) = made.template["Mappings"].items()
    region = {"Ref": "AWS::Region"}
    address = [
        {"Fn::FindInMap": [mapping, region, "account"]},
        ".dkr.ecr.",
        region,
        ".",
        {"Ref": "AWS::URLSuffix"},
        "/pytorch-inference:2.6.0-gpu-py312",
    ]
    assert container(made)["Image"] == {"Fn::Join": ["", address]}
    assert roles(made)[PULL] == {
        f"arn:<AWS::Partition>:ecr:<AWS::Region>:<{mapping}.<AWS::Region>.account>:repository/pytorch-inference"
    }
    assert len(accounts) > 20
    for where, found in accounts.items():
        literal = aws_image("pytorch", "2.6", processor="gpu").uri(where)
        assert literal.startswith(f"{found['account']}.dkr.ecr.{where}.")


def test_an_aws_image_in_a_region_known_only_at_deploy_is_found_there(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        region = CfnParameter(stack, "Elsewhere").value_as_string
        real_time(stack, variants=[variant(image=ContainerImage.from_aws("xgboost", "1.7-1", region=region))])

    made = synthesise(fill)
    ((mapping, _),) = made.template["Mappings"].items()
    region = {"Ref": "Elsewhere"}
    account, _, where, *_ = container(made)["Image"]["Fn::Join"][1]
    assert account == {"Fn::FindInMap": [mapping, region, "account"]}
    assert where == region


def test_two_aws_images_of_one_endpoint_each_have_their_mapping(synthesise: Synthesise) -> None:
    images = [ContainerImage.from_aws("xgboost", "1.7-1"), ContainerImage.from_aws("pytorch", "2.6")]
    made = synthesise(
        lambda stack: real_time(
            stack, variants=[variant(name=f"V{n}", image=image) for n, image in enumerate(images)]
        )
    )
    assert len(made.template["Mappings"]) == 2


def test_an_archive_by_its_address_is_read_alone(synthesise: Synthesise) -> None:
    data = ModelData.from_url("s3://amzn-s3-demo-bucket/a/model.tar.gz")
    made = synthesise(lambda stack: real_time(stack, variants=[variant(model_data=data)]))
    assert container(made)["ModelDataUrl"] == "s3://amzn-s3-demo-bucket/a/model.tar.gz"
    assert roles(made)["s3:GetObject"] == {"arn:<AWS::Partition>:s3:::amzn-s3-demo-bucket/a/model.tar.gz"}


def test_an_archive_in_a_bucket_with_a_key_is_read_and_decrypted(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        bucket = s3.Bucket(stack, "Bucket", encryption_key=kms.Key(stack, "Key"))
        real_time(stack, variants=[variant(model_data=ModelData.from_bucket(bucket, "model.tar.gz"))])

    made = synthesise(fill)
    (bucket,) = made.of_type("AWS::S3::Bucket")
    (key,) = made.of_type("AWS::KMS::Key")
    assert container(made)["ModelDataUrl"] == {"Fn::Join": ["", ["s3://", {"Ref": bucket}, "/model.tar.gz"]]}
    assert roles(made)["s3:GetObject"] == {f"<{bucket}.Arn>/model.tar.gz"}
    assert roles(made)["kms:Decrypt"] == {f"<{key}.Arn>"}


def test_an_archive_on_this_machine_is_uploaded_by_the_deploy(synthesise: Synthesise, archive: Path) -> None:
    made = synthesise(lambda stack: real_time(stack, variants=[variant(model_data=ModelData.from_asset(archive))]))
    (uploaded,) = made.folder.glob("asset.*.gz")
    assert uploaded.read_bytes() == archive.read_bytes()
    (_, hash_, *_) = uploaded.name.split(".")
    assert container(made)["ModelDataUrl"]["Fn::Sub"].endswith(f"/{hash_}.gz")


def test_a_container_has_its_environment(synthesise: Synthesise) -> None:
    made = synthesise(lambda stack: serverless(stack, environment={"WORKERS": "2"}))
    assert container(made)["Environment"] == {"WORKERS": "2"}


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("nginx", "must be ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG (or @DIGEST), got 'nginx'"),
        (URI.removesuffix(":1"), "must be ACCOUNT.dkr.ecr"),
        (URI.replace("team/", "*/"), "must be ACCOUNT.dkr.ecr"),
        (URI.replace("123456789012", "1234"), "must be ACCOUNT.dkr.ecr"),
    ],
)
def test_an_address_of_no_image_is_refused(stack: Stack, image: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"variant 'V': the image's address {told}")):
        real_time(stack, variants=[variant(image=ContainerImage.from_uri(image))])


def test_an_image_to_build_needs_its_dockerfile(stack: Stack, tmp_path: Path) -> None:
    for id_, folder in {"Empty": tmp_path, "None": tmp_path / "none"}.items():
        with pytest.raises(ValueError, match=r"there is no Dockerfile in .* to build an image from"):
            serverless(stack, id_, image=ContainerImage.from_asset(folder))


def test_an_aws_image_that_is_not_there_is_refused_with_those_that_are(stack: Stack) -> None:
    with pytest.raises(ValueError, match="no AWS image for framework 'xgbost': there are xgboost, "):
        ContainerImage.from_aws("xgbost", "1.7-1")
    nowhere = ContainerImage.from_aws("xgboost", "1.7-1", region="eu-nowhere-1")
    with pytest.raises(ValueError, match=r"xgboost:1\.7-1 is not in region 'eu-nowhere-1': deploy to one of eu-"):
        serverless(stack, image=nowhere)


@pytest.mark.parametrize(
    ("url", "got"),
    [
        ("https://host/model.tar.gz", "got 'https://host/model.tar.gz'"),
        ("s3://amzn-s3-demo-bucket", "got 's3://amzn-s3-demo-bucket'"),
        ("s3://amzn-s3-demo-bucket/*", "got 's3://amzn-s3-demo-bucket/*'"),
        ("s3://amzn-s3-demo-bucket/${aws:username}", "the key without *, ? and $"),
        ("s3://*/model.tar.gz", "must be s3://BUCKET/KEY"),
    ],
)
def test_an_address_of_no_archive_is_refused(stack: Stack, url: str, got: str) -> None:
    with pytest.raises(ValueError, match=re.escape(got)):
        serverless(stack, model_data=ModelData.from_url(url))


@pytest.mark.parametrize("key", ["", "models/*"])
def test_a_key_of_no_archive_is_refused(stack: Stack, key: str) -> None:
    data = ModelData.from_bucket(s3.Bucket.from_bucket_name(stack, "B", "amzn-s3-demo-bucket"), key)
    with pytest.raises(ValueError, match=re.escape(f"must be there and be without *, ? and $, got {key!r}")):
        serverless(stack, model_data=data)


def test_an_archive_of_this_machine_must_be_there_and_be_one(stack: Stack, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no model archive .*none.tar.gz'"):
        serverless(stack, "None", model_data=ModelData.from_asset(tmp_path / "none.tar.gz"))
    (tmp_path / "model.bin").touch()
    with pytest.raises(ValueError, match=r"unpacks a gzipped tar archive \(model.tar.gz\), got .*model.bin'"):
        serverless(stack, "Bin", model_data=ModelData.from_asset(str(tmp_path / "model.bin")))


@pytest.mark.parametrize("what", ["image", "model_data"])
def test_an_address_known_only_at_deploy_needs_a_role_of_ones_own(
    stack: Stack, synthesise: Synthesise, what: str
) -> None:
    def given(scope: Stack) -> dict[str, Any]:
        address = CfnParameter(scope, "Address").value_as_string
        from_address = ContainerImage.from_uri if what == "image" else ModelData.from_url
        return {what: from_address(address)}

    with pytest.raises(ValueError, match=r"known only at deploy cannot be granted exactly: .* role="):
        serverless(stack, **given(stack))

    def fill(stack: Stack) -> None:
        role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
        serverless(stack, role=role, **given(stack))

    assert {"Ref": "Address"} in container(synthesise(fill)).values()
