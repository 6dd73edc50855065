"""What a redirect is measured against: the same two calls, made as most people would make them."""

import boto3

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    link = dynamodb.get_item(TableName="goodword-local-links", Key={"pk": {"S": "code"}, "sk": {"S": "link"}})
    dynamodb.put_item(
        TableName="goodword-local-clicks", Item={"pk": {"S": "code"}, "sk": {"S": context.aws_request_id}}
    )
    return {"statusCode": 302, "headers": {"Location": link["Item"]["to"]["S"]}, "body": ""}
