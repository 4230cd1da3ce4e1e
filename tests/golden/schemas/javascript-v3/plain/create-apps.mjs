import {
  CreateTableCommand,
  DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({ region: "us-east-1" });
const settled = () =>
  waitUntilTableExists(
    { client, maxWaitTime: 600, minDelay: 1 },
    { TableName: "apps" },
  );

await client.send(
  new CreateTableCommand({
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
  }),
);
await settled();
