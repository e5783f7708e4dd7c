"""In each account that idle_accounts looks at: the role that its detector assumes, which may read and no more."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import IdleEndpointAccess

app = App()
stack = Stack(app, "IdleAccountAccess")

IdleEndpointAccess(
    stack,
    "Access",
    # The output DetectorRoleArn of idle_accounts.
    detector_role_arn="arn:aws:iam::123456789012:role/IdleAccounts-IdleEndpointsRole",
)
app.synth()
