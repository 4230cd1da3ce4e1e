import * as cdk from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";

export class ConnectionsTableStack extends cdk.Stack {
  constructor(scope: cdk.App, id: string, props: cdk.StackProps) {
    super(scope, id, props);

    new dynamodb.Table(this, "ConnectionsTable", {
      tableName: "connections",
      partitionKey: {
        name: "connectionId",
        type: dynamodb.AttributeType.STRING,
      },
      timeToLiveAttribute: "expiresAt",
      removalPolicy: cdk.RemovalPolicy.RETAIN,
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    });
  }
}

const app = new cdk.App();
new ConnectionsTableStack(app, "ConnectionsTableStack", {
  env: { region: "us-east-1" },
});
