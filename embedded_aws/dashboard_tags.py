"""Tags of dashboards: moto's CloudWatch tags alarms and insight rules alone."""

from __future__ import annotations

from moto.cloudwatch.models import CloudWatchBackend

_moto_tag = CloudWatchBackend.tag_resource
_moto_delete = CloudWatchBackend.delete_dashboards


def install() -> None:
    """Put these functions in place of moto's."""
    setattr(CloudWatchBackend, "tag_resource", _tag)  # noqa: B010 - mypy refuses the assignment
    setattr(CloudWatchBackend, "delete_dashboards", _delete)  # noqa: B010


def _tag(self: CloudWatchBackend, arn: str, tags: dict[str, str]) -> None:
    _, _, name = arn.partition(":dashboard/")
    if name in self.dashboards:
        self.tagger.tag_resource(arn, self.tagger.convert_dict_to_tags_input(tags))
    else:
        _moto_tag(self, arn, tags)


def _delete(self: CloudWatchBackend, dashboards: list[str]) -> str | None:
    """Forget the tags of what is deleted, so that a dashboard of the same name begins without."""
    arns = [self.dashboards[name].arn for name in dashboards if name in self.dashboards]
    refusal = _moto_delete(self, dashboards)
    for arn in arns if refusal is None else []:
        self.tagger.delete_all_tags_for_resource(arn)
    return refusal
