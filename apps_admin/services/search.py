"""The lists: apps found, filtered, sorted and counted in the app index. Never a call to DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias
from urllib.parse import urlencode

from django.core import signing
from django.db import connection as sql
from django.db.models import CharField, F, Func, Q, QuerySet

from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.limits import Limit
from apps_admin.models.app_index import AppState, IndexedApp
from apps_admin.models.substring_index import find_some
from apps_admin.services.app_index import Freshness, indexed_apps, refresh_if_stale
from apps_admin.services.index_rows import fold

PAGE_SIZE = 50
# Beyond this a count costs more than it tells: "1,000+". So many matches of a substring are looked at one by one;
# more are found sooner by walking the order.
COUNT_LIMIT = 1000
SHORTEST_INDEXED = 3
# Where no index helps, so many rows are looked at in the order of the list before all of them are as they are stored.
NEAR = 2000
# The one finding that is about several apps: the index itself knows it.
DUPLICATE = "key-duplicate"
_CURSOR_SALT = "apps-list"
_LONGEST_TEXT = 200

SORT_COLUMNS: Mapping[str, str] = {
    "id": "app_id",
    "key": "app_key",
    "label": "label",
    "state": "state",
    "findings": "severity",
    "client_messages": "client_messages",
    "user_authentication": "user_authentication",
    "webhooks": "webhook_count",
    **{limit.value: limit.value for limit in Limit},
}


# The columns whose order an index has.
INDEXED_COLUMNS = frozenset(
    {"app_id", "app_key", "state", "severity", "max_connections", "webhook_count"}
)
Rows: TypeAlias = QuerySet[IndexedApp]
# Columns, and whether each descends.
Order: TypeAlias = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, kw_only=True)
class LimitRange:
    """Apps whose effective limit is within these bounds, both included; None is open."""

    limit: Limit
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, kw_only=True)
class AppQuery:
    """What a list shows. Lives in the address: `from_parameters` and `to_parameters` are each other's inverse.

    `finding` is a finding's code, or "any". `sort` is a name of `SORT_COLUMNS`, with "-" before it descending.
    """

    text: str = ""
    state: AppState | None = None
    finding: str = ""
    shares_key: bool = False
    client_messages: bool | None = None
    user_authentication: bool | None = None
    webhook_event: str = ""
    limits: tuple[LimitRange, ...] = ()
    sort: str = "id"
    cursor: str = ""

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> AppQuery:
        """The query of an address. What it does not understand counts as not given."""
        return cls(
            text=parameters.get("q", "").strip()[:_LONGEST_TEXT],
            state=_one_of(AppState, parameters.get("state", "")),
            finding=parameters.get("finding", "")[:80],
            shares_key=parameters.get("duplicates", "") == "yes",
            client_messages=_YES_OR_NO.get(parameters.get("client_messages", "")),
            user_authentication=_YES_OR_NO.get(parameters.get("user_authentication", "")),
            webhook_event=parameters.get("webhook_event", "")[:80],
            limits=_ranges(parameters),
            sort=_known_sort(parameters.get("sort", "")),
            cursor=parameters.get("cursor", "")[:4000],
        )

    def to_parameters(self) -> dict[str, str]:
        """The parameters of the address of this list, without those at their default."""
        given = {
            "q": self.text,
            "state": self.state.value if self.state else "",
            "finding": self.finding,
            "duplicates": "yes" if self.shares_key else "",
            "client_messages": _yes_or_no(self.client_messages),
            "user_authentication": _yes_or_no(self.user_authentication),
            "webhook_event": self.webhook_event,
            "sort": "" if self.sort == "id" else self.sort,
            "cursor": self.cursor,
        }
        for each in self.limits:
            given[f"{each.limit.value}_min"] = _plain(each.at_least)
            given[f"{each.limit.value}_max"] = _plain(each.at_most)
        return {name: value for name, value in given.items() if value}

    def to_address(self, **changes: Any) -> str:
        """The query string of this list with changes; a changed list begins at its first page."""
        if changes and "cursor" not in changes:
            changes["cursor"] = ""
        return f"?{urlencode(replace(self, **changes).to_parameters())}"

    @property
    def is_filtered(self) -> bool:
        """Whether it leaves apps out."""
        return bool(replace(self, sort="id", cursor="").to_parameters())

    @property
    def is_text_alone(self) -> bool:
        """Whether it leaves apps out by its text and nothing else."""
        return bool(self.text) and not replace(self, text="").is_filtered

    @property
    def sort_name(self) -> str:
        """The name of the column it is sorted by."""
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether the largest come first."""
        return self.sort.startswith("-")


@dataclass(frozen=True, kw_only=True)
class AppCount:
    """How many apps a list has: exactly, or at least."""

    number: int
    is_exact: bool = True

    def __str__(self) -> str:
        return f"{self.number:,}" if self.is_exact else f"{self.number:,}+"


@dataclass(frozen=True, kw_only=True)
class AppList:
    """One page of a list. A cursor is empty where there is no page that way."""

    query: AppQuery
    apps: Sequence[IndexedApp]
    count: AppCount
    total: AppCount
    next_cursor: str
    previous_cursor: str
    freshness: Freshness = field(repr=False)


def list_apps(connection: Connection, query: AppQuery, *, page_size: int = PAGE_SIZE) -> AppList:
    """One page of the apps this query finds, from the index alone. Raises ValidationError for a foreign cursor."""
    freshness = refresh_if_stale(connection)
    few, are_many = _few(connection, query)
    rows = indexed_apps(connection)
    found = _found(rows, query, few)
    walks = _Walks(rows, connection, query, few) if _needs_scan(query, few) else None
    page, has_before, has_after = _page(found, query, page_size, walks)
    total = _total(rows, freshness)
    count = total
    if not has_before and not has_after:
        # The page is the whole list: looking for more would take as long again.
        count = AppCount(number=len(page))
    elif are_many and query.is_text_alone:
        count = AppCount(number=COUNT_LIMIT, is_exact=False)
    elif query.is_filtered:
        count = _count(walks.found_as_stored if walks else found)
    return AppList(
        query=query,
        apps=page,
        count=count,
        total=total,
        next_cursor=_cursor(query, page[-1], "after") if page and has_after else "",
        previous_cursor=_cursor(query, page[0], "before") if page and has_before else "",
        freshness=freshness,
    )


def find_apps(connection: Connection, query: AppQuery) -> QuerySet[IndexedApp]:
    """Every row this query finds, in no order; for bulk work and exports too."""
    few, _are_many = _few(connection, query)
    return _found(indexed_apps(connection), query, few)


def _found(
    rows: QuerySet[IndexedApp], query: AppQuery, few: list[int] | None
) -> QuerySet[IndexedApp]:
    if few is not None:
        rows = rows.filter(pk__in=few)
    elif query.text:
        rows = rows.filter(search_text__contains=fold(query.text))
    return rows.filter(*_conditions(query))


def _few(connection: Connection, query: AppQuery) -> tuple[list[int] | None, bool]:
    """The keys of the rows with the text, by the trigram index, and whether it knows that they are many.

    None where they are many, or it cannot tell.
    """
    text = fold(query.text)
    if len(text) < SHORTEST_INDEXED:
        return None, False
    here = ("connection", connection.slug)
    some = find_some(IndexedApp, "search_text", text, where=here, limit=COUNT_LIMIT + 1)
    if some is None or len(some) <= COUNT_LIMIT:
        return some, False
    return None, True


def _needs_scan(query: AppQuery, few: list[int] | None) -> bool:
    """Whether SQLite would read row by row in the order of an index, which is anywhere on the disk."""
    if sql.vendor != "sqlite" or few is not None:
        return False
    if query.is_text_alone and query.sort_name == "id":
        # The text itself lies in this order (`indexed_app_text`).
        return False
    columns = [SORT_COLUMNS[query.sort_name], *(each.limit.value for each in query.limits)]
    return bool(query.text or query.webhook_event) or not INDEXED_COLUMNS.issuperset(columns)


class _Walks:
    """Two ways to the first rows of a page, where no index leads to them: look near, then at all rows as stored."""

    def __init__(
        self, rows: Rows, connection: Connection, query: AppQuery, few: list[int] | None
    ) -> None:
        self.rows = rows
        # "+" keeps SQLite from going through an index.
        stored = IndexedApp.objects.alias(
            stored=Func(F("connection"), template="+%(expressions)s", output_field=CharField())
        ).filter(stored=connection.slug)
        # Every row of the list, found in the order in which the rows lie on the disk.
        self.found_as_stored = _found(
            self.rows if self.rows.query.is_empty() else stored, query, few
        )

    def find(self, order: Sequence[str], number: int, beyond: Callable[[Rows], Rows]) -> list[int]:
        """The keys of the first rows in this order, of those beyond a place."""
        found = beyond(self.found_as_stored)
        ordered = found.order_by(*order).values_list("pk", flat=True)
        if order[0].removeprefix("-") in INDEXED_COLUMNS:
            near = beyond(self.rows).order_by(*order).values("pk")[:NEAR]
            # Of the rows as stored, so that SQLite takes these by their keys and does not walk all for them again.
            keys = self.found_as_stored.filter(pk__in=near)
            first = list(keys.order_by(*order).values_list("pk", flat=True)[:number])
            if len(first) == number:
                return first
        return list(ordered[:number])


def _conditions(query: AppQuery) -> Iterator[Q]:
    if query.finding == "any":
        yield Q(severity__gt=0)
    elif query.finding == DUPLICATE:
        yield Q(shares_key=True)
    elif query.finding:
        # The severity lets the database look at the apps with findings alone.
        yield Q(severity__gt=0, findings__contains=f" {query.finding} ")
    if query.webhook_event:
        yield Q(webhook_count__gt=0, webhook_events__contains=f" {query.webhook_event} ")
    exact = {
        "state": query.state,
        "shares_key": query.shares_key or None,
        "client_messages": query.client_messages,
        "user_authentication": query.user_authentication,
    }
    yield Q(**{name: value for name, value in exact.items() if value is not None})
    for each in query.limits:
        if each.at_least is not None:
            yield Q(**{f"{each.limit.value}__gte": each.at_least})
        if each.at_most is not None:
            yield Q(**{f"{each.limit.value}__lte": each.at_most})


def _order_of(query: AppQuery) -> Order:
    """The columns a list is ordered by, and whether each descends; the id decides between equals.

    An index is walked in one direction. Where there is none, equals ascend: SQLite meets them in that order, and keeps
    the first it met in half the time that it takes to replace them again and again.
    """
    column = SORT_COLUMNS[query.sort_name]
    if column == "app_id":
        return ((column, query.is_descending),)
    return (
        (column, query.is_descending),
        ("app_id", query.is_descending and column in INDEXED_COLUMNS),
    )


def _reversed(order: Order) -> Order:
    return tuple((column, not descends) for column, descends in order)


def _page(
    found: Rows, query: AppQuery, size: int, walks: _Walks | None
) -> tuple[list[IndexedApp], bool, bool]:
    """The rows of the page, and whether there are pages before and after it."""
    order = _order_of(query)
    if not query.cursor:
        rows = _first(found, order, size + 1, lambda each: each, walks)
        return rows[:size], False, len(rows) > size
    place, way = _read_cursor(query)
    walked = order if way == "after" else _reversed(order)
    rows = _first(found, walked, size + 1, lambda each: _beyond(each, walked, place), walks)
    has_more = len(rows) > size
    rows = rows[:size]
    if way == "after":
        return rows, True, has_more
    return rows[::-1], has_more, True


def _first(
    found: Rows,
    order: Order,
    number: int,
    beyond: Callable[[Rows], Rows],
    walks: _Walks | None,
) -> list[IndexedApp]:
    """The first rows in this order. Sorted are their keys alone: whole rows take the database four times as long."""
    names = [f"-{column}" if descends else column for column, descends in order]
    if walks is not None:
        keys = walks.find(names, number, beyond)
    else:
        keys = list(beyond(found).order_by(*names).values_list("pk", flat=True)[:number])
    rows = IndexedApp.objects.in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def _beyond(rows: Rows, order: Order, place: list[Any]) -> Rows:
    """The rows that come after this place in this order."""
    last, descends = order[-1]
    after = Q(**{f"{last}__{'lt' if descends else 'gt'}": place[-1]})
    if len(order) == 1:
        return rows.filter(after)
    first, descends = order[0]
    return rows.filter(
        Q(**{f"{first}__{'lt' if descends else 'gt'}": place[0]}) | Q(**{first: place[0]}) & after
    )


def page_after(query: AppQuery, row: IndexedApp) -> str:
    """The cursor of the page that begins after this row."""
    return _cursor(query, row, "after")


def _cursor(query: AppQuery, row: IndexedApp, way: str) -> str:
    value = getattr(row, SORT_COLUMNS[query.sort_name])
    place = [str(value) if isinstance(value, float) else value, row.app_id]
    return signing.dumps([query.sort, way, place], salt=_CURSOR_SALT, compress=True)


def _read_cursor(query: AppQuery) -> tuple[list[Any], str]:
    try:
        sort, way, place = signing.loads(query.cursor, salt=_CURSOR_SALT)
    except (signing.BadSignature, ValueError):
        sort, way, place = "", "", []
    if sort != query.sort:
        raise ValidationError(
            {"cursor": ["This link to a page of the list is not valid any more."]},
            hint="Open the list from its first page.",
        )
    if query.sort_name in {limit.value for limit in Limit}:
        place = [float(place[0]), place[1]]
    return place, way


def _count(found: QuerySet[IndexedApp]) -> AppCount:
    number = found.order_by()[: COUNT_LIMIT + 1].count()
    return AppCount(number=min(number, COUNT_LIMIT), is_exact=number <= COUNT_LIMIT)


def _total(rows: Rows, freshness: Freshness) -> AppCount:
    """All apps of a connection: counted while they are few, else as many as the last scan saw."""
    if freshness.apps > COUNT_LIMIT:
        return AppCount(number=freshness.apps)
    return _count(rows)


_YES_OR_NO = {"yes": True, "no": False}


def _yes_or_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _one_of(states: type[AppState], text: str) -> AppState | None:
    return states(text) if text in states.values else None


def _known_sort(text: str) -> str:
    return text if text.removeprefix("-") in SORT_COLUMNS else "id"


def _ranges(parameters: Mapping[str, str]) -> tuple[LimitRange, ...]:
    found = (
        LimitRange(
            limit=limit,
            at_least=_bound(parameters.get(f"{limit.value}_min", "")),
            at_most=_bound(parameters.get(f"{limit.value}_max", "")),
        )
        for limit in Limit
    )
    return tuple(each for each in found if (each.at_least, each.at_most) != (None, None))


def _bound(text: str) -> float | None:
    if text.strip().lower() == "unlimited":
        return float("inf")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number else None


def _plain(bound: float | None) -> str:
    if bound is None:
        return ""
    return "unlimited" if bound == float("inf") else f"{bound:.15g}"
