"""CloudWatch's metrics, indexed: in place of moto's list of all points, which every query reads from end to end.

moto's list also ignores a query's namespace, knows no percentiles, answers metric math with nothing and lists a
metric once a point. Not emulated here: retention (points are kept for ever, at the second that they came for),
the age that PutMetricData and ListMetrics allow, and the metrics that moto itself makes up (S3's bucket sizes).
Allowed beyond AWS, for tests: PutMetricData into the AWS/ namespaces.
"""

from embedded_aws.metric_store._calls import install
from embedded_aws.metric_store._store import MetricStore, seed, store_of

__all__ = ["MetricStore", "install", "seed", "store_of"]
