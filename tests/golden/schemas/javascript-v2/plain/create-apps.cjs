const AWS = require("aws-sdk");

const dynamodb = new AWS.DynamoDB({ apiVersion: "2012-08-10", region: "us-east-1" });

async function main() {
  await dynamodb.createTable({
    TableName: "apps",
    AttributeDefinitions: [
      {
        AttributeName: "AppId",
        AttributeType: "S",
      },
      {
        AttributeName: "AppKey",
        AttributeType: "S",
      },
    ],
    KeySchema: [
      {
        AttributeName: "AppId",
        KeyType: "HASH",
      },
    ],
    BillingMode: "PAY_PER_REQUEST",
    GlobalSecondaryIndexes: [
      {
        IndexName: "AppKeyIndex",
        KeySchema: [
          {
            AttributeName: "AppKey",
            KeyType: "HASH",
          },
        ],
        Projection: {
          ProjectionType: "ALL",
        },
      },
    ],
  }).promise();
  await dynamodb.waitFor("tableExists", { TableName: "apps" }).promise();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
