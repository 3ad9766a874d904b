"""The store beside the clinic: moto's S3, which answers pages of other origins as S3 does."""

import contextlib

import boto3
from moto.server import ThreadedMotoServer

from tests.s3_server import BUCKET, KEYS

REGION = "us-east-1"


@contextlib.contextmanager
def servers():
    """Run it; yield what the environment says of it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    access, secret = KEYS
    boto3.client(
        "s3",
        endpoint_url=address,
        region_name=REGION,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
    ).create_bucket(Bucket=BUCKET)
    try:
        yield {
            "AWS_STORAGE_BUCKET_NAME": BUCKET,
            "AWS_S3_ENDPOINT_URL": address,
            "AWS_S3_REGION_NAME": REGION,
            "AWS_ACCESS_KEY_ID": access,
            "AWS_SECRET_ACCESS_KEY": secret,
        }
    finally:
        server.stop()
