"""What SageMaker and CloudWatch know of a fleet, and in words what they would not say."""
