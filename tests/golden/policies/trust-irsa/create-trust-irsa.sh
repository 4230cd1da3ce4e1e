#!/bin/sh
set -eu

aws iam create-role --role-name trust-irsa-apps \
    --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Trust",
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633:sub": "system:serviceaccount:soketi:soketi",
          "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633:aud": "sts.amazonaws.com"
        }
      }
    }
  ]
}'
