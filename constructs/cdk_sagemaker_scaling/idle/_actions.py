from __future__ import annotations

from dataclasses import dataclass

from cdk_sagemaker_scaling._checks import at_least, in_words, ordered

MOST_GRACE_DAYS = 180  # CloudWatch is asked for 200 days: what happened since the notice is always known.


@dataclass(frozen=True, kw_only=True)
class IdleActions:
    """What may be done to idle endpoints whose own tag asks for it too: nothing unless said, and then as a dry run.

    An endpoint is acted on if this permits what its tag asks for (``idle-endpoints=scale-in`` or ``=delete``), no
    stack owns it, its owner was told in a notice, and it has stayed idle for the grace period since.

    Attributes:
        scale_in: whether endpoints may be scaled in to the minimum of their scaling, or to one instance a variant.
        delete: whether endpoints may be deleted, after what brings them back is saved.
        dry_run: whether what would be done is told only; the function then has no permission to do it.
        grace_days: how many days after the notice, 1 to 180.
    """

    scale_in: bool = False
    delete: bool = False
    dry_run: bool = True
    grace_days: int = 7

    def faults(self) -> list[str]:
        """What is wrong with it."""
        faults = at_least("grace_days", self.grace_days, 1)
        faults += ordered("grace_days", self.grace_days, "the longest grace period", MOST_GRACE_DAYS)
        if not self.permitted:
            faults.append("IdleActions permits nothing: set scale_in or delete, or give no actions")
        return faults

    @property
    def permitted(self) -> list[str]:
        """The actions, as the endpoint's tag names them."""
        return [
            name for name, is_permitted in (("scale-in", self.scale_in), ("delete", self.delete)) if is_permitted
        ]

    @property
    def taken(self) -> list[str]:
        """Those that are really taken."""
        return [] if self.dry_run else self.permitted

    @property
    def environment(self) -> dict[str, str]:
        """How the function is told."""
        return {
            "ACTIONS": ",".join(self.permitted),
            "DRY_RUN": "true" if self.dry_run else "false",
            "GRACE_DAYS": in_words(self.grace_days),
        }
