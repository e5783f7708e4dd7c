"""The operations of the CloudFormation API on templates."""

import json
from collections.abc import Callable, Mapping

from embedded_aws.cloudformation.call import Call
from embedded_aws.cloudformation.functions import TemplateError
from embedded_aws.cloudformation.parameters import MASK
from embedded_aws.cloudformation.shapes import Shape
from embedded_aws.cloudformation.template import Template


def _get_template(call: Call) -> Shape:
    if "ChangeSetName" in call.given:
        _, change_set = call.engine.change_set(call.given["ChangeSetName"], call.given.get("StackName"))
        body = change_set.target.template.body
    else:
        target = call.stack_or("Stack with id {} does not exist").target
        body = target.template.body if target else "{}"
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


def _get_template_summary(call: Call) -> Shape:
    if "StackName" in call.given:
        target = call.stack.target
        if target is None:
            raise TemplateError(f"Stack [{call.given['StackName']}] has no template yet")
        template = target.template
    else:
        template = call.template()
    return {
        "Parameters": _declared_parameters(template),
        "Description": template.description,
        "ResourceTypes": sorted({declaration.type for declaration in template.resources.values()}),
        "Version": template.document.get("AWSTemplateFormatVersion"),
        "Metadata": json.dumps(template.section("Metadata")),
        "DeclaredTransforms": [],
    }


def _validate_template(call: Call) -> Shape:
    template = call.template()
    call.engine.types.check(template.resources.values())
    parameters = [
        {key: value for key, value in item.items() if key != "ParameterType"}
        for item in _declared_parameters(template)
    ]
    return {"Parameters": parameters, "Description": template.description, "DeclaredTransforms": []}


def _declared_parameters(template: Template) -> list[Shape]:
    return [
        {
            "ParameterKey": name,
            "DefaultValue": (MASK if item.get("NoEcho") else str(item["Default"])) if "Default" in item else None,
            "ParameterType": item.get("Type", "String"),
            "NoEcho": str(item.get("NoEcho", False)).lower() == "true",
            "Description": item.get("Description"),
        }
        for name, item in template.section("Parameters").items()
    ]


OPERATIONS: Mapping[str, Callable[[Call], Shape]] = {
    "GetTemplate": _get_template,
    "GetTemplateSummary": _get_template_summary,
    "ValidateTemplate": _validate_template,
}
