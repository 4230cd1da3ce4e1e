const AWS = require("aws-sdk");

const dynamodb = new AWS.DynamoDB({ apiVersion: "2012-08-10", region: "eu-west-1" });

async function main() {
  await dynamodb.createTable({
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
  }).promise();
  await dynamodb.waitFor("tableExists", { TableName: "everything" }).promise();
  await dynamodb.updateTimeToLive({
    TableName: "everything",
    TimeToLiveSpecification: {
      Enabled: true,
      AttributeName: "expires_at",
    },
  }).promise();
  await dynamodb.waitFor("tableExists", { TableName: "everything" }).promise();
  await dynamodb.updateContinuousBackups({
    TableName: "everything",
    PointInTimeRecoverySpecification: {
      PointInTimeRecoveryEnabled: true,
    },
  }).promise();
  await dynamodb.waitFor("tableExists", { TableName: "everything" }).promise();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
