"""The filters of the list of apps, as parameters of an address and as members of a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic import ValidationError as SchemaError

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.limits import Limit
from apps_admin.models.app_index import AppState
from apps_admin.services.search import SORT_COLUMNS, AppQuery

MOST_PER_PAGE: Final = 500
_SORTS = tuple(name for column in SORT_COLUMNS for name in (column, f"-{column}"))
_STATES = tuple(AppState.values)


class _Listed(BaseModel):
    """The list's filters; those of the limits are added below."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=200, description="In ids, keys, labels, webhook hosts.")
    state: Literal["", *_STATES] = ""  # type: ignore[valid-type]
    finding: str = Field(default="", max_length=80, description='A finding\'s code, or "any".')
    duplicates: Literal["", "yes"] = ""
    client_messages: Literal["", "yes", "no"] = ""
    user_authentication: Literal["", "yes", "no"] = ""
    webhook_event: str = Field(default="", max_length=80)
    sort: Literal[_SORTS] = "id"  # type: ignore[valid-type]
    cursor: str = Field(default="", max_length=4000)
    page_size: int = Field(default=50, ge=1, le=MOST_PER_PAGE)


_BOUND = r"^(-?[0-9]{1,15}(\.[0-9]{1,6})?|unlimited)?$"
_BOUNDS: dict[str, Any] = {
    f"{limit.value}_{end}": (str, Field(default="", pattern=_BOUND))
    for limit in Limit
    for end in ("min", "max")
}
Listed = create_model("Listed", __base__=_Listed, **_BOUNDS)


def query_of(asked: Mapping[str, str]) -> AppQuery:
    """The list's filters in a body, refused like the list refuses them: nothing misspelled may mean every app.

    Raises ValidationError.
    """
    try:
        known = Listed.model_validate(asked)
    except SchemaError as error:
        raise ValidationError(
            {f"query.{each['loc'][0]}": [each["msg"]] for each in error.errors()}
        ) from error
    parameters = known.model_dump()
    parameters.pop("page_size")
    return AppQuery.from_parameters({**parameters, "cursor": ""})
