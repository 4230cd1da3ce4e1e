"""AWS's partitions and regions, as botocore knows them (a test compares the two on every upgrade)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Partition:
    """One partition: the second part of every ARN in it, and where its endpoints end."""

    name: str
    label: str
    dns_suffix: str
    regions: tuple[str, ...]


PARTITIONS: Mapping[str, Partition] = {
    "aws": Partition(
        name="aws",
        label="AWS Standard",
        dns_suffix="amazonaws.com",
        regions=(
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-east-1",
            "sa-west-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ),
    ),
    "aws-cn": Partition(
        name="aws-cn",
        label="AWS China",
        dns_suffix="amazonaws.com.cn",
        regions=("cn-north-1", "cn-northwest-1"),
    ),
    "aws-eusc": Partition(
        name="aws-eusc",
        label="AWS EUSC",
        dns_suffix="amazonaws.eu",
        regions=("eusc-de-east-1",),
    ),
    "aws-iso": Partition(
        name="aws-iso",
        label="AWS ISO (US)",
        dns_suffix="c2s.ic.gov",
        regions=("us-iso-east-1", "us-iso-west-1"),
    ),
    "aws-iso-b": Partition(
        name="aws-iso-b",
        label="AWS ISOB (US)",
        dns_suffix="sc2s.sgov.gov",
        regions=("us-isob-east-1", "us-isob-west-1"),
    ),
    "aws-iso-e": Partition(
        name="aws-iso-e",
        label="AWS ISOE (Europe)",
        dns_suffix="cloud.adc-e.uk",
        regions=("eu-isoe-west-1",),
    ),
    "aws-iso-f": Partition(
        name="aws-iso-f",
        label="AWS ISOF",
        dns_suffix="csp.hci.ic.gov",
        regions=("us-isof-east-1", "us-isof-south-1"),
    ),
    "aws-us-gov": Partition(
        name="aws-us-gov",
        label="AWS GovCloud (US)",
        dns_suffix="amazonaws.com",
        regions=("us-gov-east-1", "us-gov-west-1"),
    ),
}

_PARTITION_OF = {
    region: partition for partition in PARTITIONS.values() for region in partition.regions
}


def partition_of(region: str) -> Partition | None:
    """The partition a region is in; None for a region botocore does not know."""
    return _PARTITION_OF.get(region)


def unknown_region_message(region: str) -> str:
    """What to tell someone who named a region that does not exist."""
    close = [name for name in _PARTITION_OF if name[:4] == region[:4]]
    known = ", ".join(close or ("us-east-1", "eu-west-1", "..."))
    return f"No AWS region is called {region!r}. Close ones: {known}."
