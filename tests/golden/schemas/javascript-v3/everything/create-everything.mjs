import {
  CreateTableCommand,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({ region: "eu-west-1" });
const settled = () =>
  waitUntilTableExists(
    { client, maxWaitTime: 600, minDelay: 1 },
    { TableName: "everything" },
  );

await client.send(
  new CreateTableCommand({
    TableName: "everything",
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
    BillingMode: "PROVISIONED",
    ProvisionedThroughput: {
      ReadCapacityUnits: 1,
      WriteCapacityUnits: 2,
    },
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
        ProvisionedThroughput: {
          ReadCapacityUnits: 1,
          WriteCapacityUnits: 2,
        },
      },
    ],
    SSESpecification: {
      Enabled: true,
      SSEType: "KMS",
    },
    StreamSpecification: {
      StreamEnabled: true,
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
    TableClass: "STANDARD_INFREQUENT_ACCESS",
    DeletionProtectionEnabled: true,
    Tags: [
      {
        Key: "team",
        Value: "realtime",
      },
      {
        Key: "cost center",
        Value: "a/b=c",
      },
    ],
  }),
);
await settled();
await client.send(
  new UpdateTimeToLiveCommand({
    TableName: "everything",
    TimeToLiveSpecification: {
      Enabled: true,
      AttributeName: "expires_at",
    },
  }),
);
await settled();
await client.send(
  new UpdateContinuousBackupsCommand({
    TableName: "everything",
    PointInTimeRecoverySpecification: {
      PointInTimeRecoveryEnabled: true,
      RecoveryPeriodInDays: 1,
    },
  }),
);
await settled();
