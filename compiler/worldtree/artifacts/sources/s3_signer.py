"""What is used of botocore, which is installed with ``worldtree[s3]`` only."""

from __future__ import annotations

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

__all__ = ["AWSRequest", "Credentials", "S3SigV4Auth"]
