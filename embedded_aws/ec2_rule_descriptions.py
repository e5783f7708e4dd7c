"""Descriptions of security group rules: moto tells those of address ranges alone, and changes none by an id."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidSecurityGroupNotFoundError
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses import EC2Response

_moto_init = SecurityGroupRule.__init__


def install() -> None:
    """Put these in place of moto's."""
    setattr(SecurityGroupRule, "__init__", _init)  # noqa: B010 - mypy refuses the assignment
    setattr(SecurityGroupRule, "description", property(_description))  # noqa: B010
    for way in ("ingress", "egress"):
        setattr(EC2Response, f"update_security_group_rule_descriptions_{way}", _update_descriptions)


def _init(self: SecurityGroupRule, *args: Any, **named: Any) -> None:  # noqa: ANN401 - moto's parameters
    """Keep the other side of the rule, which has the description."""
    _moto_init(self, *args, **named)
    others = [each for each in (*args, *named.values()) if isinstance(each, dict)]
    vars(self)["peer"] = next((each for each in others if each and each is not named.get("tags")), {})


def _description(self: SecurityGroupRule) -> str | None:
    found: str | None = vars(self)["peer"].get("Description")
    return found


def _update_descriptions(self: EC2Response) -> ActionResult:
    """UpdateSecurityGroupRuleDescriptionsIngress and …Egress, by the ids of rules."""
    group_id = self._get_param("GroupId")
    group = self.ec2_backend.get_security_group_from_id(group_id)
    if group is None:
        raise InvalidSecurityGroupNotFoundError(group_id)
    rules = {rule.id: rule for rule in (*group.ingress_rules, *group.egress_rules)}
    for each in self._get_param("SecurityGroupRuleDescriptions", []):
        vars(rules[each["SecurityGroupRuleId"]])["peer"]["Description"] = each.get("Description", "")
    return ActionResult({"Return": True})
