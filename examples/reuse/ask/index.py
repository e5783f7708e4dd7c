"""Asks the endpoint about one customer: a line of comma-separated features in, a probability out."""

import os

import boto3

sagemaker = boto3.client("sagemaker-runtime")


def handler(event: dict[str, str], _context: object) -> dict[str, float]:
    answer = sagemaker.invoke_endpoint(
        EndpointName=os.environ["ENDPOINT_NAME"], ContentType="text/csv", Body=event["features"]
    )
    return {"leaves": float(answer["Body"].read())}
