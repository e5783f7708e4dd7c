from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_scaling._checks import of_part, refuse

from ._actions import IdleActions
from ._permissions import acknowledge, reasons, to_act, to_look
from ._wanted import TAG_KEY

ROLE_NAME = "IdleEndpointAccess"


class IdleEndpointAccess(Construct):
    """The role by which a detector in another account looks at this one; one in each account, for all its regions.

    Attributes:
        role: the role, which the detector's function alone may assume.
    """

    role: iam.Role

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        detector_role_arn: str,
        role_name: str = ROLE_NAME,
        actions: IdleActions | None = None,
        tag_key: str = TAG_KEY,
    ) -> None:
        """Define the role.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            detector_role_arn: the role of the detector's function.
            role_name: what the detector assumes; the same in each account.
            actions: what the detector may do here; by default nothing. It does what both sides permit.
            tag_key: of the tag by which an endpoint's owner permits that.

        Raises:
            ValueError: actions that permit nothing, or a grace of less than a day.
        """
        super().__init__(scope, id)
        refuse(of_part("actions", actions.faults() if actions else []), self.node.path)
        statements = [*to_look(region="*", all_regions=True), *to_act(actions, tag_key=tag_key, region="*")]
        self.role = iam.Role(
            self,
            "Resource",
            role_name=role_name,
            assumed_by=iam.ArnPrincipal(detector_role_arn),
            inline_policies={"FindIdleEndpoints": iam.PolicyDocument(statements=statements)},
        )
        acknowledge(self.role, reasons(actions, region="*"))
