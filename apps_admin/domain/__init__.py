"""What a soketi app is. Pure values and rules: no Django, no boto3, no I/O."""
