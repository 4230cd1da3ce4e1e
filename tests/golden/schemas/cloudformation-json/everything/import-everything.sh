aws cloudformation create-change-set --region eu-west-1 --stack-name table-everything \
    --change-set-name import-table --change-set-type IMPORT \
    --template-body file://everything.template.json \
    --resources-to-import '[{"ResourceType": "AWS::DynamoDB::Table", "LogicalResourceId": "AppsTable", "ResourceIdentifier": {"TableName": "everything"}}]'
aws cloudformation wait change-set-create-complete --region eu-west-1 --stack-name table-everything --change-set-name import-table
aws cloudformation execute-change-set --region eu-west-1 --stack-name table-everything --change-set-name import-table
aws cloudformation wait stack-import-complete --region eu-west-1 --stack-name table-everything
