const AWS = require("aws-sdk");

const dynamodb = new AWS.DynamoDB({ apiVersion: "2012-08-10", region: "us-east-1" });

async function main() {
  await dynamodb.createTable({
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
  }).promise();
  await dynamodb.waitFor("tableExists", { TableName: "connections" }).promise();
  await dynamodb.updateTimeToLive({
    TableName: "connections",
    TimeToLiveSpecification: {
      Enabled: true,
      AttributeName: "expiresAt",
    },
  }).promise();
  await dynamodb.waitFor("tableExists", { TableName: "connections" }).promise();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
