"""AssociateKmsKey and DisassociateKmsKey, which moto's CloudWatch Logs lacks: a group's key changes in place."""

from __future__ import annotations

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse


def install() -> None:
    """Give moto's Logs the operations; it finds an operation by its name among the methods."""
    for operation in (associate_kms_key, disassociate_kms_key):
        setattr(LogsResponse, operation.__name__, operation)


def associate_kms_key(self: LogsResponse) -> str:
    """AssociateKmsKey, with a log group."""
    _group(self).kms_key_id = self._get_param("kmsKeyId")
    return ""


def disassociate_kms_key(self: LogsResponse) -> str:
    """DisassociateKmsKey, from a log group."""
    _group(self).kms_key_id = None
    return ""


def _group(self: LogsResponse) -> LogGroup:
    found = self.logs_backend.groups.get(self._get_param("logGroupName"))
    if found is None:
        raise ResourceNotFoundException
    return found
