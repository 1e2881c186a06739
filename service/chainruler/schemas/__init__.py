"""What travels: the Pydantic models of requests and answers, and the schemas of what a model is made of."""
