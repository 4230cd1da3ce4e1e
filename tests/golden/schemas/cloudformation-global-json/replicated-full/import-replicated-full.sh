aws cloudformation create-change-set --region us-east-1 --stack-name table-replicated-full \
    --change-set-name import-table --change-set-type IMPORT \
    --template-body file://replicated-full-global.template.json \
    --resources-to-import '[{"ResourceType": "AWS::DynamoDB::GlobalTable", "LogicalResourceId": "AppsTable", "ResourceIdentifier": {"TableName": "replicated-full"}}]'
aws cloudformation wait change-set-create-complete --region us-east-1 --stack-name table-replicated-full --change-set-name import-table
aws cloudformation execute-change-set --region us-east-1 --stack-name table-replicated-full --change-set-name import-table
aws cloudformation wait stack-import-complete --region us-east-1 --stack-name table-replicated-full
