aws cloudformation create-change-set --region us-east-1 --stack-name table-apps \
    --change-set-name import-table --change-set-type IMPORT \
    --template-body file://apps.template.json \
    --resources-to-import '[{"ResourceType": "AWS::DynamoDB::Table", "LogicalResourceId": "AppsTable", "ResourceIdentifier": {"TableName": "apps"}}]'
aws cloudformation wait change-set-create-complete --region us-east-1 --stack-name table-apps --change-set-name import-table
aws cloudformation execute-change-set --region us-east-1 --stack-name table-apps --change-set-name import-table
aws cloudformation wait stack-import-complete --region us-east-1 --stack-name table-apps
