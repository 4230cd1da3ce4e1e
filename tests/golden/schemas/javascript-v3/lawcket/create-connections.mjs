import {
  CreateTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({ region: "us-east-1" });
const settled = () =>
  waitUntilTableExists(
    { client, maxWaitTime: 600, minDelay: 1 },
    { TableName: "connections" },
  );

await client.send(
  new CreateTableCommand({
    TableName: "connections",
    AttributeDefinitions: [
      {
        AttributeName: "connectionId",
        AttributeType: "S",
      },
    ],
    KeySchema: [
      {
        AttributeName: "connectionId",
        KeyType: "HASH",
      },
    ],
    BillingMode: "PAY_PER_REQUEST",
  }),
);
await settled();
await client.send(
  new UpdateTimeToLiveCommand({
    TableName: "connections",
    TimeToLiveSpecification: {
      Enabled: true,
      AttributeName: "expiresAt",
    },
  }),
);
await settled();
