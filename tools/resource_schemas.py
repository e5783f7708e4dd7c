"""Make embedded_aws/schemas.json anew: `python tools/resource_schemas.py`, after a new cfn-lint or a new kind.

cfn-lint (MIT-0) ships the CloudFormation registry's schemas, about 150 MB of them. The embedded AWS needs the names
alone, and those of its own types alone: which properties a type and its nested objects have, which are
required, which cannot be changed in place and which are read only.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cfnlint

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from embedded_aws.kinds import KINDS  # noqa: E402 - the path comes first

TABLE = ROOT / "embedded_aws/schemas.json"
REGISTRY = Path(cfnlint.__file__).parent / "data/schemas"
REGION = "us-east-1"


def main() -> None:
    """Write the table."""
    index = json.loads((REGISTRY / f"providers/{REGION}.json").read_text(encoding="utf-8"))
    types = {}
    for type_ in sorted(KINDS):
        schema = json.loads((REGISTRY / f"resources/{index[type_]}.json").read_text(encoding="utf-8"))
        types[type_] = {
            "createOnly": _top(schema, "createOnlyProperties", "conditionalCreateOnlyProperties"),
            "readOnly": sorted(
                path.split("/")[2] for path in schema.get("readOnlyProperties", []) if path.count("/") == len("//")
            ),
            "shapes": _Shapes(schema).shapes,
        }
    source = f"CloudFormation registry schemas ({REGION}) as shipped in cfn-lint {version('cfn-lint')} (MIT-0)"
    lines = [f" {json.dumps(type_)}: {json.dumps(types[type_], sort_keys=True)}" for type_ in types]
    text = f'{{"source": {json.dumps(source)},\n"types": {{\n' + ",\n".join(lines) + "\n}}\n"
    TABLE.write_text(text, encoding="utf-8")


def _top(schema: dict[str, Any], *keys: str) -> list[str]:
    """Names the properties that paths such as /properties/Code/S3Key begin with."""
    return sorted({path.split("/")[2] for key in keys for path in schema.get(key, [])})


class _Shapes:
    """The closed objects of a schema by name, the resource itself as ""; in each, property -> shape or null."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self.shapes: dict[str, dict[str, Any]] = {}
        self._add("", schema)

    def _add(self, name: str, node: dict[str, Any]) -> None:
        shape: dict[str, Any] = {"has": {}}
        self.shapes[name] = shape
        if node.get("required"):
            shape["required"] = sorted(node["required"])
        for property_, inner in sorted(node["properties"].items()):
            shape["has"][property_] = self._of(f"{name}.{property_}" if name else property_, inner)

    def _of(self, path: str, node: dict[str, Any]) -> str | None:
        """Names the shape of a value, or of the values of a list; None: anything goes."""
        if "$ref" in node:
            path = node["$ref"].removeprefix("#/definitions/")
            node = self._schema["definitions"][path]
            path = f"#{path}"
        if "items" in node:
            return self._of(f"{path}[]", node["items"])
        if "$ref" in node:
            return self._of(path, node)
        if (
            not node.get("properties")
            or node.get("additionalProperties") is not False
            or node.get("type") != "object"
        ):
            return None
        if path not in self.shapes:
            self._add(path, node)
        return path


if __name__ == "__main__":
    main()
