"""Engines and connections for the tests of the AWS layer."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.aws.fault_server import FaultServer, fault_server
from tests.aws.iam_server import IamServer, iam_server
from tests.aws.second_engine import second_engine, why_not_here


@pytest.fixture(scope="session")
def second_endpoint() -> Iterator[str]:
    """The address of the second engine. Skips without Node, but never where CI=true."""
    reason = why_not_here()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with second_engine() as endpoint:
        yield endpoint


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    """A server that answers as planned."""
    with fault_server() as server:
        yield server


@pytest.fixture
def faulty_engine(dynamodb_endpoint: str) -> Iterator[FaultServer]:
    """The real engine behind a server that answers as planned first."""
    with fault_server(dynamodb_endpoint) as server:
        yield server


@pytest.fixture(scope="session")
def iam() -> Iterator[IamServer]:
    """moto as an AWS that checks signatures and policies."""
    with iam_server() as server:
        yield server
