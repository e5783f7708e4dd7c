"""S3's buckets and their policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from kinds_bench import DOCUMENT, Bench

from embedded_aws import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Iterator

DENY_WITHOUT_TLS = {
    "Sid": "AllowSSLRequestsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with EmbeddedAws() as aws:
        yield Bench(aws.client)


def test_bucket(bench: Bench) -> None:
    s3 = bench.client("s3")
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    old_versions = {
        "Id": "CleanupOldVersions",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    }
    expired = {"Id": "Old", "Status": "Enabled", "Prefix": "x/", "ExpirationInDays": 5}
    bucket = bench.create(
        "AWS::S3::Bucket",
        BucketName="bucket",
        AccessControl="Private",
        BucketEncryption={"ServerSideEncryptionConfiguration": [encryption]},
        LifecycleConfiguration={"Rules": [old_versions, expired]},
        PublicAccessBlockConfiguration={"BlockPublicAcls": "true", "RestrictPublicBuckets": True},
        VersioningConfiguration={"Status": "Enabled"},
        Tags=[{"Key": "a", "Value": "1"}],
    )
    assert (bucket.id, bucket["Arn"]) == ("bucket", "arn:aws:s3:::bucket")
    assert bucket["DomainName"] == "bucket.s3.amazonaws.com"
    assert bucket["RegionalDomainName"] == "bucket.s3.us-east-1.amazonaws.com"
    rules = s3.get_bucket_encryption(Bucket="bucket")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]
    first, second = s3.get_bucket_lifecycle_configuration(Bucket="bucket")["Rules"]
    assert first["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert (second["Filter"], second["Expiration"]["Days"]) == ({"Prefix": "x/"}, 5)
    assert s3.get_bucket_versioning(Bucket="bucket")["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket="bucket")["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    assert s3.get_bucket_tagging(Bucket="bucket")["TagSet"] == [{"Key": "a", "Value": "1"}]

    bucket.update(BucketName="bucket")
    assert s3.get_bucket_versioning(Bucket="bucket")["Status"] == "Suspended"
    for ask in (
        s3.get_bucket_encryption,
        s3.get_bucket_lifecycle_configuration,
        s3.get_public_access_block,
        s3.get_bucket_tagging,
    ):
        with pytest.raises(ClientError):
            ask(Bucket="bucket")

    s3.put_object(Bucket="bucket", Key="k", Body=b"")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        bucket.delete()
    for version in s3.list_object_versions(Bucket="bucket")["Versions"]:
        s3.delete_object(Bucket="bucket", Key="k", VersionId=version["VersionId"])
    bucket.delete()
    assert "bucket" not in [each["Name"] for each in s3.list_buckets()["Buckets"]]


def test_bucket_policy_is_kept_whole_and_enforced_on_nobody(bench: Bench) -> None:
    """moto ignores conditions: it would deny the CLI's own uploads."""
    s3 = bench.client("s3")
    bucket = bench.create("AWS::S3::Bucket").id
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    document = {**DOCUMENT, "Statement": [DENY_WITHOUT_TLS, allow]}
    policy = bench.create("AWS::S3::BucketPolicy", Bucket=bucket, PolicyDocument=document)
    assert policy.id == bucket
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == document
    policy.update(Bucket=bucket, PolicyDocument={**document, "Statement": [DENY_WITHOUT_TLS]})
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"] == [DENY_WITHOUT_TLS]
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    policy.delete()
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=bucket)


def test_access_to_a_bucket_is_logged_in_another_or_in_itself(bench: Bench) -> None:
    s3, logs = bench.client("s3"), bench.create("AWS::S3::Bucket", "Logs").id
    bucket = bench.create(
        "AWS::S3::Bucket", LoggingConfiguration={"DestinationBucketName": logs, "LogFilePrefix": "models/"}
    )
    read = s3.get_bucket_logging(Bucket=bucket.id)["LoggingEnabled"]
    assert (read["TargetBucket"], read["TargetPrefix"]) == (logs, "models/")
    s3.put_object(Bucket=bucket.id, Key="k", Body=b"")
    assert "Contents" not in s3.list_objects_v2(Bucket=logs), (
        "a bucket of logs can be deleted as soon as it was made"
    )
    bucket.update(LoggingConfiguration={"LogFilePrefix": "own/"})
    read = s3.get_bucket_logging(Bucket=bucket.id)["LoggingEnabled"]
    assert (read["TargetBucket"], read["TargetPrefix"]) == (bucket.id, "own/")
    bucket.update()
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket.id)
    with pytest.raises(ValueError, match=r"LoggingConfiguration: TargetObjectKeyFormat"):
        bucket.update(LoggingConfiguration={"TargetObjectKeyFormat": {"SimplePrefix": {}}})


def test_objects_move_to_colder_storage(bench: Bench) -> None:
    colder = {"StorageClass": "STANDARD_IA", "TransitionInDays": "30"}
    rule = {"Id": "colder", "Status": "Enabled", "Transitions": [colder]}
    bucket = bench.create("AWS::S3::Bucket", LifecycleConfiguration={"Rules": [rule]})
    (read,) = bench.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket.id)["Rules"]
    assert read["Transitions"] == [{"StorageClass": "STANDARD_IA", "Days": 30}]
