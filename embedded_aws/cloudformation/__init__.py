"""Our own small CloudFormation, over the public APIs of the services.

The engine knows no service and no type of resource: a type is a `kind.Kind`, handed in.
"""

from collections.abc import Mapping

from embedded_aws.cloudformation.kind import Clients, Kind
from embedded_aws.wire import Service

__all__ = ["service"]


def service(clients: Clients, kinds: Mapping[str, Kind] | None = None) -> Service:
    """CloudFormation as a service for the wire.

    Args:
        clients: how the kinds reach other services, and how templates and parameters are read.
        kinds: by type, how resources are made; by default all of `embedded_aws.kinds`.
    """
    # Imported here because kinds import `cloudformation.kind`, and so this package, themselves.
    from embedded_aws.cloudformation.api import CloudFormation  # noqa: PLC0415
    from embedded_aws.cloudformation.resource_types import ResourceTypes  # noqa: PLC0415
    from embedded_aws.cloudformation.schema import faults_of, schema_of  # noqa: PLC0415

    if kinds is None:
        from embedded_aws.kinds import KINDS  # noqa: PLC0415

        kinds = KINDS
    return CloudFormation(clients, ResourceTypes(kinds, schema_of, faults_of)).service()
