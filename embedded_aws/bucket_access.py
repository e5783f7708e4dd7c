"""S3 lets everybody do everything here, as all services do, and logs none of it.

moto would enforce bucket policies, and half of each: it ignores their conditions, so that "deny unless TLS" denies
everything, the CLI's uploads first. It wants the policy of a bucket of logs before there is the bucket that is
logged, whose ARN that policy names. And it logs at once, so that the bucket of logs can no longer be deleted; AWS
takes hours.
"""

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, S3Backend


def install() -> None:
    """Put these functions in place of moto's."""
    setattr(FakeBucket, "get_permission", _get_permission)  # noqa: B010 - mypy refuses the assignment
    setattr(FakeBucket, "_log_permissions_enabled_policy", staticmethod(_may_log))  # noqa: B010
    setattr(S3Backend, "log_incoming_request", _log_nothing)  # noqa: B010


def _get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """What a bucket without a policy answers."""
    del self, action, resource
    return PermissionResult.NEUTRAL


def _may_log(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
    del target_bucket, target_prefix
    return True


def _log_nothing(self: S3Backend, request: object, bucket_name: str) -> None:
    del self, request, bucket_name
