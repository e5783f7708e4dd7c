"""A function's configuration kept whole: moto forgets where failures and logs go, and much of an update."""

from typing import Any, TypeAlias

from moto.awslambda.models import LambdaFunction

_Function: TypeAlias = Any
"""A LambdaFunction with one attribute more, `kept`."""

FORGOTTEN = ("DeadLetterConfig", "LoggingConfig")
"""What moto answers 200 to, at creation and at update, and does not describe afterwards."""


_moto_init = LambdaFunction.__init__
_moto_get_configuration = LambdaFunction.get_configuration
_moto_update_configuration = LambdaFunction.update_configuration
_moto_update_function_code = LambdaFunction.update_function_code


def _init(self: _Function, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
    _moto_init(self, account_id, spec, region, version)
    self.kept = {}
    _keep(self, spec)


def _get_configuration(self: _Function, on_create: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
    configuration: dict[str, Any] = _moto_get_configuration(self, on_create)
    return {**configuration, **self.kept}


def _update_configuration(self: _Function, config_updates: dict[str, Any]) -> dict[str, Any]:
    _keep(self, config_updates)
    if "TracingConfig" in config_updates:
        self.tracing_config = config_updates["TracingConfig"]
    if "EphemeralStorage" in config_updates:
        self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
    if "KMSKeyArn" in config_updates:
        self.kms_key_arn = config_updates["KMSKeyArn"]
    _moto_update_configuration(self, config_updates)
    return _get_configuration(self)


def _update_function_code(self: _Function, updated_spec: dict[str, Any]) -> dict[str, Any]:
    if "Architectures" in updated_spec:
        self.architectures = updated_spec["Architectures"]
    return _moto_update_function_code(self, updated_spec)


def _keep(function: _Function, given: dict[str, Any]) -> None:
    """Remembers what moto forgets; an empty target or log group takes it back to the default."""
    for name in (name for name in FORGOTTEN if name in given):
        value = {key: text for key, text in given[name].items() if text}
        function.kept = {**function.kept, name: value} if value else _without(function.kept, name)
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
    logging |= function.kept.get("LoggingConfig", {})
    function.kept = {**function.kept, "LoggingConfig": logging}
    # Where moto writes what the function prints.
    function.logs_group_name = logging["LogGroup"]


def _without(kept: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in kept.items() if key != name}


REPLACED = {
    "__init__": _init,
    "get_configuration": _get_configuration,
    "update_configuration": _update_configuration,
    "update_function_code": _update_function_code,
}


def install() -> None:
    """Makes moto's functions keep their whole configuration; twice is once."""
    for name, method in REPLACED.items():
        setattr(LambdaFunction, name, method)
