import {
  to = aws_dynamodb_table.apps
  id = "replicated-full"
}
