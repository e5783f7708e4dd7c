"""From the serverless benchmarking toolkit's results to a plan: memory, concurrency, what is kept warm, and cost.

A name is imported at its first use, so that the command line can start without pandas.
"""

from typing import TYPE_CHECKING

from sagemaker_capacity._lazy_names import lazily

if TYPE_CHECKING:
    from ._candidates import Candidate
    from ._groups import Group
    from ._invocations import Counting, Invocations, read_concurrency
    from ._planning import ServerlessAnswer, ServerlessRequest, plan_serverless
    from ._renewal import serverless_renewal_of
    from ._results import Results, read_results
    from ._savings import Alternative, InstanceOption, SavingsRow
    from ._summaries import summarise
    from ._toolkit import ToolkitChoice, toolkit_choice

_HOMES = {
    "Alternative": "_savings",
    "Candidate": "_candidates",
    "Counting": "_invocations",
    "Group": "_groups",
    "InstanceOption": "_savings",
    "Invocations": "_invocations",
    "Results": "_results",
    "SavingsRow": "_savings",
    "ServerlessAnswer": "_planning",
    "ServerlessRequest": "_planning",
    "ToolkitChoice": "_toolkit",
    "plan_serverless": "_planning",
    "read_concurrency": "_invocations",
    "read_results": "_results",
    "serverless_renewal_of": "_renewal",
    "summarise": "_summaries",
    "toolkit_choice": "_toolkit",
}

__all__ = [
    "Alternative",
    "Candidate",
    "Counting",
    "Group",
    "InstanceOption",
    "Invocations",
    "Results",
    "SavingsRow",
    "ServerlessAnswer",
    "ServerlessRequest",
    "ToolkitChoice",
    "plan_serverless",
    "read_concurrency",
    "read_results",
    "serverless_renewal_of",
    "summarise",
    "toolkit_choice",
]


__getattr__ = lazily(__name__, _HOMES)
