from __future__ import annotations

import botocore.session

from apps_admin.domain.regions import PARTITIONS, partition_of


def test_the_regions_are_those_botocore_knows() -> None:
    answer = botocore.session.Session().get_data("partitions")
    known = {
        partition["id"]: {
            region for region in partition["regions"] if not region.endswith("-global")
        }
        for partition in answer["partitions"]
    }
    assert {name: set(partition.regions) for name, partition in PARTITIONS.items()} == known


def test_a_region_leads_to_its_partition() -> None:
    partition = partition_of("cn-north-1")
    assert partition is not None
    assert (partition.name, partition.dns_suffix) == ("aws-cn", "amazonaws.com.cn")


def test_an_unknown_region_has_no_partition() -> None:
    assert partition_of("us-east-9") is None
