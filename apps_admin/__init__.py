"""The product: a console for the apps table that soketi reads from DynamoDB."""
