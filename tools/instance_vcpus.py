"""Make the table of vCPUs anew: `pip install moto`, then `python tools/instance_vcpus.py RELEASE_DATE`.

SageMaker's instance type ml.X has the vCPUs of EC2's X. botocore names SageMaker's types, and moto carries
EC2's answer to DescribeInstanceTypes. A type that EC2 no longer lists is left out: its user gives `--vcpus`.
"""

import gzip
import json
import sys
from importlib.metadata import distribution
from pathlib import Path

import botocore.session

TABLE = Path(__file__).parent.parent / "analysis/sagemaker_capacity/data/instance_vcpus.json"


def main(released: str) -> None:
    """Write the table, dated by moto's release."""
    moto = distribution("moto")
    packed = Path(str(moto.locate_file("moto/ec2/resources/instance_types.json.gz"))).read_bytes()
    ec2 = json.loads(gzip.decompress(packed))
    sagemaker = botocore.session.get_session().get_service_model("sagemaker")
    types = sorted(sagemaker.shape_for("ProductionVariantInstanceType").enum)
    table = {
        "recorded": released,
        "source": f"EC2 DescribeInstanceTypes as recorded in moto {moto.version} (Apache-2.0)",
        "vcpus": {t: ec2[t[3:]]["VCpuInfo"]["DefaultVCpus"] for t in types if t[3:] in ec2},
    }
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
