"""Whole stacks on a running embedded AWS, by its CloudFormation and boto3 alone."""

from __future__ import annotations

import json
import time
from typing import Any

from botocore.exceptions import ClientError

from embedded_aws import EmbeddedAws

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give


def resource(type_: str, /, after: str | None = None, **properties: Api) -> dict[str, Any]:
    """A resource of a template."""
    return {"Type": type_, "Properties": properties} | ({"DependsOn": after} if after else {})


def attribute(logical_id: str, name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, name]}


class StackBench:
    """One stack, deployed again and again."""

    def __init__(self, aws: EmbeddedAws, name: str = "stack") -> None:
        self.cloudformation: Api = aws.client("cloudformation")
        self.name = name

    def deploy(self, resources: dict[str, Any], **sections: Api) -> str:
        """Makes the stack, or updates it; returns its status."""
        body = json.dumps({"Resources": resources, **sections})
        calls = self.cloudformation
        try:
            calls.describe_stacks(StackName=self.name)
        except ClientError:
            calls.create_stack(StackName=self.name, TemplateBody=body)
        else:
            calls.update_stack(StackName=self.name, TemplateBody=body)
        return self.status

    @property
    def status(self) -> str:
        """Where the stack stands when its operation has ended."""
        while True:
            (stack,) = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return str(stack["StackStatus"])
            time.sleep(0.05)

    @property
    def physical_ids(self) -> dict[str, str]:
        found = self.cloudformation.describe_stack_resources(StackName=self.name)["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    @property
    def outputs(self) -> dict[str, str]:
        (stack,) = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    @property
    def reasons(self) -> str:
        """Why steps failed."""
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return "\n".join(each["ResourceStatusReason"] for each in events if "ResourceStatusReason" in each)

    def delete(self) -> None:
        """Deletes the stack, and sees that it is gone."""
        self.cloudformation.delete_stack(StackName=self.name)
        self.cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=self.name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 50}
        )
