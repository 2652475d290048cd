"""The only room that speaks protobuf: messages and proto JSON to domain values and back."""
