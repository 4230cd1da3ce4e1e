"""The engines and faults of the AWS layer's tests."""

from tests.aws.conftest import faults, faulty_engine, iam, second_endpoint

__all__ = ["faults", "faulty_engine", "iam", "second_endpoint"]
