from __future__ import annotations

import pytest

from apps_admin.aws.app_repository import open_app_repository
from apps_admin.domain.errors import ReadOnlyConnectionError
from apps_admin.domain.item import RawItem
from tests.aws.fault_server import FaultServer
from tests.aws.tables import client_to, connection_to

SHOP = RawItem(attributes={"AppId": {"S": "shop"}, "AppKey": {"S": "key"}})


def test_a_read_only_connection_reads_and_has_no_store_that_writes(
    faulty_engine: FaultServer, apps_table: str, dynamodb_endpoint: str
) -> None:
    client_to(dynamodb_endpoint).put_item(TableName=apps_table, Item=dict(SHOP.attributes))
    apps = open_app_repository(connection_to(faulty_engine.url, apps_table, read_only=True))
    assert apps.get("shop").app_id == "shop"
    with pytest.raises(ReadOnlyConnectionError):
        apps.create(SHOP)
    with pytest.raises(ReadOnlyConnectionError):
        apps.update(SHOP, SHOP.with_attribute("n", {"N": "1"}))
    with pytest.raises(ReadOnlyConnectionError):
        apps.delete(SHOP)
    assert faulty_engine.operations == ["GetItem"]
