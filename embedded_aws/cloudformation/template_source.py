"""Where a template comes from: the request itself, or an object of S3."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from embedded_aws.cloudformation.functions import TemplateError

HOST_OF_S3 = re.compile(r"s3[.-]([a-z0-9-]+\.)?amazonaws\.com(\.cn)?")
HOST_OF_BUCKET = re.compile(r"(?P<bucket>.+)\.s3[.-]([a-z0-9-]+\.)?amazonaws\.com(\.cn)?")


def bucket_and_key(url: str) -> tuple[str, str]:
    """The object of S3 that a template's URL means, in any of the forms that CloudFormation takes.

    A host that is not Amazon's is an endpoint of S3: the embedded AWS itself, addressed by path.

    Raises:
        TemplateError: if the URL names no object.
    """
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    host = parts.hostname or ""
    in_host = HOST_OF_BUCKET.fullmatch(host)
    if parts.scheme == "s3":
        bucket, key = parts.netloc, path
    elif in_host and not HOST_OF_S3.fullmatch(host):
        bucket, key = in_host["bucket"], path
    else:
        bucket, _, key = path.partition("/")
    if not bucket or not key:
        raise TemplateError(f"TemplateURL must be a supported URL, not {url}")
    return bucket, key


def read_template(client: Any, url: str) -> str:  # noqa: ANN401 - boto3 clients have no static type
    """Reads a template from S3.

    Args:
        client: of S3.
        url: where it is.

    Raises:
        TemplateError: if it is not there.
    """
    bucket, key = bucket_and_key(url)
    try:
        body: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except client.exceptions.ClientError as fault:
        raise TemplateError(f"S3 error: {fault.response['Error']['Message']} ({bucket}/{key})") from fault
    return body.decode()
