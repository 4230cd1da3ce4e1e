"""How the console talks to AWS. boto3 is imported here and nowhere else."""
