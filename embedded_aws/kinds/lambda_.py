"""Lambda: functions and who may invoke them."""

import io
import zipfile
from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine
from embedded_aws.kinds.resource import Resource, changed, some
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging("lambda", resource="Resource", listing="list_tags", pair=None)
DEFAULTS: dict[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "ImageConfig": {},
    "KmsKeyArn": "",
    "Layers": [],
    "LoggingConfig": {},
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
NEEDED = ("Handler", "Role", "Runtime")


class Function(Resource):
    """A function from a zip in S3, from inline source or from an image; Ref is its name."""

    type = "AWS::Lambda::Function"
    carried = frozenset(
        {
            "Architectures",
            "Code",
            "FunctionName",
            "PackageType",
            "ReservedConcurrentExecutions",
            "Tags",
            *DEFAULTS,
            *NEEDED,
        }
    )

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the function."""
        function = call(
            context.client("lambda"),
            "create_function",
            FunctionName=properties.get("FunctionName") or context.name(logical_id, limit=64),
            Code=self._code(properties),
            **some(properties, "Architectures", "PackageType"),
            **_api(some(properties, *DEFAULTS, *NEEDED)),
        )
        return Physical(function["FunctionName"], {"Arn": function["FunctionArn"]})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Changes code and configuration."""
        functions, named = context.client("lambda"), {"FunctionName": physical.id}
        if changed(old, new, "Code", "Architectures"):
            architectures = new.get("Architectures", ["x86_64"])
            call(functions, "update_function_code", **named, **self._code(new), Architectures=architectures)
        fresh = {
            name: new.get(name, DEFAULTS.get(name)) for name in (*DEFAULTS, *NEEDED) if changed(old, new, name)
        }
        if fresh:
            call(functions, "update_function_configuration", **named, **_api(fresh))

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets reserved concurrency and tags."""
        functions, named = context.client("lambda"), {"FunctionName": physical.id}
        reserved = "ReservedConcurrentExecutions"
        if reserved in new and changed(old, new, reserved):
            call(functions, "put_function_concurrency", **named, **some(new, reserved))
        elif reserved in old and reserved not in new:
            call(functions, "delete_function_concurrency", **named)
        TAGS.apply(context, physical.attributes["Arn"], new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the function is what was asked for."""
        functions = context.client("lambda")
        read = call(functions, "get_function_configuration", FunctionName=physical.id)
        # A layer comes back with its size, an image's configuration inside an answer.
        read["Layers"] = [layer["Arn"] for layer in read.get("Layers", [])]
        read["ImageConfig"] = read.get("ImageConfigResponse", {}).get("ImageConfig", {})
        if not read["CodeSize"]:
            raise ValueError(f"{self.type}: there is no code at {properties['Code']}")
        shape = functions.meta.service_model.operation_model("CreateFunction").input_shape
        self.refuse_what_was_lost(shape, _api(some(properties, "Architectures", *DEFAULTS, *NEEDED)), read)
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the function."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("lambda"), "delete_function", FunctionName=physical.id)

    def _code(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Returns the code as the API takes it: CloudFormation's ZipFile is source text, the API's is a zip."""
        code = dict(properties["Code"])
        if "ZipFile" in code:
            file = "index.py" if str(properties.get("Runtime", "")).startswith("python") else "index.js"
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                archive.writestr(file, code["ZipFile"])
            code["ZipFile"] = packed.getvalue()
        return code


class Permission(Resource):
    """A statement of a function's policy; Ref is its id."""

    type = "AWS::Lambda::Permission"
    carried = frozenset(
        {
            "Action",
            "FunctionName",
            "FunctionUrlAuthType",
            "Principal",
            "PrincipalOrgID",
            "SourceAccount",
            "SourceArn",
        }
    )

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Adds the statement."""
        name = context.name(logical_id, limit=100)
        call(context.client("lambda"), "add_permission", StatementId=name, **properties)
        return Physical(name, {"Id": name})

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Removes the statement."""
        del logical_id
        functions, function = context.client("lambda"), properties["FunctionName"]
        with gone_is_fine():
            call(functions, "remove_permission", FunctionName=function, StatementId=physical.id)


def _api(properties: dict[str, Any]) -> dict[str, Any]:
    """Returns properties in the API's names: it writes KMSKeyArn."""
    return {"KMSKeyArn" if name == "KmsKeyArn" else name: value for name, value in properties.items()}
