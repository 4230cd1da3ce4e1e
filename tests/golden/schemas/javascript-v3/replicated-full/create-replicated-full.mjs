import {
  CreateTableCommand,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({ region: "us-east-1" });
const settled = () =>
  waitUntilTableExists(
    { client, maxWaitTime: 600, minDelay: 1 },
    { TableName: "replicated-full" },
  );

await client.send(
  new CreateTableCommand({
    TableName: "replicated-full",
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
    OnDemandThroughput: {
      MaxReadRequestUnits: 100,
      MaxWriteRequestUnits: 100,
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
        OnDemandThroughput: {
          MaxReadRequestUnits: 100,
          MaxWriteRequestUnits: 100,
        },
      },
    ],
    SSESpecification: {
      Enabled: true,
      SSEType: "KMS",
      KMSMasterKeyId: "arn:aws:kms:us-east-1:123456789012:key/mrk-11112222333344445555666677778888",
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
    ],
  }),
);
await settled();
await client.send(
  new UpdateContinuousBackupsCommand({
    TableName: "replicated-full",
    PointInTimeRecoverySpecification: {
      PointInTimeRecoveryEnabled: true,
      RecoveryPeriodInDays: 35,
    },
  }),
);
await settled();
await client.send(
  new UpdateTableCommand({
    TableName: "replicated-full",
    ReplicaUpdates: [
      {
        Create: {
          RegionName: "eu-west-1",
          KMSMasterKeyId: "arn:aws:kms:eu-west-1:123456789012:key/mrk-11112222333344445555666677778888",
        },
      },
    ],
  }),
);
await settled();
