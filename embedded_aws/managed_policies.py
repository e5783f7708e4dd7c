"""AWS's managed policies, in the ordinary partition alone: the only one whose regions there are here.

moto looks for an access key in all partitions, and reads 1,500 policies for each: most of a second at every start.
"""

from moto.iam.models import IAMBackend, ManagedPolicy

_moto_policies = IAMBackend._init_aws_policies  # noqa: SLF001 - what is replaced


def install() -> None:
    """Put this function in place of moto's."""
    setattr(IAMBackend, "_init_aws_policies", _policies)  # noqa: B010 - mypy refuses the assignment


def _policies(self: IAMBackend) -> list[ManagedPolicy]:
    return _moto_policies(self) if self.region_name == "aws" else []
