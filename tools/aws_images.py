"""Make the table of AWS's inference images anew: `pip download --no-deps --dest build sagemaker-core`, then
`python tools/aws_images.py build/sagemaker_core-*.whl`. The wheel is read, not installed.

The SageMaker Python SDK (Apache-2.0) describes an image in pieces, and its `image_uris.retrieve` composes the tag.
Here that is done once, for every image that serves inference, so that a stack finds tags written out. Most images
are owned by the same accounts, but some are not in every region: tables of accounts are shared, and each image
names the regions of its table that it is not in.
"""  # noqa: D205 - the two commands belong together

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from string import ascii_lowercase
from typing import Any
from zipfile import ZipFile

import botocore.session

TABLE = Path(__file__).parent.parent / "constructs/cdk_sagemaker_scaling/data/aws_images.json"
USUAL_SUFFIX = "amazonaws.com"
GRAVITON = "inference_graviton"
NEURON = re.compile(r"(?<=-)neuronx?$")

Json = dict[str, Any]


@dataclass(frozen=True)
class Image:
    """One image as the SDK describes it; None where the SDK does not tell."""

    framework: str
    scope: str
    version: str
    processor: str | None
    python_version: str | None
    base_framework_version: str | None
    facts: Json

    @property
    def tag(self) -> str:
        """The tag that the SDK's `image_uris.retrieve` composes for an exact version."""
        prefix = self.facts.get("tag_prefix", self.version)
        if self.base_framework_version:
            prefix = f"{self.base_framework_version.lstrip(ascii_lowercase)}-transformers{self.version}"
        processor = self.processor
        neuron = NEURON.search(self.framework)
        if processor and neuron:
            processor = neuron[0]
        elif not self.facts.get("processor_in_tag", True) or self._is_triton_on_gpu:
            processor = None
        (sdk,) = self.facts.get("sdk_versions", [None])
        container = self.facts.get("container_version", {}).get(self.processor)
        before, after = None, None
        if self.scope == GRAVITON:
            before, after = (None, "sagemaker") if container else ("arm64", None)
        parts = [prefix, before, processor, self.python_version, sdk, container, after]
        return "-".join(part for part in parts if part)

    @property
    def runs_on(self) -> list[str]:
        """Among cpu, gpu, inf (AWS Inferentia, whichever generation) and graviton.

        Where the SDK does not tell, the name or the tag does: Neuron is for Inferentia, CUDA for GPUs. Else the SDK
        gives the one image for every instance type.
        """
        if self.scope == GRAVITON:
            return ["graviton"]
        if NEURON.search(self.framework):
            return ["inf"]
        if self.processor:
            return [self.processor]
        return ["gpu"] if re.search(r"-cu\d+$", self.tag) else ["cpu", "gpu"]

    @property
    def rows(self) -> Iterator[list[str | None]]:
        """How the table holds it; what is None at the end is left out."""
        for processor in self.runs_on:
            row = [self.tag, self.version, processor, self.python_version, self.base_framework_version]
            while row[-1] is None:
                row.pop()
            yield row

    @property
    def _is_triton_on_gpu(self) -> bool:
        return (self.framework, self.processor) == ("sagemaker-tritonserver", "gpu")


def main(wheel: Path) -> None:
    """Write the table, a line an image."""
    text = json.dumps(table(wheel), indent=1)
    text = re.sub(r"\[[^][{}]+\]", lambda row: json.dumps(json.loads(row[0])), text)
    TABLE.write_text(text + "\n", encoding="utf-8")


def table(wheel: Path) -> Json:
    """What a wheel of sagemaker-core tells of images that serve inference, dated by its newest file."""
    package, release, *_ = wheel.name.split("-")
    with ZipFile(wheel) as files:
        written = max(file.date_time for file in files.infolist())
        configs = {
            path.stem: json.loads(files.read(str(path)))
            for path in sorted(map(Path, files.namelist()))
            if path.parent.name == "image_uri_config" and path.suffix == ".json"
        }
    served = {framework: list(images(framework, config)) for framework, config in configs.items()}
    accounts = shared([image.facts["registries"] for of_one in served.values() for image in of_one])
    regions = sorted({region for owners in accounts.values() for region in owners})
    return {
        "recorded": date(*written[:3]).isoformat(),
        "source": f"image_uri_config of {package.replace('_', '-')} {release} (Apache-2.0)",
        "domain_suffixes": {r: suffix for r in regions if (suffix := domain_suffix(r)) != USUAL_SUFFIX},
        "accounts": accounts,
        "frameworks": {framework: grouped(of_one, accounts) for framework, of_one in served.items() if of_one},
    }


def images(framework: str, config: Json) -> Iterator[Image]:
    """Every image of a framework that serves inference; not those for Python 2, nor SageMaker Neo's.

    Neo's jobs name the image that serves what they compiled.
    """
    if "neo" in framework.split("-") or framework.startswith("inferentia-"):
        return
    scopes = dict.fromkeys(config.get("scope", []), config) if "versions" in config else config
    for scope in ("inference", GRAVITON):
        of_scope = scopes.get(scope, {"versions": {}})
        for version, of_version in sorted(of_scope["versions"].items(), key=lambda item: numbers(item[0])):
            for base, python, facts in variants(of_version):
                processors = of_scope.get("processors") or facts.get("processors") or [None]
                pythons = [python] if python else facts.get("py_versions") or [None]
                for processor, python_version in product(sorted(processors, key=str), pythons):
                    if python_version != "py2":
                        yield Image(framework, scope, version, processor, python_version, base, facts)


def variants(of_version: Json) -> Iterator[tuple[str | None, str | None, Json]]:
    """A version's facts, which the SDK holds by base framework or by Python version where they differ."""
    if "repository" in of_version:
        yield None, None, of_version
    for key, facts in of_version.items():
        if isinstance(facts, dict) and "repository" in facts:
            yield (None, key, facts) if re.fullmatch(r"py\d+", key) else (key, None, facts)


def shared(tables: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """A few tables of region -> account that hold all given ones, each named by its account in us-east-1.

    Tables belong together if they share regions and tell the same account in each that they share.
    """
    merged: list[dict[str, str]] = []
    for one in sorted(tables, key=lambda table: (-len(table), sorted(table.items()))):
        for other in merged:
            common = one.keys() & other.keys()
            if common and all(one[region] == other[region] for region in common):
                other.update(one)
                break
        else:
            merged.append(dict(one))
    named = {owners["us-east-1"]: dict(sorted(owners.items())) for owners in merged}
    if len(named) != len(merged):
        raise ValueError("two tables of accounts have the same account in us-east-1: name them otherwise")
    return dict(sorted(named.items()))


def grouped(of_one: list[Image], accounts: dict[str, dict[str, str]]) -> list[Json]:
    """A framework's images by where they are."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[list[str | None]]] = {}
    for image in of_one:
        owners = image.facts["registries"]
        name = owners["us-east-1"]
        not_in = sorted(accounts[name].keys() - owners)
        groups.setdefault((image.facts["repository"], name, tuple(not_in)), []).extend(image.rows)
    return [
        {"repository": repository, "accounts": name, "not_in": list(not_in), "images": rows}
        for (repository, name, not_in), rows in groups.items()
    ]


def domain_suffix(region: str) -> str:
    """What the names of a region's hosts end with, which botocore tells by partition."""
    session = botocore.session.get_session()
    partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
    suffixes = {partition["id"]: partition["outputs"]["dnsSuffix"] for partition in partitions}
    return str(suffixes[session.get_partition_for_region(region)])


def numbers(version: str) -> list[int]:
    """A version as what it is sorted by."""
    return [int(number) for number in re.findall(r"\d+", version)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
