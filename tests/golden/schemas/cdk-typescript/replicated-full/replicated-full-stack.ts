import * as cdk from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as kms from "aws-cdk-lib/aws-kms";

export class AppsTableStack extends cdk.Stack {
  constructor(scope: cdk.App, id: string, props: cdk.StackProps) {
    super(scope, id, props);

    const key = kms.Key.fromKeyArn(this, "TableKey", "arn:aws:kms:us-east-1:123456789012:key/mrk-11112222333344445555666677778888");

    new dynamodb.TableV2(this, "AppsTable", {
      tableName: "replicated-full",
      partitionKey: {
        name: "AppId",
        type: dynamodb.AttributeType.STRING,
      },
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: 35,
      },
      deletionProtection: true,
      tableClass: dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS,
      removalPolicy: cdk.RemovalPolicy.RETAIN,
      billing: dynamodb.Billing.onDemand({
        maxReadRequestUnits: 100,
        maxWriteRequestUnits: 100,
      }),
      globalSecondaryIndexes: [
        {
          indexName: "AppKeyIndex",
          partitionKey: {
            name: "AppKey",
            type: dynamodb.AttributeType.STRING,
          },
          maxReadRequestUnits: 100,
          maxWriteRequestUnits: 100,
        },
      ],
      encryption: dynamodb.TableEncryptionV2.customerManagedKey(key, {
        "eu-west-1": "arn:aws:kms:eu-west-1:123456789012:key/mrk-11112222333344445555666677778888",
      }),
      tags: [
        {
          key: "team",
          value: "realtime",
        },
      ],
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      replicas: [
        {
          region: "eu-west-1",
          tags: [
            {
              key: "team",
              value: "realtime",
            },
          ],
        },
      ],
    });
  }
}

const app = new cdk.App();
new AppsTableStack(app, "AppsTableStack", {
  env: { region: "us-east-1" },
});
