"""An AWS on this machine, for the real CDK CLI and boto3: no account, no Docker, no internet."""

from embedded_aws.environment import hidden_profiles
from embedded_aws.moto_version import refuse_another_moto

refuse_another_moto()
with hidden_profiles():
    from embedded_aws.server import EmbeddedAws

__all__ = ["EmbeddedAws"]
