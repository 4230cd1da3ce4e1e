const AWS = require("aws-sdk");

const dynamodb = new AWS.DynamoDB({ apiVersion: "2012-08-10", region: "us-east-1" });

async function main() {
  await dynamodb.createTable({
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
  }).promise();
  await dynamodb.waitFor("tableExists", { TableName: "replicated-full" }).promise();
  await dynamodb.updateContinuousBackups({
    TableName: "replicated-full",
    PointInTimeRecoverySpecification: {
      PointInTimeRecoveryEnabled: true,
    },
  }).promise();
  await dynamodb.waitFor("tableExists", { TableName: "replicated-full" }).promise();
  await dynamodb.updateTable({
    TableName: "replicated-full",
    ReplicaUpdates: [
      {
        Create: {
          RegionName: "eu-west-1",
          KMSMasterKeyId: "arn:aws:kms:eu-west-1:123456789012:key/mrk-11112222333344445555666677778888",
        },
      },
    ],
  }).promise();
  await dynamodb.waitFor("tableExists", { TableName: "replicated-full" }).promise();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
