import {
  to = aws_dynamodb_table.connections
  id = "connections"
}
